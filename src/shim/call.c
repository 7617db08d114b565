#include "shim/call.h"

#include "policy/layout.h"

#include <errno.h>
#include <limits.h>

/* From the first element to behind the last. False past 64 bits. */
static bool tensor_reach(const struct tensor *tensor, uint64_t *ret_elements)
{
    int64_t elements = 1, more;

    for (unsigned i = 0; i < tensor->rank; i++)
        if (__builtin_mul_overflow(tensor->lengths[i] - 1, tensor->strides[i], &more) ||
            __builtin_add_overflow(elements, more, &elements))
            return false;
    *ret_elements = (uint64_t)elements;
    return elements > 0;
}

static bool tensor_is_narrow(const struct tensor *tensor)
{
    for (unsigned i = 0; i < tensor->rank; i++)
        if (tensor->lengths[i] < 1 || tensor->strides[i] < 1)
            return false;
    return true;
}

/*
 * MIOpen's getter has room for ints alone, and cuts off what is more: strides of a tensor past
 * INT_MAX elements, and lengths. Its size in bytes shows that, and tells which packed tensor it is.
 * -EOVERFLOW where it is none: no solver takes one whose lengths are no ints.
 */
static int tensor_widen(const struct real *real, miopenTensorDescriptor_t descriptor,
                        struct tensor *tensor)
{
    const size_t element_bytes = data_type_bytes(tensor->type);
    uint64_t elements = 0;
    size_t bytes = 0;

    if (!real->miopenGetTensorNumBytes || element_bytes == 0)
        return 0;
    if (real->miopenGetTensorNumBytes(descriptor, &bytes) != miopenStatusSuccess)
        return -EINVAL;
    if (bytes / element_bytes <= INT_MAX && tensor_is_narrow(tensor))
        return 0;

    for (size_t i = 0; i < ORDERS_COUNT; i++) {
        struct tensor packed = *tensor;
        bool same = orders[i].rank == tensor->rank &&
                    order_strides(&orders[i], tensor->lengths, packed.strides);

        for (unsigned j = 0; same && j < tensor->rank; j++)
            same = (uint32_t)packed.strides[j] == (uint32_t)tensor->strides[j];
        if (same && tensor_reach(&packed, &elements) && elements == bytes / element_bytes) {
            *tensor = packed;
            return 0;
        }
    }
    return -EOVERFLOW;
}

static int tensor_read_cast(const struct real *real, miopenTensorDescriptor_t descriptor,
                            struct tensor *tensor)
{
    miopenDataType_t cast = tensor->type;

    if (!real->miopenGetTensorCastType)
        return 0;
    if (real->miopenGetTensorCastType(descriptor, &cast) != miopenStatusSuccess)
        return -EINVAL;
    tensor->casts = cast != tensor->type;
    tensor->cast = (enum data_type)cast;
    return 0;
}

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

    struct tensor tensor = {.type = (enum data_type)type, .rank = (unsigned)rank};
    int r;

    for (int i = 0; i < rank; i++) {
        tensor.lengths[i] = lengths[i];
        tensor.strides[i] = strides[i];
    }
    r = tensor_read_cast(real, descriptor, &tensor);
    if (r == 0)
        r = tensor_widen(real, descriptor, &tensor);
    if (r < 0)
        return r;
    *ret_tensor = tensor;
    return 0;
}

bool call_tensor_holds(const struct real *real, miopenTensorDescriptor_t descriptor,
                       const struct tensor *wanted)
{
    struct tensor tensor;

    if (call_read_tensor(real, descriptor, &tensor) < 0 || tensor.type != wanted->type ||
        tensor.rank != wanted->rank || tensor.casts != wanted->casts)
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
    int r = call_read_tensor(real, call->a, a);
    if (r == 0)
        r = call_read_tensor(real, call->b, b);
    if (r == 0)
        r = call_read_tensor(real, call->c, c);
    if (r == 0)
        r = call_read_convolution(real, call->convolution, &described);
    if (r < 0)
        return r;
    return call_complete_problem(&described, ret_problem);
}
