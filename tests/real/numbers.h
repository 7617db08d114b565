/* The numbers of a client's problem: a sample of it in the client's buffers. */
#pragma once

#include "client.h"
#include "sample.h"

struct numbers {
    struct sample sample;
    bool exact; /* every right result can be held exactly */
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
