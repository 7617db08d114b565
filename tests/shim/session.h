/*
 * A scripted session: what a program does with a handle and a few convolutions, from the creation
 * of the one to its end, whatever fails on the way. For tests that make things fail.
 */
#pragma once

#include "convolution.h"

enum session_trust {
    SESSION_SUCCEEDS, /* as the next; and what has a solver succeeds, by whichever it is */
    SESSION_STRICT,   /* MIOpen can describe its descriptors: only the decision's solvers run */
    SESSION_LOOSE,    /* it cannot, so that calls may be forwarded; or a launching call lies */
};

/*
 * Runs it. NULL where all is well, else what was wrong: a success without a launch, a failure with
 * one, a solver that nobody wanted, a failure where there was a way. All of this thread; asserts
 * nothing.
 */
const char *session_run(enum session_trust trust);

/*
 * Around a call that is to launch the convolution: gives it new data, and says what was wrong, or
 * NULL: a success whose output the stub did not compute of just that data and those descriptors, a
 * failure that touched it, a solver that nobody wanted.
 */
void session_expect_launch(struct convolution *it);
const char *session_judge_launch(const struct convolution *it, miopenStatus_t status,
                                 enum session_trust trust);

/* The same with `it`'s handle and descriptors, which stay the caller's. */
const char *session_calls(struct convolution *it, enum session_trust trust);
