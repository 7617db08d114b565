/* Convolutions for the tests: described in a line, called the same way in all directions. */
#pragma once

#include "policy/problem.h"
#include "stub.h"

struct shape {
    const char *name;
    enum direction direction; /* of the function that is called */
    enum data_type type;
    bool transposed, channel_last;
    int n, c, h, w; /* x; a third spatial dimension is as long as h where depth is set */
    int k, filter, pad, stride, dilation, groups;
    bool depth;

    /* What the shim must make of it. */
    uint64_t gemm;  /* solver id, 0 where no GEMM solver can do it */
    uint64_t naive; /* the same for the naive one */
    size_t workspace_bytes;
};

extern const struct shape shapes[];
extern const size_t shapes_count;

/* The shape of that name; the test fails where there is none. */
const struct shape *shape_named(const char *name);

struct convolution {
    const struct shape *shape;
    miopenHandle_t handle;
    miopenTensorDescriptor_t a, b, c; /* in the order of GetWorkSpaceSize */
    miopenConvolutionDescriptor_t descriptor;
    char a_data[8], b_data[8], c_data[8]; /* STUB_DATA_BYTES; of no matter but to the stub */
};

/* Makes the descriptors, through the shim. The test fails where that does not succeed. */
void convolution_open(struct convolution *convolution, const struct shape *shape,
                      miopenHandle_t handle);

/* The same where calls may fail: false then, and nothing is left behind. */
bool convolution_try_open(struct convolution *convolution, const struct shape *shape,
                          miopenHandle_t handle);
void convolution_close(struct convolution *convolution);

/*
 * Describes a pointwise 2-D convolution's tensors anew: x is 1 16 16384 8192, which is 2^31
 * elements, y half of it.
 */
void convolution_enlarge(struct convolution *it);

/* The preferred solver's id, and its algorithm: GEMM 0, direct 1. */
uint64_t shape_preferred(const struct shape *shape);
unsigned shape_algorithm(const struct shape *shape);

/* The eight calls. */
miopenStatus_t call_workspace_size(const struct convolution *it, size_t *bytes);
miopenStatus_t call_solution_count(const struct convolution *it, size_t *count);
miopenStatus_t call_solution(const struct convolution *it, size_t max_count, size_t *count,
                             miopenConvSolution_t *solutions);
miopenStatus_t call_solution_workspace_size(const struct convolution *it, uint64_t id,
                                            size_t *bytes);
miopenStatus_t call_compile(const struct convolution *it, uint64_t id);
miopenStatus_t call_immediate(struct convolution *it, void *workspace, size_t bytes, uint64_t id);
miopenStatus_t call_find(struct convolution *it, int requested, int *returned,
                         miopenConvAlgoPerf_t *results, void *workspace, size_t bytes);
miopenStatus_t call_run(struct convolution *it, const float *alpha, const float *beta,
                        unsigned algorithm, void *workspace, size_t bytes);

/* call_run() with alpha 1 and beta 0, the way every framework does it. */
miopenStatus_t call_run_plain(struct convolution *it, unsigned algorithm, void *workspace,
                              size_t bytes);

/* The stub's number of the real function behind a call, for a shape's direction. */
#define REAL_FUNCTION(shape, prefix, suffix)                                                       \
    ((shape)->direction == DIRECTION_FORWARD         ? STUB_##prefix##Forward##suffix              \
     : (shape)->direction == DIRECTION_BACKWARD_DATA ? STUB_##prefix##BackwardData##suffix         \
                                                     : STUB_##prefix##BackwardWeights##suffix)
