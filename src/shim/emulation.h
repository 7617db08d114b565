/*
 * What a handle runs a fused operation with: descriptors of the convolution and of the steps after
 * it. Kept with the handle for each problem, for programs make their fusion plans anew for each
 * run; and a handle serves one thread at a time, so there is no lock.
 */
#pragma once

#include "shim/pointwise.h"
#include "shim/replica.h"

#define EMULATIONS_BUCKETS 64u

struct emulation {
    struct emulation *next;
    uint64_t hash;
    struct problem problem;
    struct replica replica;
    bool complete; /* the steps apply to the problem (pointwise.h) */
    struct pointwise pointwise;
};

struct emulations {
    struct emulation *buckets[EMULATIONS_BUCKETS];
};

/* The emulation of a problem, made where it is new; NULL where memory is short or MIOpen fails. */
struct emulation *emulation_get(const struct real *real, struct emulations *emulations,
                                const struct problem *problem);

void emulations_free(const struct real *real, struct emulations *emulations);
