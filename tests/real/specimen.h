/*
 * Random convolutions of every kind that descriptors can say: all types, layouts, directions and
 * dimensions, and now and then something odd: gaps between elements, empty tensors, tensors that do
 * not fit together, casts, tensors past what an int counts.
 */
#pragma once

#include "policy/problem.h"

enum oddity {
    ODDITY_NONE,
    ODDITY_GAPS,     /* strides larger than they need be, in one tensor or more */
    ODDITY_REPEAT,   /* a stride of 0: one element stands for a whole row */
    ODDITY_EMPTY,    /* a length of 0 */
    ODDITY_MISMATCH, /* tensors that do not belong to one convolution */
    ODDITY_CAST,     /* miopenSetTensorCastType */
    ODDITY_TYPE,     /* types that no GEMM solver knows, or that differ between tensors */
    ODDITY_HUGE,     /* past 2^31 elements, bytes or more: descriptors only, nothing to run */
    ODDITY_COUNT,
};

struct specimen {
    struct problem problem; /* as the solvers see it: a transposed one is turned round */
    enum oddity oddity;
};

/* "gaps", …; "plain" for none. */
const char *oddity_name(enum oddity oddity);

/* The one of that number in the sequence of that seed. Each stands for itself. */
void specimen_draw(uint64_t seed, unsigned number, struct specimen *ret_specimen);

/*
 * One cell of the matrix type x layout x dimensions x mode x direction x feature; false past the
 * last one.
 */
bool specimen_cell(unsigned number, struct specimen *ret_specimen);

/*
 * Whether a run's numbers can be judged: the tensors belong to one convolution, in memory, and of
 * types that the reference and this machine know.
 */
bool specimen_has_numbers(const struct specimen *specimen);

/* What it is counted under: its oddity, "plain" ones by their type. */
const char *specimen_kind(const struct specimen *specimen);

/* All that a problem is, for people, in one line; MIOpenDriver has no words for most of it. */
void specimen_text(const struct specimen *specimen, char *ret_text, size_t size);
