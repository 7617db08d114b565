#include "expected.h"

#include "base/cleanup.h"
#include "tap.h"

#include <errno.h>
#include <string.h>

void expected_free(struct expected *expected)
{
    for (size_t i = 0; i < expected->count; i++) {
        free(expected->rows[i].test);
        free(expected->rows[i].card);
        for (size_t way = 0; way < WAY_COUNT; way++)
            free(expected->rows[i].words[way]);
    }
    free(expected->rows);
    *expected = (struct expected){0};
}

static struct expectation *expected_find(const struct expected *expected, const char *test,
                                         const char *card)
{
    for (size_t i = 0; i < expected->count; i++)
        if (strcmp(expected->rows[i].test, test) == 0 && strcmp(expected->rows[i].card, card) == 0)
            return &expected->rows[i];
    return NULL;
}

/* Sets one word, in a new row where there is none yet. 0 or -ENOMEM. */
static int expected_set(struct expected *expected, const char *test, const char *card, enum way way,
                        const char *word)
{
    struct expectation *row = expected_find(expected, test, card);

    if (!row) {
        row = reallocarray(expected->rows, expected->count + 1, sizeof(*row));
        if (!row)
            return -ENOMEM;
        expected->rows = row;
        row += expected->count++;
        *row = (struct expectation){.test = strdup(test), .card = strdup(card)};
    }
    free(row->words[way]);
    row->words[way] = strdup(word);
    return row->words[way] ? 0 : -ENOMEM;
}

static int expected_read_line(struct expected *expected, char *line)
{
    char *fields[2 + WAY_COUNT], *rest = line;
    int error = 0;

    for (size_t i = 0; i < 2 + WAY_COUNT; i++) {
        fields[i] = strsep(&rest, "\t");
        if (!fields[i] || !*fields[i])
            return -EINVAL;
    }
    if (rest || expected_find(expected, fields[0], fields[1]))
        return -EINVAL;
    for (unsigned way = 0; way < WAY_COUNT && !error; way++)
        error = expected_set(expected, fields[0], fields[1], (enum way)way, fields[2 + way]);
    return error;
}

/* 0; -ENOENT where there is none; -EINVAL after a message. */
static int expected_read(const char *path, struct expected *ret_expected)
{
    cleanup_file FILE *file = fopen(path, "re");
    cleanup_free char *line = NULL;
    struct expected expected = {0};
    size_t size = 0;
    int error = 0;

    if (!file)
        return -errno;
    for (unsigned number = 1; !error && getline(&line, &size, file) > 0; number++) {
        line[strcspn(line, "\n")] = '\0';
        if (!*line || *line == '#')
            continue;
        error = expected_read_line(&expected, line);
        if (error)
            fprintf(stderr, "%s:%u: expected a new case and card, then a word for each way\n", path,
                    number);
    }
    if (error)
        expected_free(&expected);
    else
        *ret_expected = expected;
    return error;
}

int expected_open(const char *path, bool update, struct expected *ret_expected)
{
    struct expected expected = {0};
    int error = expected_read(path, &expected);

    if (error == -ENOENT) {
        tap_note("%s: there is no list of what is expected yet.", path);
        tap_note("Look at what this gives, and write the list with --update.");
    } else if (error) {
        return error;
    }
    expected.update = update;
    *ret_expected = expected;
    return 0;
}

bool expected_check(struct expected *expected, const char *test, const char *card, enum way way,
                    const char *word, const char *why)
{
    const struct expectation *row = expected_find(expected, test, card);
    const char *was = row && row->words[way] ? row->words[way] : "nothing on record";

    if (expected->update)
        return expected_set(expected, test, card, way, word) == 0;
    if (strcmp(was, word) == 0)
        return true;
    tap_note("%s: expected %s, got %s%s%s", way_names[way], was, word, *why ? ": " : "", why);
    return false;
}

int expected_write(const struct expected *expected, const char *release, const char *legend,
                   const char *path)
{
    cleanup_file FILE *file = fopen(path, "we");

    if (!file) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return -errno;
    }
    fprintf(file,
            "# MIOpen %s on each card, left alone and in three ways of steering it.\n"
            "%s"
            "# Written with --update; review every change of it.\n"
            "# case\tcard",
            release, legend);
    for (size_t way = 0; way < WAY_COUNT; way++)
        fprintf(file, "\t%s", way_names[way]);
    for (size_t i = 0; i < expected->count; i++) {
        fprintf(file, "\n%s\t%s", expected->rows[i].test, expected->rows[i].card);
        for (size_t way = 0; way < WAY_COUNT; way++)
            fprintf(file, "\t%s",
                    expected->rows[i].words[way] ? expected->rows[i].words[way] : "?");
    }
    fputc('\n', file);
    return 0;
}
