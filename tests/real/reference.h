/*
 * The convolution itself, in plain loops and double precision: what every run is compared with.
 * It knows nothing of MIOpen; a transposed convolution is, by definition, the backward-data problem
 * of the plain one, and that is how struct problem already describes it.
 */
#pragma once

#include "policy/problem.h"

/* Elements in order N C D H W (K C/g D Y X for w), packed, whatever the layout on the device. */
struct operands {
    double *x, *w, *y;
};

/*
 * Computes the operand that the problem's direction writes (y, x or w) from the other two. The sum
 * of an output has reference_terms() terms at most.
 */
void reference_compute(const struct problem *problem, const struct operands *operands);

/* The most products that add up to one output: filter taps times channels, or pixels times batch.
 */
int64_t reference_terms(const struct problem *problem);

/* Elements of a tensor. */
size_t tensor_count(const struct tensor *tensor);
