/*
 * Random inputs for which the right result is exact in the problem's data type, whatever the order
 * in which an algorithm adds up: so a comparison needs no tolerance.
 *
 * Inputs are small multiples of a unit (1/4, or 1 for int8). A product is then a multiple of the
 * unit's square, and a sum is exact as long as it stays below 2^precision of those. The sum of T
 * random products of inputs in -m..m has a standard deviation of sqrt(T) m(m+1)/3; m is the largest
 * for which eight of those stay below the limit (two for the sums in between, six to spare:
 * 1e-15 for an output to miss it). Where m = 1 is too much, some inputs are 0 instead.
 */
#pragma once

#include "policy/problem.h"

#include <stdint.h>

struct inputs {
    double unit;    /* every input is a multiple of it */
    int largest;    /* of the multiples: -largest … largest */
    double density; /* share of inputs that are drawn at all; the others are 0 */
    double limit;   /* sums up to this are exact in the result's type */
    uint64_t seed;
};

/* What to draw for a problem whose sums have `terms` terms. `type` is the inputs', of x, w and y.
 */
struct inputs inputs_for(enum data_type type, enum data_type result, int64_t terms, uint64_t seed);

/* Fills values[count]; `stream` tells the tensors of one problem apart. */
void inputs_draw(const struct inputs *inputs, unsigned stream, double *values, size_t count);

/* A fresh seed from the system. */
uint64_t inputs_fresh_seed(void);
