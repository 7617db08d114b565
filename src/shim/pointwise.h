/*
 * What follows a convolution in a fused operation, done to its result in place by MIOpen's own
 * functions for each: their numbers are those of a program that calls them one by one.
 */
#pragma once

#include "policy/problem.h"
#include "shim/real.h"

/*
 * Descriptors of a convolution's result as those functions take it best: of four dimensions and
 * packed, N K H W, or 1 1 NHW K where the channels lie innermost (for MIOpen adds a bias to the
 * second dimension as if it lay outside of the last two, whatever the strides: OpTensorFwdBias in
 * src/kernels/MIOpenTensorKernels.cl). Of five dimensions the first two of space are one.
 */
struct pointwise {
    miopenTensorDescriptor_t y;
    miopenTensorDescriptor_t channels; /* one number for each channel */
    miopenTensorDescriptor_t norm;     /* parameters of a batch norm, where one was done; of: */
    miopenBatchNormMode_t norm_mode;
    enum data_type norm_type;

    int64_t lengths[4]; /* of y */
    enum data_type type;
    bool channels_last;
    miopenActivationDescriptor_t activation; /* where one was done */
};

/*
 * Whether the steps below can be done to a problem's y: single or half precision (MIOpen's
 * activations and batch norms know no other everywhere), packed with the channels outermost or
 * innermost, and not past what its kernels count to.
 */
bool pointwise_applies(const struct problem *problem);

/* Whether a batch norm can: its mode is known, and not with the channels innermost. */
bool pointwise_normalizes(const struct problem *problem, miopenBatchNormMode_t mode);

/* Elements of the parameters of a batch norm. */
int64_t pointwise_norm_count(const struct problem *problem, miopenBatchNormMode_t mode);

/* Makes the descriptors. 0; -ENOTSUP where a function is missing or y is not as above; -EINVAL or
 * -ENOMEM where MIOpen fails. */
int pointwise_open(const struct real *real, const struct problem *problem,
                   struct pointwise *ret_pointwise);

void pointwise_close(const struct real *real, struct pointwise *pointwise);

/* The steps. a, b, c and y are device memory, of y's shape where nothing else is said. Status of
 * MIOpen. */

/* c = alpha a + beta b, elements one by one: c may be a or b. */
miopenStatus_t pointwise_add(const struct real *real, miopenHandle_t handle,
                             const struct pointwise *pointwise, float alpha, const void *a,
                             float beta, const void *b, void *c);

/* y = alpha y + bias, of a number for each channel. */
miopenStatus_t pointwise_add_bias(const struct real *real, miopenHandle_t handle,
                                  const struct pointwise *pointwise, float alpha, const void *bias,
                                  void *y);

miopenStatus_t pointwise_activate(const struct real *real, miopenHandle_t handle,
                                  struct pointwise *pointwise, miopenActivationMode_t mode,
                                  double alpha, double beta, double gamma, void *y);

/* Parameters of that type: for each channel, or for each element of an image, by the mode. */
miopenStatus_t pointwise_normalize(const struct real *real, miopenHandle_t handle,
                                   struct pointwise *pointwise, miopenBatchNormMode_t mode,
                                   enum data_type type, const void *scale, const void *bias,
                                   const void *mean, const void *variance, double epsilon, void *y);
