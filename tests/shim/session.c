#include "session.h"

#include "find2.h"

static bool is_decided(const struct shape *shape, uint64_t id)
{
    return id != 0 && (id == shape->gemm || id == shape->naive);
}

/* Launches of this thread: the stub's own count is of all threads. */
static const char *launched(const struct convolution *it, miopenStatus_t status,
                            const struct stub_launch *before, enum session_trust trust)
{
    const struct stub_launch *now = stub_last_launch();
    const bool launch = now->c == it->c_data && before->c != it->c_data;

    if (trust == SESSION_LOOSE)
        return NULL;
    if (trust == SESSION_SUCCEEDS && status != miopenStatusSuccess && shape_preferred(it->shape))
        return "a failure, though there was a way";
    if ((status == miopenStatusSuccess) != launch)
        return launch ? "a failure that launched" : "a success that launched nothing";
    if (launch && !is_decided(it->shape, now->id))
        return "a solver that nobody wanted was launched";
    if (launch && now->handle != it->handle)
        return "launched on another handle";
    return NULL;
}

/* Forgets the thread's latest launch, by one that no convolution of the test could be. */
static struct stub_launch launch_forget(void)
{
    struct stub_launch nothing = {0};

    stub_set_last_launch(&nothing);
    return nothing;
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

const char *session_calls(struct convolution *it, enum session_trust trust)
{
    char workspace[1 << 17] = {0};
    const char *wrong = answers(it, trust);
    miopenStatus_t status;

    for (unsigned way = 0; way < 6 && !wrong; way++) {
        const struct stub_launch before = launch_forget();
        void *memory = way % 2 ? workspace : NULL;
        const size_t bytes = way % 2 ? sizeof(workspace) : 0;
        if (way < 2)
            status = call_immediate(it, memory, bytes, STUB_WINOGRAD_ID);
        else if (way < 4)
            status = call_run_plain(it, 3, memory, bytes);
        else
            status = call_immediate(it, memory, bytes, it->shape->naive);
        wrong = launched(it, status, &before, trust);
    }
    return wrong;
}

/* Any of these may fail: the calls then have fewer objects, or other contents. */
static bool descriptors_refresh(struct convolution *it)
{
    miopenTensorDescriptor_t spare = NULL;
    bool same = true;

    if (miopenCreateTensorDescriptor(&spare) == miopenStatusSuccess && spare) {
        (void)miopenSet4dTensorDescriptor(spare, 1, 1, 2, 3, 4);
        (void)miopenDestroyTensorDescriptor(spare);
    }
    if (!it->shape->transposed && !it->shape->depth && it->shape->groups == 1)
        same = miopenInitConvolutionDescriptor(it->descriptor, 0, it->shape->pad, it->shape->pad,
                                               it->shape->stride, it->shape->stride,
                                               it->shape->dilation,
                                               it->shape->dilation) == miopenStatusSuccess;
    return same;
}

static const char *session_shape(miopenHandle_t handle, const char *name, enum session_trust trust)
{
    struct convolution it;
    const char *wrong = NULL;

    if (!convolution_try_open(&it, shape_named(name), handle))
        return NULL;
    wrong = session_calls(&it, trust);
    if (!wrong && descriptors_refresh(&it))
        wrong = session_calls(&it, trust);
    /* Once for each kind of answer: these are many calls, and every one of them comes to fail. */
    if (!wrong && (shape_preferred(it.shape) == it.shape->naive || it.shape->transposed))
        wrong = find2_converse(&it, trust);
    convolution_close(&it);
    return wrong;
}

const char *session_run(enum session_trust trust)
{
    static const char *const names[] = {"3x3",           "dilated data", "1x1 stride 2 weights",
                                        "1x1 weights",   "transposed",   "channels last",
                                        "3-D pointwise", "double"};
    miopenHandle_t handle = NULL;
    const char *wrong = NULL;

    if (miopenCreate(&handle) != miopenStatusSuccess)
        return NULL;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !wrong; i++)
        wrong = session_shape(handle, names[i], trust);
    if (!handle)
        return wrong;
    /* The stub's object is still there where the destroy failed. */
    if (miopenDestroy(handle) != miopenStatusSuccess)
        stub_destroy(handle);
    return wrong;
}
