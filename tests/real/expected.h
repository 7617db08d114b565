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
    bool update; /* what is seen is written instead of compared */
};

/*
 * Reads a list, to be compared or updated. Where there is none yet it says so, and the list is
 * empty. 0; -errno, after a message where a line is not understood.
 */
int expected_open(const char *path, bool update, struct expected *ret_expected);

/*
 * Whether a case gave on a card in one way what the list has; where not, notes both words and
 * `why`, which may be "". A list that is updated takes the word.
 */
bool expected_check(struct expected *expected, const char *test, const char *card, enum way way,
                    const char *word, const char *why);

/*
 * Writes the list anew; `legend` says what its words are, in lines that begin with #. 0, or -errno
 * after a message.
 */
int expected_write(const struct expected *expected, const char *release, const char *legend,
                   const char *path);

void expected_free(struct expected *expected);
