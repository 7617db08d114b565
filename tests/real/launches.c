#include "launches.h"

#include "base/cleanup.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

int64_t launches_mark(const char *log)
{
    struct stat status;

    return log && stat(log, &status) == 0 ? status.st_size : 0;
}

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));

    return text ? text : "";
}

static bool is_launch(const json_t *event)
{
    return strcmp(text_of(event, "event"), "launch") == 0 ||
           strcmp(text_of(event, "event"), "gemm") == 0;
}

static void names_add(json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
            return;
    json_array_append_new(names, json_string(name));
}

/* Calls `take` for each event since the mark; a last line without its end is left out. */
static bool log_read(const char *log, int64_t mark, void (*take)(json_t *event, void *context),
                     void *context)
{
    cleanup_file FILE *file = log ? fopen(log, "re") : NULL;
    cleanup_free char *line = NULL;
    size_t size = 0;
    ssize_t length;

    if (!file || fseeko(file, mark, SEEK_SET) != 0)
        return false;
    while ((length = getline(&line, &size, file)) > 0 && line[length - 1] == '\n') {
        json_t *event = json_loads(line, 0, NULL);

        if (event)
            take(event, context);
        json_decref(event);
    }
    return true;
}

struct selection {
    json_t *names;
    int device;
};

static void take_launch(json_t *event, void *context)
{
    struct selection *selection = context;
    json_t *device = json_object_get(event, "device");

    if (is_launch(event) &&
        (selection->device < 0 || !device || json_integer_value(device) == selection->device))
        names_add(selection->names, text_of(event, "kernel"));
}

json_t *launches_since(const char *log, int64_t mark, int device)
{
    struct selection selection = {json_array(), device};

    if (log_read(log, mark, take_launch, &selection))
        return selection.names;
    json_decref(selection.names);
    return NULL;
}

static void take_fault(json_t *event, void *context)
{
    json_t **fault = context;

    if (strcmp(text_of(event, "event"), "fault") == 0) {
        json_decref(*fault);
        *fault = json_incref(event);
    }
}

json_t *launches_fault(const char *log, int64_t mark)
{
    json_t *fault = NULL;

    log_read(log, mark, take_fault, &fault);
    return fault;
}

struct tally {
    const char *event;
    int count;
};

static void take_event(json_t *event, void *context)
{
    struct tally *tally = context;

    tally->count += strcmp(text_of(event, "event"), tally->event) == 0;
}

int launches_count(const char *log, const char *event)
{
    struct tally tally = {event, 0};

    log_read(log, 0, take_event, &tally);
    return tally.count;
}
