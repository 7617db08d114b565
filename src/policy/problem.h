/*
 * A problem: one convolution as MIOpen's solvers see it. Built by the shim from descriptors, by the
 * command line and the tests from MIOpenDriver lines.
 */
#pragma once

#include "base/version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPATIAL_MAX 3
#define RANK_MAX    (SPATIAL_MAX + 2)

enum direction {
    DIRECTION_FORWARD,
    DIRECTION_BACKWARD_DATA,
    DIRECTION_BACKWARD_WEIGHTS,
    DIRECTION_COUNT,
};

/* MIOpen's numbers (miopenDataType_t), so that a descriptor's value is ours. */
enum data_type {
    TYPE_FP16 = 0,
    TYPE_FP32 = 1,
    TYPE_INT32 = 2,
    TYPE_INT8 = 3,
    TYPE_INT8X4 = 4, /* until MIOpen 3.0; lengths count the single numbers */
    TYPE_BF16 = 5,
    TYPE_FP64 = 6,
    TYPE_FP8 = 7,
    TYPE_BF8 = 8,
    TYPE_INT64 = 9,
};

enum layout {
    LAYOUT_DEFAULT,      /* NCHW, NCDHW */
    LAYOUT_CHANNEL_LAST, /* NHWC, NDHWC */
    LAYOUT_OTHER,        /* mixed, vectorized, permuted: no GEMM and no naive solver takes it */
};

struct tensor {
    enum data_type type;
    unsigned rank; /* 4 for 2-D, 5 for 3-D convolutions */
    /* In elements, in order N C (D) H W or K C (D) Y X, whatever the layout. */
    int64_t lengths[RANK_MAX];
    int64_t strides[RANK_MAX];
    bool casts; /* to the 8-bit float `cast` when a kernel reads it: miopenSetTensorCastType() */
    enum data_type cast;
};

struct problem {
    /*
     * The direction of the solver that runs. A transposed convolution's forward call is a
     * backward-data problem and the other way round (MIOpen src/convolution_api.cpp).
     */
    enum direction direction;
    bool transposed;  /* the descriptor's mode: direction is already swapped, x and y as well */
    unsigned spatial; /* 2 or 3 */
    struct tensor x;  /* the solver's input side: of a transposed convolution the caller's y */
    struct tensor w;
    struct tensor y;
    int pad[SPATIAL_MAX];
    int stride[SPATIAL_MAX];
    int dilation[SPATIAL_MAX];
    int groups;
};

const char *direction_name(enum direction direction); /* "forward", "backward-data", … */
const char *data_type_name(enum data_type type);      /* "fp16", …; "?" for unknown numbers */
const char *layout_name(enum layout layout, unsigned spatial); /* "NCHW", "NDHWC", "other" */

/* Bytes of one element; 0 for an unknown type. */
size_t data_type_bytes(enum data_type type);

/*
 * The layout that a MIOpen of that version (0.0.0: unknown, taken for the newest) sees in all three
 * tensors together. A layout fits a tensor where the strides do not grow along it.
 * Before 3.5.1 (src/conv/problem_description.cpp HeuristicUpdateLayouts): the
 * first of NCHW, NHWC, CHWN, NCDHW that fits all three. NDHWC is not in that list: it counts where
 * each tensor by itself, its dimensions sorted by stride, comes out as NDHWC.
 * From 3.5.1 on (same place; 3.4.0 still has the former rule): what each tensor comes out as by
 * itself where all agree, else the first of these and NDHWC that fits all, else the first that fits
 * when dimensions of length 1 are passed over. Vectorized tensors (NCHWc4 and the like) show
 * themselves by strides that are those of a packed tensor times 4 or 8: "other".
 */
enum layout problem_layout(const struct problem *problem, struct version miopen);

/* Whether each tensor's elements fill its memory without gaps or overlap, in whatever order. */
bool problem_is_packed(const struct problem *problem);

/* Whether both describe the same problem, in every field that their ranks leave in use. */
bool problem_equal(const struct problem *a, const struct problem *b);

/*
 * A transposed problem from how its caller describes it, and back: direction, x and y change
 * places. Nothing where the problem is not transposed.
 */
void problem_transpose(struct problem *problem);

/* A 64-bit hash; equal problems have equal hashes. */
uint64_t problem_hash(const struct problem *problem);
