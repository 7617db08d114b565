#include "cases.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

void case_list_free(struct case_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->cases[i].name);
        free(list->cases[i].line);
        free(list->cases[i].tags);
    }
    free(list->cases);
    *list = (struct case_list){0};
}

static int case_list_add(struct case_list *list, char *line)
{
    char *fields[3], *rest = line;
    struct test_case *cases;

    for (size_t i = 0; i < 3; i++) {
        fields[i] = strsep(&rest, "\t");
        if (!fields[i] || !*fields[i])
            return -EINVAL;
    }
    if (rest || case_list_find(list, fields[0]))
        return -EINVAL;
    cases = reallocarray(list->cases, list->count + 1, sizeof(*cases));
    if (!cases)
        return -ENOMEM;
    list->cases = cases;
    cases[list->count] =
        (struct test_case){strdup(fields[0]), strdup(fields[1]), strdup(fields[2])};
    list->count++;
    return 0;
}

int case_list_read(const char *path, struct case_list *ret_list)
{
    cleanup_file FILE *file = fopen(path, "re");
    cleanup_free char *line = NULL;
    struct case_list list = {0};
    size_t size = 0;
    int error = 0;

    if (!file) {
        error = -errno;
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return error;
    }
    for (unsigned number = 1; error == 0 && getline(&line, &size, file) > 0; number++) {
        line[strcspn(line, "\n")] = '\0';
        if (!*line || *line == '#')
            continue;
        error = case_list_add(&list, line);
        if (error)
            fprintf(stderr, "%s:%u: expected a new name, a line and tags, by tabs\n", path, number);
    }
    if (error)
        case_list_free(&list);
    else
        *ret_list = list;
    return error;
}

bool case_has_tag(const struct test_case *test, const char *tag)
{
    size_t length = strlen(tag);

    for (const char *at = strstr(test->tags, tag); at; at = strstr(at + 1, tag))
        if ((at == test->tags || at[-1] == ',') && (at[length] == '\0' || at[length] == ','))
            return true;
    return false;
}

const struct test_case *case_list_find(const struct case_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->cases[i].name, name) == 0)
            return &list->cases[i];
    return NULL;
}
