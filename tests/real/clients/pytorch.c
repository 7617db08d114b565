/*
 * PyTorch's calls for a convolution (aten/src/ATen/native/miopen/Conv_miopen.cpp and Descriptors.h,
 * versions 1.8 to 2.10; what changed between them is a setting here): a workspace of the size that
 * MIOpen asks for, Find for one algorithm, its answer kept for the shape, then runs with a
 * workspace of the size that Find named; or immediate mode. A transposed convolution is the
 * backward-data call of the plain one, and the other way round.
 */
#include "calls.h"
#include "trial.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOLUTIONS_MAX 10 /* more, and PyTorch refuses */

/* What a program has set when it convolves, and which PyTorch it runs with. */
struct settings {
    bool benchmark;     /* torch.backends.cudnn.benchmark */
    bool deterministic; /* torch.backends.cudnn.deterministic */
    bool immediate;     /* torch.backends.miopen.immediate; before 2.9 by the two above */
    bool any_handle;    /* an answer is kept for all handles together, as it was before 2.1 */
    bool out_of_memory; /* the allocator has none for the first workspace of the run */
};

/* --- Handles: one for each thread that runs, kept for later threads, never destroyed
 * -------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the pool and of the answers */
static miopenHandle_t pool[16];
static size_t pool_count;
static _Thread_local miopenHandle_t thread_handle;
static _Thread_local hipStream_t thread_stream; /* NULL: the default stream */

static miopenStatus_t handle_get(miopenHandle_t *ret_handle)
{
    miopenStatus_t status = miopenStatusSuccess;

    pthread_mutex_lock(&lock);
    if (!thread_handle && pool_count > 0)
        thread_handle = pool[--pool_count];
    pthread_mutex_unlock(&lock);
    if (!thread_handle)
        status = miopenCreate(&thread_handle);
    if (status == miopenStatusSuccess)
        status = miopenSetStream(thread_handle, thread_stream);
    *ret_handle = thread_handle;
    return status;
}

static void handle_give_back(void)
{
    pthread_mutex_lock(&lock);
    if (thread_handle && pool_count < sizeof(pool) / sizeof(*pool))
        pool[pool_count++] = thread_handle;
    thread_handle = NULL;
    pthread_mutex_unlock(&lock);
}

/* --- Answers: what Find said, for each shape
 * ------------------------------------------------------ */

struct answer {
    struct problem problem;
    struct settings settings;
    miopenHandle_t handle; /* NULL: any */
    miopenConvAlgoPerf_t perf;
};

static struct answer answers[256];
static size_t answers_count;

static bool answer_find(const struct problem *problem, const struct settings *settings,
                        miopenHandle_t handle, miopenConvAlgoPerf_t *ret_perf)
{
    bool found = false;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < answers_count && !found; i++) {
        const struct answer *answer = &answers[i];

        found = problem_equal(&answer->problem, problem) &&
                answer->settings.deterministic == settings->deterministic &&
                (!answer->handle || answer->handle == handle);
        if (found)
            *ret_perf = answer->perf;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static void answer_keep(const struct answer *answer)
{
    pthread_mutex_lock(&lock);
    if (answers_count < sizeof(answers) / sizeof(*answers))
        answers[answers_count++] = *answer;
    pthread_mutex_unlock(&lock);
}

/* --- Descriptors: made for each convolution
 * ------------------------------------------------------- */

static bool tensor_set(struct trial *trial, const struct tensor *tensor,
                       miopenTensorDescriptor_t *ret_descriptor)
{
    int lengths[RANK_MAX], strides[RANK_MAX];

    for (unsigned i = 0; i < tensor->rank; i++) {
        lengths[i] = (int)tensor->lengths[i];
        strides[i] = (int)tensor->strides[i];
    }
    return trial_step(trial, "CreateTensor", miopenCreateTensorDescriptor(ret_descriptor)) &&
           trial_step(trial, "SetTensor",
                      miopenSetTensorDescriptor(*ret_descriptor, (miopenDataType_t)tensor->type,
                                                (int)tensor->rank, lengths, strides));
}

static bool convolution_set(struct trial *trial, const struct settings *settings,
                            miopenConvolutionDescriptor_t *ret_descriptor)
{
    const struct problem *p = &trial->problem;
    int pad[SPATIAL_MAX], stride[SPATIAL_MAX], dilation[SPATIAL_MAX];
    bool depthwise = p->groups > 1 && p->groups == p->x.lengths[1];

    memcpy(pad, p->pad, sizeof(pad));
    memcpy(stride, p->stride, sizeof(stride));
    memcpy(dilation, p->dilation, sizeof(dilation));
    return trial_step(trial, "CreateConvolution",
                      miopenCreateConvolutionDescriptor(ret_descriptor)) &&
           trial_step(trial, "InitConvolution",
                      miopenInitConvolutionNdDescriptor(
                          *ret_descriptor, (int)p->spatial, pad, stride, dilation,
                          depthwise ? miopenDepthwise : miopenConvolution)) &&
           trial_step(trial, "SetGroupCount",
                      miopenSetConvolutionGroupCount(*ret_descriptor, p->groups)) &&
           trial_step(trial, "SetAttribute",
                      miopenSetConvolutionAttribute(*ret_descriptor,
                                                    MIOPEN_CONVOLUTION_ATTRIB_DETERMINISTIC,
                                                    settings->deterministic)) &&
           (!settings->benchmark ||
            trial_step(
                trial, "SetFindMode",
                miopenSetConvolutionFindMode(*ret_descriptor, miopenConvolutionFindModeNormal)));
}

static bool call_open(struct trial *trial, const struct settings *settings, struct call *ret_call)
{
    *ret_call = (struct call){.direction = trial->problem.direction,
                              .x.data = trial->x.data,
                              .w.data = trial->w.data,
                              .y.data = trial->y.data};
    return trial_step(trial, "Create", (int)handle_get(&ret_call->handle)) &&
           tensor_set(trial, &trial->problem.x, &ret_call->x.tensor) &&
           tensor_set(trial, &trial->problem.w, &ret_call->w.tensor) &&
           tensor_set(trial, &trial->problem.y, &ret_call->y.tensor) &&
           convolution_set(trial, settings, &ret_call->convolution);
}

static void call_close(struct call *call)
{
    if (call->convolution)
        miopenDestroyConvolutionDescriptor(call->convolution);
    if (call->y.tensor)
        miopenDestroyTensorDescriptor(call->y.tensor);
    if (call->w.tensor)
        miopenDestroyTensorDescriptor(call->w.tensor);
    if (call->x.tensor)
        miopenDestroyTensorDescriptor(call->x.tensor);
}

/* --- The convolution
 * ------------------------------------------------------------------------------ */

/* PyTorch does not look at the status of this one. */
static size_t workspace_bytes(const struct call *call)
{
    size_t bytes = 0;

    call_get_workspace_size(call, &bytes);
    return bytes;
}

/* Memory for a run's workspace; the first of them fails where the settings say so. */
static bool workspace_open(const struct settings *settings, bool first, size_t bytes,
                           struct buffer *ret_workspace)
{
    if (first && settings->out_of_memory && bytes > 0)
        return false;
    return buffer_allocate(bytes, ret_workspace) == 0;
}

static bool find(struct trial *trial, const struct settings *settings, const struct call *call,
                 miopenConvAlgoPerf_t *ret_perf)
{
    struct answer answer = {.problem = trial->problem,
                            .settings = *settings,
                            .handle = settings->any_handle ? NULL : call->handle};
    struct buffer workspace;
    int count;
    bool found;

    if (answer_find(&trial->problem, settings, call->handle, ret_perf))
        return true;
    if (!trial_step(trial, "workspace", buffer_allocate(workspace_bytes(call), &workspace)))
        return false;
    found = trial_step(trial, "Find",
                       (int)call_find(call, 1, &count, &answer.perf, workspace.data,
                                      workspace.bytes, settings->benchmark));
    buffer_free(&workspace);
    if (found)
        answer_keep(&answer);
    *ret_perf = answer.perf;
    return found;
}

static void convolve_by_find(struct trial *trial, const struct settings *settings,
                             const struct call *call)
{
    miopenConvAlgoPerf_t perf;
    struct buffer workspace = {0};

    if (!find(trial, settings, call, &perf))
        return;
    if (!workspace_open(settings, true, perf.memory, &workspace)) {
        perf.fwd_algo = miopenConvolutionFwdAlgoGEMM;
        if (!trial_step(trial, "workspace",
                        !workspace_open(settings, false, workspace_bytes(call), &workspace)))
            return;
    }
    trial_step(trial, "Convolution",
               (int)call_convolution(call, (int)perf.fwd_algo, workspace.data, workspace.bytes));
    buffer_free(&workspace);
}

/* The first solution; where memory was short, the first by GEMM, or without a workspace. */
static bool solution_get(struct trial *trial, const struct call *call, bool short_of_memory,
                         miopenConvSolution_t *ret_solution)
{
    miopenConvSolution_t solutions[SOLUTIONS_MAX];
    size_t max = 0, count = 0, chosen = 0;

    if (!trial_step(trial, "GetSolutionCount", (int)call_get_solution_count(call, &max)) ||
        !trial_step(trial, "too many solutions", max > SOLUTIONS_MAX) ||
        !trial_step(trial, "GetSolution", (int)call_get_solution(call, max, &count, solutions)) ||
        !trial_step(trial, "no solution", count == 0))
        return false;
    for (size_t i = count; short_of_memory && i-- > 0;)
        if (solutions[i].workspace_size == 0)
            chosen = i;
    for (size_t i = count; short_of_memory && i-- > 0;)
        if (solutions[i].algorithm == miopenConvolutionAlgoGEMM)
            chosen = i;
    *ret_solution = solutions[chosen];
    return true;
}

static void convolve_immediately(struct trial *trial, const struct settings *settings,
                                 const struct call *call)
{
    miopenConvSolution_t solution;
    struct buffer workspace = {0};

    if (!solution_get(trial, call, false, &solution))
        return;
    if (!workspace_open(settings, true, solution.workspace_size, &workspace) &&
        (!solution_get(trial, call, true, &solution) ||
         !trial_step(trial, "workspace",
                     !workspace_open(settings, false, solution.workspace_size, &workspace))))
        return;
    trial_step(trial, "Immediate",
               (int)call_immediate(call, workspace.data, workspace.bytes, solution.solution_id));
    buffer_free(&workspace);
}

static void convolve(struct trial *trial, const struct settings *settings)
{
    struct call call;

    if (!call_open(trial, settings, &call))
        ;
    else if (settings->immediate)
        convolve_immediately(trial, settings, &call);
    else
        convolve_by_find(trial, settings, &call);
    trial_step(trial, "hipStreamSynchronize", hipStreamSynchronize(thread_stream) != hipSuccess);
    call_close(&call);
}

/* --- What a program does
 * -------------------------------------------------------------------------- */

static const struct shape {
    const char *name, *line;
} shapes[] = {
    {"3x3", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"3x3 backward data", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 2"},
    {"3x3 backward weights", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 4"},
    {"1x1", "conv -n 1 -c 32 -H 16 -W 16 -k 16 -y 1 -x 1 -F 1"},
    {"3x3 stride 2", "conv -n 1 -c 8 -H 16 -W 16 -k 16 -y 3 -x 3 -p 1 -q 1 -u 2 -v 2 -F 1"},
    {"depthwise", "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -g 8 -F 1"},
};

static void shapes_convolve(struct session *session, const struct settings *settings)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        struct trial trial;

        if (trial_open(session, shapes[i].name, shapes[i].line, &trial))
            convolve(&trial, settings);
        trial_close(&trial);
    }
    handle_give_back();
}

static void program_default(struct session *session)
{
    shapes_convolve(session, &(struct settings){0});
}

static void program_benchmark(struct session *session)
{
    shapes_convolve(session, &(struct settings){.benchmark = true});
}

static void program_immediate(struct session *session)
{
    shapes_convolve(session, &(struct settings){.immediate = true});
}

int main(int argc, char **argv)
{
    struct session session;

    session_open(argc, argv, &session);
    session_program(&session, "default", program_default);
    session_program(&session, "benchmark", program_benchmark);
    session_program(&session, "immediate", program_immediate);
    return session_close(&session);
}
