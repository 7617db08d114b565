#include "search.h"

#include "base/cleanup.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

static bool is_event(const json_t *event, const char *name)
{
    const char *text = json_string_value(json_object_get(event, "event"));

    return text && strcmp(text, name) == 0;
}

/* Sorts one event in: `compiled` and `ran` are sets of source files. */
static void take_event(const json_t *event, bool searching, struct search *search, json_t *compiled,
                       json_t *ran)
{
    const char *source = json_string_value(json_object_get(event, "source"));
    const char *name = json_string_value(json_object_get(event, "name"));

    if (is_event(event, "launch") || is_event(event, "gemm")) {
        if (searching)
            search->launches++;
        else if (source)
            json_object_set_new(ran, source, json_true());
    } else if (is_event(event, "compile") && searching && name) {
        search->compiled++;
        json_object_set_new(compiled, name, json_true());
    }
}

static int log_read(const char *path, long long find_end, struct search *search)
{
    cleanup_file FILE *file = fopen(path, "re");
    cleanup_free char *line = NULL;
    size_t size = 0;
    long long at = 0;
    ssize_t length;
    const char *name;
    json_t *value;

    if (!file)
        return -EINVAL;
    json_t *compiled = json_object(), *ran = json_object();
    while ((length = getline(&line, &size, file)) > 0) {
        json_t *event = json_loads(line, 0, NULL);

        take_event(event, at < find_end, search, compiled, ran);
        at += length;
        json_decref(event);
    }
    json_object_foreach(compiled, name, value)
    {
        search->in_vain += !json_object_get(ran, name);
    }
    json_decref(compiled);
    json_decref(ran);
    return 0;
}

int search_read(const char *answer, const char *log, struct search *ret_search)
{
    struct search search = {0};
    json_t *object = json_loads(answer, 0, NULL);
    const json_t *status = json_object_get(object, "status");
    const long long find_end = json_integer_value(json_object_get(object, "find_end"));
    int r = -EINVAL;

    if (json_is_integer(status)) {
        search.status = (int)json_integer_value(status);
        r = log_read(log, find_end, &search);
    }
    json_decref(object);
    if (r == 0)
        *ret_search = search;
    return r;
}
