#include "session.h"

#include "find2.h"
#include "fused.h"

#include <string.h>

static bool is_decided(const struct shape *shape, uint64_t id)
{
    return id != 0 && (id == shape->gemm || id == shape->naive);
}

/* No input has these bytes, and no output. */
static const char untouched[STUB_DATA_BYTES] = "nothing";

void session_expect_launch(struct convolution *it)
{
    static _Thread_local unsigned char number;

    stub_set_last_launch(&(struct stub_launch){0});
    memset(it->a_data, ++number, sizeof(it->a_data));
    memset(it->b_data, number * 7, sizeof(it->b_data));
    memcpy(it->c_data, untouched, sizeof(untouched));
}

const char *session_judge_launch(const struct convolution *it, miopenStatus_t status,
                                 enum session_trust trust)
{
    const struct stub_launch *last = stub_last_launch();
    const bool success = status == miopenStatusSuccess;
    char wanted[STUB_DATA_BYTES];

    if (last->id != 0 && !is_decided(it->shape, last->id))
        return trust == SESSION_LOOSE ? NULL : "a solver that nobody wanted was launched";
    if (trust == SESSION_LOOSE)
        return NULL;
    if (trust == SESSION_SUCCEEDS && !success && shape_preferred(it->shape))
        return "a failure, though there was a way";
    if (success != (last->c == it->c_data))
        return success ? "a success that launched nothing" : "a failure that launched";
    if (success && last->handle != it->handle)
        return "launched on another handle";
    memcpy(wanted, untouched, sizeof(wanted));
    if (success)
        stub_compute((int)it->shape->direction, it->a, it->a_data, it->b, it->b_data,
                     it->descriptor, it->c, wanted);
    if (memcmp(it->c_data, wanted, sizeof(wanted)) != 0)
        return success ? "a success without the result" : "a failure that touched the output";
    return NULL;
}

static const char *answers(struct convolution *it, enum session_trust trust)
{
    size_t bytes = 0, count = 0;
    int returned = -1;
    miopenConvSolution_t solutions[2];
    miopenConvAlgoPerf_t result;

    (void)call_workspace_size(it, &bytes);
    (void)call_solution_count(it, &count);
    if (call_solution(it, 2, &count, solutions) == miopenStatusSuccess && trust != SESSION_LOOSE) {
        for (size_t i = 0; i < count; i++) {
            if (!is_decided(it->shape, solutions[i].solution_id))
                return "a solution that nobody wanted";
        }
    }
    (void)call_solution_workspace_size(it, STUB_WINOGRAD_ID, &bytes);
    (void)call_compile(it, STUB_WINOGRAD_ID);
    if (call_find(it, 1, &returned, &result, NULL, 0) == miopenStatusSuccess &&
        trust != SESSION_LOOSE && (returned != 1 || result.algorithm > 1))
        return "Find found what nobody wanted";
    return NULL;
}

static const char *find1_converse(struct convolution *it, enum session_trust trust)
{
    static _Thread_local char workspace[1 << 17];
    const char *wrong = answers(it, trust);
    miopenStatus_t status;

    for (unsigned way = 0; way < 6 && !wrong; way++) {
        void *memory = way % 2 ? workspace : NULL;
        const size_t bytes = way % 2 ? sizeof(workspace) : 0;
        session_expect_launch(it);
        if (way < 2)
            status = call_immediate(it, memory, bytes, STUB_WINOGRAD_ID);
        else if (way < 4)
            status = call_run_plain(it, 3, memory, bytes);
        else
            status = call_immediate(it, memory, bytes, it->shape->naive);
        wrong = session_judge_launch(it, status, trust);
    }
    return wrong;
}

const char *session_calls(struct convolution *it, enum session_trust trust)
{
    const char *wrong = find1_converse(it, trust);

    return wrong ? wrong : find2_converse(it, trust);
}

/* Whatever they leave there: the question about it is to be answered in any way. */
static void tensors_describe(const struct convolution *it)
{
    const int lengths[4] = {1, 2, 3, 4};
    const size_t sizes[4] = {1, 2, 3, 4};
    miopenTensorDescriptor_t spare = NULL;
    size_t offset = 0, count = 0;

    if (miopenCreateTensorDescriptor(&spare) != miopenStatusSuccess || !spare)
        return;
    (void)miopenSet4dTensorDescriptor(spare, 1, 1, 2, 3, 4);
    (void)miopenSet4dTensorDescriptorEx(spare, 1, 1, 2, 3, 4, 24, 12, 4, 1);
    (void)miopenSetNdTensorDescriptorWithLayout(spare, 1, 1, lengths, 4);
    (void)miopenSetTensorDescriptorV2(spare, 1, 4, sizes, sizes);
    (void)miopenSetTensorCastType(spare, 1);
    (void)miopenDeriveBNTensorDescriptor(spare, it->b, 0);
    (void)miopenGetRNNParamsDescriptor(it->handle, NULL, it->b, spare, 1);
    (void)miopenGetRNNLayerParam(it->handle, NULL, 0, it->b, it->a, NULL, 0, spare, NULL);
    (void)miopenGetRNNLayerBias(it->handle, NULL, 0, it->b, it->a, NULL, 0, spare, NULL);
    (void)miopenGetRNNLayerParamOffset(NULL, 0, it->b, 0, spare, &offset);
    (void)miopenGetRNNLayerBiasOffset(NULL, 0, it->b, 0, spare, &offset);
    (void)miopenConvolutionForwardGetSolutionCount(it->handle, it->a, spare, it->descriptor, it->c,
                                                   &count);
    (void)miopenDestroyTensorDescriptor(spare);
}

static void convolutions_describe(void)
{
    const int two[2] = {1, 1};
    miopenConvolutionDescriptor_t spare = NULL;

    if (miopenCreateConvolutionDescriptor(&spare) != miopenStatusSuccess || !spare)
        return;
    (void)miopenInitConvolutionNdDescriptor(spare, 2, two, two, two, 1);
    (void)miopenSetTransposeConvOutputPadding(spare, 1, 1);
    (void)miopenSetTransposeConvNdOutputPadding(spare, 2, two);
    (void)miopenSetConvolutionGroupCount(spare, 2);
    (void)miopenDestroyConvolutionDescriptor(spare);
}

/* Any of these may fail: the calls then have fewer objects, or other contents. */
static bool descriptors_refresh(struct convolution *it)
{
    bool same = true;

    tensors_describe(it);
    convolutions_describe();
    if (!it->shape->transposed && !it->shape->depth && it->shape->groups == 1)
        same = miopenInitConvolutionDescriptor(it->descriptor, 0, it->shape->pad, it->shape->pad,
                                               it->shape->stride, it->shape->stride,
                                               it->shape->dilation,
                                               it->shape->dilation) == miopenStatusSuccess;
    return same;
}

/* What a session converses about: a shape, and by which roads beside those of Find 1.0. */
struct subject {
    const char *shape;
    bool find2, fused;
};

static const char *session_shape(miopenHandle_t handle, const struct subject *subject,
                                 enum session_trust trust)
{
    struct convolution it;

    if (!convolution_try_open(&it, shape_named(subject->shape), handle))
        return NULL;
    const char *wrong = subject->find2 ? session_calls(&it, trust) : find1_converse(&it, trust);
    if (!wrong && descriptors_refresh(&it))
        wrong = find1_converse(&it, trust);
    convolution_close(&it);
    if (!wrong && subject->fused)
        wrong = fused_converse(handle, subject->shape, trust);
    return wrong;
}

/* The program's second handle, on the default stream, that does nothing but ask. */
static void handle_visit(void)
{
    miopenHandle_t handle = NULL;
    struct convolution it;
    size_t bytes = 0;

    if (miopenCreateWithStream(&handle, NULL) != miopenStatusSuccess || !handle)
        return;
    if (convolution_try_open(&it, shape_named("3x3"), handle)) {
        (void)call_workspace_size(&it, &bytes);
        convolution_close(&it);
    }
    if (miopenDestroy(handle) != miopenStatusSuccess)
        stub_destroy(handle);
}

const char *session_run(enum session_trust trust)
{
    static const struct subject subjects[] = {
        {"3x3", true, true},
        {"dilated data", false, false},
        {"1x1 stride 2 weights", false, false},
        {"transposed", true, false},
        {"channels last", false, false},
        {"double", false, false},
    };
    miopenHandle_t handle = NULL;
    const char *wrong = NULL;

    handle_visit();
    if (miopenCreate(&handle) != miopenStatusSuccess)
        return NULL;
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]) && !wrong; i++)
        wrong = session_shape(handle, &subjects[i], trust);
    if (!handle)
        return wrong;
    /* The stub's object is still there where the destroy failed. */
    if (miopenDestroy(handle) != miopenStatusSuccess)
        stub_destroy(handle);
    return wrong;
}
