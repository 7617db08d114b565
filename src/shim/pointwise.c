#include "shim/pointwise.h"

#include "policy/layout.h"
#include "shim/generation.h"
#include "shim/replica.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

static const float one = 1.0F, zero = 0.0F;

/* Whether a tensor is packed in a layout; a dimension of length 1 is never stepped along. */
static bool is_packed(const struct tensor *tensor, enum layout layout)
{
    int64_t strides[RANK_MAX];
    size_t i = 0;

    while (i < ORDERS_COUNT && (orders[i].layout != layout || orders[i].rank != tensor->rank))
        i++;
    if (i == ORDERS_COUNT || !order_strides(&orders[i], tensor->lengths, strides))
        return false;
    for (unsigned j = 0; j < tensor->rank; j++) {
        if (tensor->lengths[j] != 1 && tensor->strides[j] != strides[j])
            return false;
    }
    return true;
}

bool pointwise_applies(const struct problem *problem)
{
    const struct tensor *y = &problem->y;
    int64_t count = 1;

    if ((y->type != TYPE_FP32 && y->type != TYPE_FP16) || y->rank < 4)
        return false;
    for (unsigned i = 0; i < y->rank; i++) {
        if (y->lengths[i] < 1 || y->lengths[i] > INT_MAX / count)
            return false;
        count *= y->lengths[i];
    }
    return is_packed(y, LAYOUT_DEFAULT) || is_packed(y, LAYOUT_CHANNEL_LAST);
}

bool pointwise_normalizes(const struct problem *problem, miopenBatchNormMode_t mode)
{
    return (mode == MIOPEN_BN_SPATIAL || mode == MIOPEN_BN_PER_ACTIVATION) &&
           is_packed(&problem->y, LAYOUT_DEFAULT);
}

int64_t pointwise_norm_count(const struct problem *problem, miopenBatchNormMode_t mode)
{
    int64_t count = problem->y.lengths[1];

    for (unsigned i = 2; mode == MIOPEN_BN_PER_ACTIVATION && i < problem->y.rank; i++)
        count *= problem->y.lengths[i];
    return count;
}

/* Makes a descriptor of four packed dimensions. */
static int packed_make(const struct real *real, enum data_type type, const int64_t lengths[4],
                       miopenTensorDescriptor_t *ret_descriptor)
{
    struct tensor tensor = {.type = type, .rank = 4};
    int64_t stride = 1;

    for (unsigned i = tensor.rank; i-- > 0;) {
        tensor.lengths[i] = lengths[i];
        tensor.strides[i] = stride;
        stride *= lengths[i];
    }
    return replica_tensor_make(real, &tensor, generation_unknown(), ret_descriptor);
}

static bool functions_are_there(const struct real *real)
{
    return real->miopenCreateTensorDescriptor && real->miopenSetTensorDescriptor &&
           real->miopenDestroyTensorDescriptor && real->miopenOpTensor &&
           real->miopenCreateActivationDescriptor && real->miopenSetActivationDescriptor &&
           real->miopenDestroyActivationDescriptor && real->miopenActivationForward &&
           real->miopenBatchNormalizationForwardInference;
}

int pointwise_open(const struct real *real, const struct problem *problem,
                   struct pointwise *ret_pointwise)
{
    const struct tensor *y = &problem->y;
    struct pointwise pointwise = {.type = y->type, .channels_last = !is_packed(y, LAYOUT_DEFAULT)};
    int64_t *lengths = pointwise.lengths;
    int64_t channels[4] = {1, 1, 1, 1};

    if (!functions_are_there(real) || !pointwise_applies(problem))
        return -ENOTSUP;
    lengths[0] = y->lengths[0];
    lengths[1] = y->lengths[1];
    lengths[2] = 1;
    for (unsigned i = 2; i < y->rank - 1; i++)
        lengths[2] *= y->lengths[i];
    lengths[3] = y->lengths[y->rank - 1];
    if (pointwise.channels_last) {
        lengths[2] *= lengths[0] * lengths[3];
        lengths[3] = lengths[1];
        lengths[0] = lengths[1] = 1;
    }
    channels[pointwise.channels_last ? 3 : 1] = y->lengths[1];

    int r = packed_make(real, y->type, lengths, &pointwise.y);
    if (r == 0)
        r = packed_make(real, y->type, channels, &pointwise.channels);
    if (r < 0) {
        pointwise_close(real, &pointwise);
        return r;
    }
    *ret_pointwise = pointwise;
    return 0;
}

void pointwise_close(const struct real *real, struct pointwise *pointwise)
{
    replica_tensor_free(real, pointwise->y);
    replica_tensor_free(real, pointwise->channels);
    replica_tensor_free(real, pointwise->norm);
    if (pointwise->activation)
        (void)real->miopenDestroyActivationDescriptor(pointwise->activation);
    *pointwise = (struct pointwise){.y = NULL};
}

miopenStatus_t pointwise_add(const struct real *real, miopenHandle_t handle,
                             const struct pointwise *pointwise, float alpha, const void *a,
                             float beta, const void *b, void *c)
{
    return real->miopenOpTensor(handle, MIOPEN_TENSOR_OP_ADD, &alpha, pointwise->y, a, &beta,
                                pointwise->y, b, &zero, pointwise->y, c);
}

miopenStatus_t pointwise_add_bias(const struct real *real, miopenHandle_t handle,
                                  const struct pointwise *pointwise, float alpha, const void *bias,
                                  void *y)
{
    return real->miopenOpTensor(handle, MIOPEN_TENSOR_OP_ADD, &alpha, pointwise->y, y, &one,
                                pointwise->channels, bias, &zero, pointwise->y, y);
}

miopenStatus_t pointwise_activate(const struct real *real, miopenHandle_t handle,
                                  struct pointwise *pointwise, miopenActivationMode_t mode,
                                  double alpha, double beta, double gamma, void *y)
{
    miopenStatus_t status = miopenStatusSuccess;

    if (mode == MIOPEN_ACTIVATION_PASSTHROUGH)
        return status;
    if (!pointwise->activation)
        status = real->miopenCreateActivationDescriptor(&pointwise->activation);
    if (status == miopenStatusSuccess && !pointwise->activation)
        status = miopenStatusAllocFailed;
    if (status == miopenStatusSuccess)
        status =
            real->miopenSetActivationDescriptor(pointwise->activation, mode, alpha, beta, gamma);
    if (status == miopenStatusSuccess)
        status = real->miopenActivationForward(handle, pointwise->activation, &one, pointwise->y, y,
                                               &zero, pointwise->y, y);
    return status;
}

/* The parameters' descriptor, made where it is not the one of last time. 0 or -errno. */
static int norm_make(const struct real *real, struct pointwise *pointwise,
                     miopenBatchNormMode_t mode, enum data_type type)
{
    const bool spatial = mode == MIOPEN_BN_SPATIAL;
    const int64_t lengths[4] = {1, pointwise->lengths[1], spatial ? 1 : pointwise->lengths[2],
                                spatial ? 1 : pointwise->lengths[3]};

    if (pointwise->norm && pointwise->norm_mode == mode && pointwise->norm_type == type)
        return 0;
    replica_tensor_free(real, pointwise->norm);
    pointwise->norm = NULL;
    pointwise->norm_mode = mode;
    pointwise->norm_type = type;
    return packed_make(real, type, lengths, &pointwise->norm);
}

miopenStatus_t pointwise_normalize(const struct real *real, miopenHandle_t handle,
                                   struct pointwise *pointwise, miopenBatchNormMode_t mode,
                                   enum data_type type, const void *scale, const void *bias,
                                   const void *mean, const void *variance, double epsilon, void *y)
{
    float alpha = one, beta = zero; /* MIOpen's prototypes would let it change what it only reads */

    if (norm_make(real, pointwise, mode, type) < 0)
        return miopenStatusAllocFailed;
    return real->miopenBatchNormalizationForwardInference(
        handle, mode, &alpha, &beta, pointwise->y, y, pointwise->y, y, pointwise->norm,
        (void *)(uintptr_t)scale, (void *)(uintptr_t)bias, (void *)(uintptr_t)mean,
        (void *)(uintptr_t)variance, epsilon);
}
