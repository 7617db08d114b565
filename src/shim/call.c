#include "shim/call.h"

#include <errno.h>

int call_read_tensor(const struct real *real, miopenTensorDescriptor_t descriptor,
                     struct tensor *ret_tensor)
{
    int rank = 0;
    int lengths[RANK_MAX] = {0};
    int strides[RANK_MAX] = {0};
    miopenDataType_t type = 0;

    if (!descriptor || !real->miopenGetTensorDescriptorSize || !real->miopenGetTensorDescriptor)
        return -EINVAL;
    if (real->miopenGetTensorDescriptorSize(descriptor, &rank) != miopenStatusSuccess)
        return -EINVAL;
    if (rank < 4 || rank > RANK_MAX)
        return -EINVAL;
    if (real->miopenGetTensorDescriptor(descriptor, &type, lengths, strides) != miopenStatusSuccess)
        return -EINVAL;

    *ret_tensor = (struct tensor){.type = (enum data_type)type, .rank = (unsigned)rank};
    for (int i = 0; i < rank; i++) {
        ret_tensor->lengths[i] = lengths[i];
        ret_tensor->strides[i] = strides[i];
    }
    return 0;
}

bool call_tensor_holds(const struct real *real, miopenTensorDescriptor_t descriptor,
                       const struct tensor *wanted)
{
    struct tensor tensor;

    if (call_read_tensor(real, descriptor, &tensor) < 0 || tensor.type != wanted->type ||
        tensor.rank != wanted->rank)
        return false;
    for (unsigned i = 0; i < tensor.rank; i++) {
        if (tensor.lengths[i] != wanted->lengths[i] ||
            (tensor.lengths[i] != 1 && tensor.strides[i] != wanted->strides[i]))
            return false;
    }
    return true;
}

/* The dimensions are asked for first: MIOpen fails where more are asked for than there are. */
int call_read_convolution(const struct real *real, miopenConvolutionDescriptor_t convolution,
                          struct problem *problem)
{
    int pad[SPATIAL_MAX] = {0}, stride[SPATIAL_MAX] = {0}, dilation[SPATIAL_MAX] = {0};
    int spatial = 0, groups = 0;
    miopenConvolutionMode_t mode = 0;

    if (!convolution || !real->miopenGetConvolutionNdDescriptor)
        return -EINVAL;
    if (real->miopenGetConvolutionNdDescriptor(convolution, 0, &spatial, pad, stride, dilation,
                                               &mode) != miopenStatusSuccess)
        return -EINVAL;
    if (spatial < 2 || spatial > SPATIAL_MAX)
        return -EINVAL;
    if (real->miopenGetConvolutionNdDescriptor(convolution, spatial, &spatial, pad, stride,
                                               dilation, &mode) != miopenStatusSuccess)
        return -EINVAL;
    if (real->miopenGetConvolutionGroupCount &&
        real->miopenGetConvolutionGroupCount(convolution, &groups) != miopenStatusSuccess)
        return -EINVAL;

    problem->transposed = mode == MIOPEN_MODE_TRANSPOSE;
    problem->spatial = (unsigned)spatial;
    for (int i = 0; i < spatial; i++) {
        problem->pad[i] = pad[i];
        problem->stride[i] = stride[i];
        problem->dilation[i] = dilation[i];
    }
    problem->groups = groups;
    return 0;
}

int call_complete_problem(const struct problem *described, struct problem *ret_problem)
{
    struct problem problem = *described;

    if (problem.x.rank != problem.spatial + 2 || problem.w.rank != problem.x.rank ||
        problem.y.rank != problem.x.rank)
        return -EINVAL;
    problem_transpose(&problem);
    if (problem.groups == 0) {
        if (problem.w.lengths[1] <= 0 || problem.x.lengths[1] % problem.w.lengths[1] != 0)
            return -EINVAL;
        problem.groups = (int)(problem.x.lengths[1] / problem.w.lengths[1]);
    }
    *ret_problem = problem;
    return 0;
}

int call_problem(const struct real *real, const struct call *call, struct problem *ret_problem)
{
    struct problem described = {.direction = call->direction};
    struct tensor *a = &described.w, *b = &described.x, *c = &described.y;

    switch (call->direction) {
    case DIRECTION_BACKWARD_DATA:
        a = &described.y, b = &described.w, c = &described.x;
        break;
    case DIRECTION_BACKWARD_WEIGHTS:
        a = &described.y, b = &described.x, c = &described.w;
        break;
    case DIRECTION_FORWARD:
    case DIRECTION_COUNT:
        break;
    }
    if (call_read_tensor(real, call->a, a) < 0 || call_read_tensor(real, call->b, b) < 0 ||
        call_read_tensor(real, call->c, c) < 0 ||
        call_read_convolution(real, call->convolution, &described) < 0)
        return -EINVAL;
    return call_complete_problem(&described, ret_problem);
}
