/*
 * What each way is expected to give, case by case and card by card, for one MIOpen release:
 * expected/<release>.list.
 */
#pragma once

#include "job.h"

struct expectation {
    char *test, *card;
    char *words[WAY_COUNT];
};

struct expected {
    struct expectation *rows;
    size_t count;
};

/* Reads a list. 0; -ENOENT where there is none; -EINVAL after a message. */
int expected_read(const char *path, struct expected *ret_expected);

/* The row of a case on a card, or NULL. */
struct expectation *expected_find(const struct expected *expected, const char *test,
                                  const char *card);

/* Sets one word, in a new row where there is none yet. 0 or -ENOMEM. */
int expected_set(struct expected *expected, const char *test, const char *card, enum way way,
                 const char *word);

/* The same for a test: where there is no list yet it says so, and goes on with an empty one. */
int expected_open(const char *path, struct expected *ret_expected);

/*
 * Writes the list anew; `legend` says what its words are, in lines that begin with #. 0, or -errno
 * after a message.
 */
int expected_write(const struct expected *expected, const char *release, const char *legend,
                   const char *path);

void expected_free(struct expected *expected);
