/* The objects of the stub of MIOpen. */
#pragma once

#include "stub.h"

#include <stdatomic.h>

/* The release that this is: what later ones brought is not exported (stub_map.sh). */
#ifndef STUB_MAJOR
#define STUB_MAJOR 3
#define STUB_MINOR 5
#endif

#define STUB_RANK 5

/* Without gaps, as the next two: they are compared as bytes. */
struct miopenTensorDescriptor {
    unsigned type;
    unsigned cast; /* the type itself where none was set */
    int64_t rank;
    int64_t lengths[STUB_RANK];
    int64_t strides[STUB_RANK];
};

struct miopenConvolutionDescriptor {
    unsigned mode;
    int spatial;
    int pad[3], stride[3], dilation[3];
    int groups;
};

/* A problem as MIOpen's solvers see it: of a transposed convolution the other direction. */
struct stub_problem {
    int direction; /* 0 forward, 1 backward data, 2 backward weights */
    int spatial;
    struct miopenTensorDescriptor x, w, y;
    int pad[3], stride[3], dilation[3];
    int groups;
};

size_t stub_type_bytes(unsigned type); /* of one element */

/* What was compiled for a problem on a handle. */
struct stub_invoker {
    struct stub_invoker *next;
    struct stub_problem problem;
    uint64_t id;
};

struct miopenHandle {
    miopenAcceleratorQueue_t stream;
    struct stub_invoker *invokers;
    atomic_bool busy; /* a handle serves one thread at a time */
};

/* Memory for objects, zeroed, and what stub_reuse_addresses() is about. */
enum stub_kind {
    STUB_KIND_HANDLE,
    STUB_KIND_TENSOR,
    STUB_KIND_CONVOLUTION,
    STUB_KIND_PROBLEM,
    STUB_KIND_OPTIONS,
    STUB_KIND_SOLUTION,
    STUB_KINDS,
};

void *stub_object_new(enum stub_kind kind, size_t size);
void stub_object_free(enum stub_kind kind, void *object);

/*
 * The problem of a call whose tensors are a, b and c as GetWorkSpaceSize takes them. False where an
 * object is missing.
 */
bool stub_problem_from(int direction, miopenTensorDescriptor_t a, miopenTensorDescriptor_t b,
                       miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t c,
                       struct stub_problem *problem);

/*
 * Launches a solver: its workspace is checked and written to (where there is a problem), the launch
 * kept and counted.
 */
miopenStatus_t stub_launch(const struct stub_problem *problem, const struct stub_launch *what);
