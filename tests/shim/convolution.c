#include "convolution.h"

#include "cmocka_all.h"

#include <string.h>

/* What the words of shapes.list stand for. */
enum { CONVOLUTION, TRANSPOSE };
enum { NCHW = 0, NHWC = 1, NCDHW = 2, NDHWC = 3 }; /* bits: channels last, depth */

const struct shape shapes[] = {
#define SHAPE(name_, direction_, type_, mode, layout, n_, c_, h_, w_, k_, filter_, pad_, stride_,  \
              dilation_, groups_, gemm_, naive_, workspace)                                        \
    {.name = (name_),                                                                              \
     .direction = DIRECTION_##direction_,                                                          \
     .type = TYPE_##type_,                                                                         \
     .transposed = (mode) == TRANSPOSE,                                                            \
     .channel_last = ((layout)&1) != 0,                                                            \
     .depth = ((layout)&2) != 0,                                                                   \
     .n = (n_),                                                                                    \
     .c = (c_),                                                                                    \
     .h = (h_),                                                                                    \
     .w = (w_),                                                                                    \
     .k = (k_),                                                                                    \
     .filter = (filter_),                                                                          \
     .pad = (pad_),                                                                                \
     .stride = (stride_),                                                                          \
     .dilation = (dilation_),                                                                      \
     .groups = (groups_),                                                                          \
     .gemm = (gemm_),                                                                              \
     .naive = (naive_),                                                                            \
     .workspace_bytes = (workspace)},
#include "shapes.list"
#undef SHAPE
};

const size_t shapes_count = sizeof(shapes) / sizeof(shapes[0]);

const struct shape *shape_named(const char *name)
{
    for (size_t i = 0; i < shapes_count; i++) {
        if (strcmp(shapes[i].name, name) == 0)
            return &shapes[i];
    }
    fail_msg("no shape %s", name);
    return NULL;
}

void convolution_enlarge(struct convolution *it)
{
    static const size_t w[] = {8, 16, 1, 1}, x[] = {1, 16, 16384, 8192}, y[] = {1, 8, 16384, 8192};

    assert_int_equal(miopenSetTensorDescriptorV2(it->a, TYPE_FP32, 4, w, NULL),
                     miopenStatusSuccess);
    assert_int_equal(miopenSetTensorDescriptorV2(it->b, TYPE_FP32, 4, x, NULL),
                     miopenStatusSuccess);
    assert_int_equal(miopenSetTensorDescriptorV2(it->c, TYPE_FP32, 4, y, NULL),
                     miopenStatusSuccess);
}

uint64_t shape_preferred(const struct shape *shape)
{
    return shape->gemm ? shape->gemm : shape->naive;
}

unsigned shape_algorithm(const struct shape *shape)
{
    return shape->gemm ? 0 : 1;
}

static int length_after(const struct shape *shape, int length)
{
    const int reach = shape->dilation * (shape->filter - 1) + 1;

    return shape->transposed ? (length - 1) * shape->stride - 2 * shape->pad + reach
                             : (length + 2 * shape->pad - reach) / shape->stride + 1;
}

/* N C H W or K C Y X; the depth of a shape that has one is as long as its height. */
static bool tensor_open(const struct shape *shape, int n, int c, int h, int w,
                        miopenTensorDescriptor_t *tensor)
{
    int lengths[RANK_MAX] = {n, c, h, h, w};
    int strides[RANK_MAX];
    const int rank = shape->depth ? 5 : 4;

    lengths[rank - 1] = w;
    int stride = shape->channel_last ? c : 1;
    for (int i = rank - 1; i >= 0; i--) {
        if (i == 1 && shape->channel_last) {
            strides[i] = 1;
            continue;
        }
        strides[i] = stride;
        stride *= lengths[i];
    }
    return miopenCreateTensorDescriptor(tensor) == miopenStatusSuccess &&
           miopenSetTensorDescriptor(*tensor, shape->type, rank, lengths, strides) ==
               miopenStatusSuccess;
}

static bool descriptor_open(const struct shape *shape, miopenConvolutionDescriptor_t *descriptor)
{
    const int pad[3] = {shape->pad, shape->pad, shape->pad};
    const int stride[3] = {shape->stride, shape->stride, shape->stride};
    const int dilation[3] = {shape->dilation, shape->dilation, shape->dilation};

    return miopenCreateConvolutionDescriptor(descriptor) == miopenStatusSuccess &&
           miopenInitConvolutionNdDescriptor(*descriptor, shape->depth ? 3 : 2, pad, stride,
                                             dilation,
                                             shape->transposed ? 1 : 0) == miopenStatusSuccess &&
           (shape->groups == 1 ||
            miopenSetConvolutionGroupCount(*descriptor, shape->groups) == miopenStatusSuccess);
}

bool convolution_try_open(struct convolution *convolution, const struct shape *shape,
                          miopenHandle_t handle)
{
    const int k = shape->transposed ? shape->c : shape->k;
    const int c = (shape->transposed ? shape->k : shape->c) / shape->groups;
    miopenTensorDescriptor_t x = NULL, w = NULL, y = NULL;

    *convolution = (struct convolution){.shape = shape, .handle = handle};
    const bool open = tensor_open(shape, shape->n, shape->c, shape->h, shape->w, &x) &&
                      tensor_open(shape, k, c, shape->filter, shape->filter, &w) &&
                      tensor_open(shape, shape->n, shape->k, length_after(shape, shape->h),
                                  length_after(shape, shape->w), &y) &&
                      descriptor_open(shape, &convolution->descriptor);
    convolution->a = shape->direction == DIRECTION_FORWARD ? w : y;
    convolution->b = shape->direction == DIRECTION_BACKWARD_DATA ? w : x;
    convolution->c = shape->direction == DIRECTION_FORWARD         ? y
                     : shape->direction == DIRECTION_BACKWARD_DATA ? x
                                                                   : w;
    if (!open)
        convolution_close(convolution);
    return open;
}

void convolution_open(struct convolution *convolution, const struct shape *shape,
                      miopenHandle_t handle)
{
    assert_true(convolution_try_open(convolution, shape, handle));
}

void convolution_close(struct convolution *convolution)
{
    miopenDestroyTensorDescriptor(convolution->a);
    miopenDestroyTensorDescriptor(convolution->b);
    miopenDestroyTensorDescriptor(convolution->c);
    miopenDestroyConvolutionDescriptor(convolution->descriptor);
}

/* Each direction's function of a group of three. */
#define FUNCTION(it, prefix, suffix)                                                               \
    ((it)->shape->direction == DIRECTION_FORWARD         ? prefix##Forward##suffix                 \
     : (it)->shape->direction == DIRECTION_BACKWARD_DATA ? prefix##BackwardData##suffix            \
                                                         : prefix##BackwardWeights##suffix)

#define DESCRIPTORS(it) (it)->handle, (it)->a, (it)->b, (it)->descriptor, (it)->c

miopenStatus_t call_workspace_size(const struct convolution *it, size_t *bytes)
{
    return FUNCTION(it, miopenConvolution, GetWorkSpaceSize)(DESCRIPTORS(it), bytes);
}

miopenStatus_t call_solution_count(const struct convolution *it, size_t *count)
{
    return FUNCTION(it, miopenConvolution, GetSolutionCount)(DESCRIPTORS(it), count);
}

miopenStatus_t call_solution(const struct convolution *it, size_t max_count, size_t *count,
                             miopenConvSolution_t *solutions)
{
    return FUNCTION(it, miopenConvolution, GetSolution)(DESCRIPTORS(it), max_count, count,
                                                        solutions);
}

miopenStatus_t call_solution_workspace_size(const struct convolution *it, uint64_t id,
                                            size_t *bytes)
{
    return FUNCTION(it, miopenConvolution, GetSolutionWorkspaceSize)(DESCRIPTORS(it), id, bytes);
}

miopenStatus_t call_compile(const struct convolution *it, uint64_t id)
{
    return FUNCTION(it, miopenConvolution, CompileSolution)(DESCRIPTORS(it), id);
}

miopenStatus_t call_immediate(struct convolution *it, void *workspace, size_t bytes, uint64_t id)
{
    return FUNCTION(it, miopenConvolution, Immediate)(it->handle, it->a, it->a_data, it->b,
                                                      it->b_data, it->descriptor, it->c, it->c_data,
                                                      workspace, bytes, id);
}

/* x stands first here when going forward, and the weights in immediate mode. */
miopenStatus_t call_find(struct convolution *it, int requested, int *returned,
                         miopenConvAlgoPerf_t *results, void *workspace, size_t bytes)
{
    if (it->shape->direction == DIRECTION_FORWARD)
        return miopenFindConvolutionForwardAlgorithm(
            it->handle, it->b, it->b_data, it->a, it->a_data, it->descriptor, it->c, it->c_data,
            requested, returned, results, workspace, bytes, false);
    return FUNCTION(it, miopenFindConvolution, Algorithm)(
        it->handle, it->a, it->a_data, it->b, it->b_data, it->descriptor, it->c, it->c_data,
        requested, returned, results, workspace, bytes, false);
}

miopenStatus_t call_run(struct convolution *it, const float *alpha, const float *beta,
                        unsigned algorithm, void *workspace, size_t bytes)
{
    if (it->shape->direction == DIRECTION_FORWARD)
        return miopenConvolutionForward(it->handle, alpha, it->b, it->b_data, it->a, it->a_data,
                                        it->descriptor, algorithm, beta, it->c, it->c_data,
                                        workspace, bytes);
    return FUNCTION(it, miopenConvolution, )(it->handle, alpha, it->a, it->a_data, it->b,
                                             it->b_data, it->descriptor, algorithm, beta, it->c,
                                             it->c_data, workspace, bytes);
}

miopenStatus_t call_run_plain(struct convolution *it, unsigned algorithm, void *workspace,
                              size_t bytes)
{
    const float one = 1.0F, zero = 0.0F;

    return call_run(it, &one, &zero, algorithm, workspace, bytes);
}
