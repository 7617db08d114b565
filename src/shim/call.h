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
 * Reads what the descriptors hold, through MIOpen's own getters, into the problem that its solvers
 * would see (transposed convolutions: direction, x and y swapped). 0; -EINVAL where a getter fails
 * or the descriptors are not those of a 2-D or 3-D convolution.
 */
int call_problem(const struct real *real, const struct call *call, struct problem *ret_problem);
