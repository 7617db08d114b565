/* The numbers of one problem: inputs drawn on the host, the right result, and what came of it. */
#pragma once

#include "client.h"
#include "inputs.h"
#include "reference.h"

struct numbers {
    struct inputs inputs;
    struct operands operands; /* the one that the problem's direction writes is the right result */
    bool exact;               /* every right result can be held exactly */
};

struct comparison {
    double max_error;
    size_t wrong; /* elements; not-a-number counts */
    bool guards_intact;
};

/* Draws the inputs and computes the right result; ends the program where memory is short. */
void numbers_make(const struct problem *problem, uint64_t seed, struct numbers *ret_numbers);

void numbers_free(struct numbers *numbers);

/* Fills the client's inputs. 0 or -EIO. */
int numbers_upload(const struct numbers *numbers, struct client *client);

/* Makes what a run writes, result and workspace, no result at all. */
bool numbers_poison(struct client *client);

/* Compares the client's result with the right one. 0 or -EIO. */
int numbers_compare(const struct numbers *numbers, struct client *client,
                    struct comparison *ret_comparison);
