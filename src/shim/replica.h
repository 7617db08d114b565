/*
 * Descriptors of our own, made from a problem: for the roads on which MIOpen keeps copies of what
 * the program described (problems of Find 2.0, fusion plans), so that the program's own descriptors
 * may be gone, or describe something else, when the convolution is run.
 */
#pragma once

#include "shim/call.h"

struct replica {
    /* As the caller of a convolution function names them: a transposed problem swapped back. */
    miopenTensorDescriptor_t x, w, y;
    miopenConvolutionDescriptor_t convolution;
};

/*
 * Makes the descriptors of a problem in the real library. 0; -ENOTSUP where the library lacks a
 * function for it, -EINVAL where it refuses the values, -ENOMEM.
 */
int replica_make(const struct real *real, const struct problem *problem,
                 struct replica *ret_replica);

/* The call of the problem's function with these descriptors. */
struct call replica_call(const struct replica *replica, const struct problem *problem,
                         miopenHandle_t handle);

/*
 * One tensor's descriptor, and its end; what is remembered of calls with it holds as long as
 * `content` is a hash of what it holds. 0; -EINVAL where the library refuses it, or has no room for
 * a length or stride past an int (before 3.2); -ENOMEM. The functions must be there.
 */
int replica_tensor_make(const struct real *real, const struct tensor *tensor, uint64_t content,
                        miopenTensorDescriptor_t *ret_descriptor);
void replica_tensor_free(const struct real *real, miopenTensorDescriptor_t descriptor);

/* Destroys what was made; a replica that is all zero holds nothing. */
void replica_free(const struct real *real, struct replica *replica);
