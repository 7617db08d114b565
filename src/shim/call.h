/* One call of a program into a convolution, its tensors in one order for all entry points. */
#pragma once

#include "policy/problem.h"
#include "shim/export.h"
#include "shim/real.h"

/*
 * a, b and c are in the order of GetWorkSpaceSize and immediate mode:
 * forward w, x, y; backward data dy, w, dx; backward weights dy, x, dw.
 */
struct call {
    enum direction direction; /* of the function that was called; the problem's may be swapped */
    miopenHandle_t handle;
    miopenTensorDescriptor_t a, b;
    miopenConvolutionDescriptor_t convolution;
    miopenTensorDescriptor_t c;
};

/* Find and the run functions take x first going forward; backwards the order is the same. */
SHIM_HOT struct call call_in_find_order(enum direction direction, miopenHandle_t handle,
                                        miopenTensorDescriptor_t first,
                                        miopenTensorDescriptor_t second,
                                        miopenConvolutionDescriptor_t convolution,
                                        miopenTensorDescriptor_t c)
{
    const bool forward = direction == DIRECTION_FORWARD;

    return (struct call){.direction = direction,
                         .handle = handle,
                         .a = forward ? second : first,
                         .b = forward ? first : second,
                         .convolution = convolution,
                         .c = c};
}

/*
 * A copy to give away by its address: what is copied member by member, and nothing else has the
 * address of, the compiler keeps in registers on the warm way.
 */
SHIM_HOT struct call call_copy(const struct call *call)
{
    return (struct call){.direction = call->direction,
                         .handle = call->handle,
                         .a = call->a,
                         .b = call->b,
                         .convolution = call->convolution,
                         .c = call->c};
}

/* Function `prefix`D`suffix` of struct real for a direction D. */
#define REAL_OF(real, direction, prefix, suffix)                                                   \
    ((direction) == DIRECTION_FORWARD         ? (real)->prefix##Forward##suffix                    \
     : (direction) == DIRECTION_BACKWARD_DATA ? (real)->prefix##BackwardData##suffix               \
                                              : (real)->prefix##BackwardWeights##suffix)

/*
 * What descriptors hold, read through MIOpen's own getters. 0; -EINVAL where a getter is missing or
 * fails, or the object cannot be part of a 2-D or 3-D convolution; -EOVERFLOW where the getter
 * could not say it in ints, and it is no packed tensor whose lengths are ints.
 */
int call_read_tensor(const struct real *real, miopenTensorDescriptor_t descriptor,
                     struct tensor *ret_tensor);

/*
 * Whether a descriptor can be read and says that; along a dimension of length 1 any stride is as
 * good as another.
 */
bool call_tensor_holds(const struct real *real, miopenTensorDescriptor_t descriptor,
                       const struct tensor *wanted);

/*
 * Fills all that a convolution descriptor says about a problem: `groups` is 0 where MIOpen does not
 * tell them (before 3.0).
 */
int call_read_convolution(const struct real *real, miopenConvolutionDescriptor_t convolution,
                          struct problem *problem);

/*
 * The problem that MIOpen's solvers see, of a convolution as its caller describes it: transposed
 * ones have direction, x and y swapped; groups that MIOpen did not tell are those that the channels
 * agree with, as they do in every convolution that it accepts. 0; -EINVAL where the parts do not
 * fit together.
 */
int call_complete_problem(const struct problem *described, struct problem *ret_problem);

/* The problem of a call. 0, -EINVAL or -EOVERFLOW as above. */
int call_problem(const struct real *real, const struct call *call, struct problem *ret_problem);
