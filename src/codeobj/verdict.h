/* What the targets in a file mean for somebody who has a chip. */
#pragma once

#include "codeobj/report.h"

/* In the order of fits, and then what has none of these. */
enum verdict {
    VERDICT_NATIVE,
    VERDICT_GENERIC,
    VERDICT_COMPATIBLE,
    VERDICT_NEAR,
    VERDICT_LATER,
    VERDICT_FOREIGN,
    VERDICT_NO_CODE,
    VERDICT_COUNT,
};

/* By the best of its targets, whatever target was looked at. */
enum verdict verdict_of(const struct report *report, const struct chip *chip);

/* The word that --json shows, such as "native", and a few words for a table. Static strings. */
const char *verdict_id(enum verdict verdict);
const char *verdict_words(enum verdict verdict);

/*
 * What that means and what to do, to go behind the name of the file: what was found, never what
 * will come of it. As ret_text[VERDICT_TEXT_SIZE].
 */
#define VERDICT_TEXT_SIZE 512
void verdict_text(const struct report *report, const struct chip *chip,
                  char ret_text[VERDICT_TEXT_SIZE]);
