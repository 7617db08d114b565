#include "shim/replica.h"

#include "shim/generation.h"

#include <errno.h>

/* By the function that has room for more than ints, where there is one (3.2 and newer). */
static miopenStatus_t tensor_set(const struct real *real, miopenTensorDescriptor_t descriptor,
                                 const struct tensor *tensor)
{
    size_t lengths[RANK_MAX], strides[RANK_MAX];
    int narrow_lengths[RANK_MAX], narrow_strides[RANK_MAX];
    bool narrow = true;

    for (unsigned i = 0; i < tensor->rank; i++) {
        lengths[i] = (size_t)tensor->lengths[i];
        strides[i] = (size_t)tensor->strides[i];
        narrow_lengths[i] = (int)tensor->lengths[i];
        narrow_strides[i] = (int)tensor->strides[i];
        narrow = narrow && narrow_lengths[i] == tensor->lengths[i] &&
                 narrow_strides[i] == tensor->strides[i];
    }
    if (real->miopenSetTensorDescriptorV2)
        return real->miopenSetTensorDescriptorV2(descriptor, tensor->type, (int)tensor->rank,
                                                 lengths, strides);
    return narrow ? real->miopenSetTensorDescriptor(descriptor, tensor->type, (int)tensor->rank,
                                                    narrow_lengths, narrow_strides)
                  : miopenStatusBadParm;
}

int replica_tensor_make(const struct real *real, const struct tensor *tensor, uint64_t content,
                        miopenTensorDescriptor_t *ret_descriptor)
{
    miopenTensorDescriptor_t descriptor = NULL;

    if (real->miopenCreateTensorDescriptor(&descriptor) != miopenStatusSuccess || !descriptor)
        return -ENOMEM;
    if (tensor_set(real, descriptor, tensor) != miopenStatusSuccess) {
        (void)real->miopenDestroyTensorDescriptor(descriptor);
        return -EINVAL;
    }
    generation_set(descriptor, content);
    *ret_descriptor = descriptor;
    return 0;
}

static int convolution_make(const struct real *real, const struct problem *problem,
                            uint64_t content, miopenConvolutionDescriptor_t *ret_descriptor)
{
    miopenConvolutionDescriptor_t descriptor = NULL;

    if (real->miopenCreateConvolutionDescriptor(&descriptor) != miopenStatusSuccess || !descriptor)
        return -ENOMEM;
    if (real->miopenInitConvolutionNdDescriptor(
            descriptor, (int)problem->spatial, problem->pad, problem->stride, problem->dilation,
            problem->transposed ? MIOPEN_MODE_TRANSPOSE : 0) != miopenStatusSuccess ||
        real->miopenSetConvolutionGroupCount(descriptor, problem->groups) != miopenStatusSuccess) {
        (void)real->miopenDestroyConvolutionDescriptor(descriptor);
        return -EINVAL;
    }
    generation_set(descriptor, content);
    *ret_descriptor = descriptor;
    return 0;
}

int replica_make(const struct real *real, const struct problem *problem,
                 struct replica *ret_replica)
{
    struct replica replica = {NULL, NULL, NULL, NULL};
    /* What is remembered of a call with these holds for the next replica of the same problem. */
    const uint64_t content = problem_hash(problem);

    if (!real->miopenCreateTensorDescriptor || !real->miopenSetTensorDescriptor ||
        !real->miopenDestroyTensorDescriptor || !real->miopenCreateConvolutionDescriptor ||
        !real->miopenInitConvolutionNdDescriptor || !real->miopenSetConvolutionGroupCount ||
        !real->miopenDestroyConvolutionDescriptor)
        return -ENOTSUP;

    const struct tensor *x = problem->transposed ? &problem->y : &problem->x;
    const struct tensor *y = problem->transposed ? &problem->x : &problem->y;
    int r = replica_tensor_make(real, x, content, &replica.x);
    if (r == 0)
        r = replica_tensor_make(real, &problem->w, content, &replica.w);
    if (r == 0)
        r = replica_tensor_make(real, y, content, &replica.y);
    if (r == 0)
        r = convolution_make(real, problem, content, &replica.convolution);
    if (r < 0) {
        replica_free(real, &replica);
        return r;
    }
    *ret_replica = replica;
    return 0;
}

struct call replica_call(const struct replica *replica, const struct problem *problem,
                         miopenHandle_t handle)
{
    struct problem described = *problem;
    struct call call = {.handle = handle, .convolution = replica->convolution};

    problem_transpose(&described);
    call.direction = described.direction;

    switch (call.direction) {
    case DIRECTION_BACKWARD_DATA:
        call.a = replica->y, call.b = replica->w, call.c = replica->x;
        break;
    case DIRECTION_BACKWARD_WEIGHTS:
        call.a = replica->y, call.b = replica->x, call.c = replica->w;
        break;
    case DIRECTION_FORWARD:
    case DIRECTION_COUNT:
        call.a = replica->w, call.b = replica->x, call.c = replica->y;
        break;
    }
    return call;
}

void replica_tensor_free(const struct real *real, miopenTensorDescriptor_t descriptor)
{
    if (!descriptor)
        return;
    generation_leave(descriptor);
    (void)real->miopenDestroyTensorDescriptor(descriptor);
}

void replica_free(const struct real *real, struct replica *replica)
{
    replica_tensor_free(real, replica->x);
    replica_tensor_free(real, replica->w);
    replica_tensor_free(real, replica->y);
    if (replica->convolution) {
        generation_leave(replica->convolution);
        (void)real->miopenDestroyConvolutionDescriptor(replica->convolution);
    }
    *replica = (struct replica){NULL, NULL, NULL, NULL};
}
