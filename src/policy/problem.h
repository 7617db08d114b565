/*
 * A problem: one convolution as MIOpen's solvers see it. Built by the shim from descriptors, by the
 * command line and the tests from MIOpenDriver lines.
 */
#pragma once

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
    TYPE_INT8X4 = 4, /* until MIOpen 3.0 */
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
    unsigned rank;              /* 4 for 2-D, 5 for 3-D convolutions */
    int64_t lengths[RANK_MAX];  /* elements, in order N C (D) H W or K C (D) Y X, whatever the layout */
    int64_t strides[RANK_MAX];  /* elements */
};

struct problem {
    /*
     * The direction of the solver that runs. A transposed convolution's forward call is a
     * backward-data problem and the other way round (MIOpen src/convolution_api.cpp).
     */
    enum direction direction;
    bool transposed;    /* the descriptor's mode: direction is already swapped, x and y as well */
    unsigned spatial;   /* 2 or 3 */
    struct tensor x;    /* the solver's input side: of a transposed convolution the caller's y */
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
 * The layout all three tensors agree on, by MIOpen's own rule: a layout fits where the strides do
 * not grow along it, NCHW is tried before NHWC, and a layout must fit all three (MIOpen
 * src/conv/problem_description.cpp HeuristicUpdateLayouts, src/tensor.cpp IsPossibleLayout).
 */
enum layout problem_layout(const struct problem *problem);

/* Whether each tensor's elements fill its memory without gaps or overlap. */
bool problem_is_packed(const struct problem *problem);

/* Whether both describe the same problem, field for field. */
bool problem_equal(const struct problem *a, const struct problem *b);

/* A 64-bit hash; equal problems have equal hashes. */
uint64_t problem_hash(const struct problem *problem);
