#include "shim/call.h"

#include <errno.h>

static int tensor_read(const struct real *real, miopenTensorDescriptor_t descriptor,
                       struct tensor *ret_tensor)
{
    int rank = 0;
    int lengths[RANK_MAX] = {0};
    int strides[RANK_MAX] = {0};
    miopenDataType_t type = 0;

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

/*
 * Where MIOpen does not say the group count, the channels do: they agree in every convolution that
 * it accepts.
 */
static int groups_read(const struct real *real, miopenConvolutionDescriptor_t convolution,
                       struct problem *problem)
{
    if (real->miopenGetConvolutionGroupCount)
        return real->miopenGetConvolutionGroupCount(convolution, &problem->groups) ==
                       miopenStatusSuccess
                   ? 0
                   : -EINVAL;
    if (problem->w.lengths[1] <= 0 || problem->x.lengths[1] % problem->w.lengths[1] != 0)
        return -EINVAL;
    problem->groups = (int)(problem->x.lengths[1] / problem->w.lengths[1]);
    return 0;
}

int call_problem(const struct real *real, const struct call *call, struct problem *ret_problem)
{
    struct problem problem = {.direction = call->direction};
    struct tensor a, b, c;
    int pad[SPATIAL_MAX] = {0}, stride[SPATIAL_MAX] = {0}, dilation[SPATIAL_MAX] = {0};
    int spatial = 0;
    miopenConvolutionMode_t mode = 0;

    if (!real->miopenGetTensorDescriptorSize || !real->miopenGetTensorDescriptor ||
        !real->miopenGetConvolutionNdDescriptor)
        return -EINVAL;
    if (!call->a || !call->b || !call->c || !call->convolution)
        return -EINVAL;
    if (tensor_read(real, call->a, &a) || tensor_read(real, call->b, &b) ||
        tensor_read(real, call->c, &c))
        return -EINVAL;
    if (a.rank != b.rank || a.rank != c.rank)
        return -EINVAL;
    if (real->miopenGetConvolutionNdDescriptor(call->convolution, (int)a.rank - 2, &spatial, pad,
                                               stride, dilation, &mode) != miopenStatusSuccess ||
        spatial != (int)a.rank - 2)
        return -EINVAL;

    problem.spatial = (unsigned)spatial;
    for (int i = 0; i < spatial; i++) {
        problem.pad[i] = pad[i];
        problem.stride[i] = stride[i];
        problem.dilation[i] = dilation[i];
    }

    switch (call->direction) {
    case DIRECTION_BACKWARD_DATA:
        problem.y = a, problem.w = b, problem.x = c;
        break;
    case DIRECTION_BACKWARD_WEIGHTS:
        problem.y = a, problem.x = b, problem.w = c;
        break;
    case DIRECTION_FORWARD:
    case DIRECTION_COUNT:
        problem.w = a, problem.x = b, problem.y = c;
        break;
    }

    if (mode == MIOPEN_MODE_TRANSPOSE) {
        struct tensor x = problem.x;

        problem.transposed = true;
        problem.x = problem.y;
        problem.y = x;
        if (call->direction != DIRECTION_BACKWARD_WEIGHTS)
            problem.direction =
                call->direction == DIRECTION_FORWARD ? DIRECTION_BACKWARD_DATA : DIRECTION_FORWARD;
    }

    if (groups_read(real, call->convolution, &problem) < 0)
        return -EINVAL;
    *ret_problem = problem;
    return 0;
}
