/*
 * A sample of a problem: random inputs on the host, the right result beside them, and both to and
 * from the device.
 */
#pragma once

#include "buffer.h"
#include "inputs.h"
#include "reference.h"

struct sample {
    const struct problem *problem; /* stays the caller's */
    struct inputs inputs;
    struct operands operands; /* the one that the direction writes is the right result */
};

struct comparison {
    double max_error; /* infinite where a number is none */
    size_t wrong;     /* elements; not-a-number counts */
    bool guards_intact;
};

/* Draws the inputs and computes the right result. Ends the process where memory runs out. */
void sample_draw(const struct problem *problem, uint64_t seed, struct sample *ret_sample);

/* Takes over the operands that are given, and computes the right result anew. */
void sample_give(struct sample *sample, const struct operands *given);

/* Whether every right result can be held exactly: so it is, but for a rare seed. */
bool sample_is_exact(const struct sample *sample);

void sample_free(struct sample *sample);

/* The tensor that the problem's direction writes, and the sample's right values for it. */
const struct tensor *problem_result(const struct problem *problem);
double *sample_result(const struct sample *sample);

/* From a tensor's first byte to behind its last. */
size_t tensor_bytes(const struct tensor *tensor);

/* Writes a tensor's values, packed in the order N C D H W, where it has them. 0 or -EIO. */
int tensor_upload(const struct tensor *tensor, const double *values, const struct buffer *buffer);

/* Compares a tensor in device memory with the right values, and looks at its guards. 0 or -EIO. */
int tensor_compare(const struct tensor *tensor, const double *right, const struct buffer *buffer,
                   struct comparison *ret_comparison);
