/* The demo's tables. */
#pragma once

#include "job.h"

#include <jansson.h>
#include <stdio.h>

/*
 * Prints the table of one MIOpen: `rows` is an array of the demo's objects (case, plain, original,
 * env, shim), two lines each: what was selected and whether it was right, then the kernels
 * launched. Failures are explained below the table. `color` where the output is a terminal that
 * takes it.
 */
void picture_print(FILE *to, const char *miopen, const char *card, const json_t *rows, bool color);

/* What the words and the colours of the tables mean, and what is modelled. */
void picture_print_legend(FILE *to);
