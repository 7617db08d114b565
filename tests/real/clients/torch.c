#include "torch.h"

#include "call_open.h"

#include <pthread.h>
#include <string.h>

#define SOLUTIONS_MAX 10 /* more, and PyTorch refuses */

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

void torch_thread_stream(hipStream_t stream)
{
    thread_stream = stream;
}

void torch_thread_end(void)
{
    pthread_mutex_lock(&lock);
    if (thread_handle && pool_count < sizeof(pool) / sizeof(*pool))
        pool[pool_count++] = thread_handle;
    thread_handle = NULL;
    pthread_mutex_unlock(&lock);
}

void torch_end(void)
{
    pthread_mutex_lock(&lock);
    while (pool_count > 0)
        (void)miopenDestroy(pool[--pool_count]);
    pthread_mutex_unlock(&lock);
}

/* --- Answers: what Find said, for each shape
 * ------------------------------------------------------ */

struct answer {
    struct problem problem;
    struct torch_settings settings;
    miopenHandle_t handle;
    miopenConvAlgoPerf_t perf;
};

static struct answer answers[256];
static size_t answers_count;

static bool answer_find(const struct problem *problem, const struct torch_settings *settings,
                        miopenHandle_t handle, miopenConvAlgoPerf_t *ret_perf)
{
    bool found = false;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < answers_count && !found; i++) {
        const struct answer *answer = &answers[i];

        found = problem_equal(&answer->problem, problem) &&
                answer->settings.deterministic == settings->deterministic &&
                answer->handle == handle;
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

static bool torch_call_open(struct trial *trial, const struct torch_settings *settings,
                            struct call *ret_call)
{
    const struct problem *p = &trial->problem;
    bool depthwise = p->groups > 1 && p->groups == p->x.lengths[1];
    miopenHandle_t handle;

    *ret_call = (struct call){.handle = NULL};
    return trial_step(trial, "Create", (int)handle_get(&handle)) &&
           call_open(trial, handle, ret_call) &&
           (!depthwise || convolution_set(trial, miopenDepthwise, &ret_call->convolution)) &&
           trial_step(trial, "SetAttribute",
                      (int)miopenSetConvolutionAttribute(ret_call->convolution,
                                                         MIOPEN_CONVOLUTION_ATTRIB_DETERMINISTIC,
                                                         settings->deterministic)) &&
           (!settings->benchmark ||
            trial_step(trial, "SetFindMode",
                       (int)miopenSetConvolutionFindMode(ret_call->convolution,
                                                         miopenConvolutionFindModeNormal)));
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
static bool workspace_open(const struct torch_settings *settings, bool first, size_t bytes,
                           struct buffer *ret_workspace)
{
    if (first && settings->out_of_memory && bytes > 0)
        return false;
    return buffer_allocate(bytes, ret_workspace) == 0;
}

static bool find(struct trial *trial, const struct torch_settings *settings,
                 const struct call *call, miopenConvAlgoPerf_t *ret_perf)
{
    struct answer answer = {
        .problem = trial->problem, .settings = *settings, .handle = call->handle};
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

static void convolve_by_find(struct trial *trial, const struct torch_settings *settings,
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

static void convolve_immediately(struct trial *trial, const struct torch_settings *settings,
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

void torch_convolve(struct trial *trial, const struct torch_settings *settings)
{
    struct call call;

    if (!torch_call_open(trial, settings, &call))
        ;
    else if (settings->immediate)
        convolve_immediately(trial, settings, &call);
    else
        convolve_by_find(trial, settings, &call);
    trial_step(trial, "hipStreamSynchronize", hipStreamSynchronize(thread_stream) != hipSuccess);
    call_close(&call);
}

/* --- What follows it
 * ------------------------------------------------------------------------------ */

void torch_convolve_with_bias(struct trial *trial)
{
    const struct torch_settings settings = {0};
    const struct tensor *result = problem_result(&trial->problem);
    miopenTensorDescriptor_t bias = NULL, output = NULL;
    miopenHandle_t handle;
    float one = 1, zero = 0;

    trial_add_bias(trial);
    torch_convolve(trial, &settings);
    if (!trial->stage && bias_set(trial, result->lengths[1], &bias) &&
        tensor_set(trial, result, &output) && trial_step(trial, "Create", (int)handle_get(&handle)))
        trial_step(trial, "ForwardBias",
                   (int)miopenConvolutionForwardBias(handle, &one, bias, trial->bias.data, &zero,
                                                     output, trial_result(trial)->data));
    tensor_destroy(output);
    tensor_destroy(bias);
}

void torch_bias_gradient(struct trial *trial, const double *right)
{
    const struct problem *p = &trial->problem;
    struct tensor gradient = {
        .type = p->y.type, .rank = 1, .lengths = {p->y.lengths[1]}, .strides = {1}};
    miopenTensorDescriptor_t bias = NULL, output = NULL;
    struct buffer buffer;
    miopenHandle_t handle;
    float one = 1, zero = 0;

    if (!trial_step(trial, "memory", buffer_allocate(tensor_bytes(&gradient), &buffer)))
        return;
    buffer_poison(&buffer, true);
    if (bias_set(trial, p->y.lengths[1], &bias) && tensor_set(trial, &p->y, &output) &&
        trial_step(trial, "Create", (int)handle_get(&handle)) &&
        trial_step(trial, "BackwardBias",
                   (int)miopenConvolutionBackwardBias(handle, &one, output, trial->y.data, &zero,
                                                      bias, buffer.data)))
        trial_check(trial, &gradient, right, &buffer);
    buffer_free(&buffer);
    tensor_destroy(output);
    tensor_destroy(bias);
}

/* The plan of convolution, bias and ReLU, made and compiled. */
static bool plan_open(struct trial *trial, const struct call *call, miopenTensorDescriptor_t bias,
                      miopenFusionPlanDescriptor_t *ret_plan,
                      miopenFusionOpDescriptor_t ret_operations[3])
{
    return trial_step(
               trial, "CreateFusionPlan",
               (int)miopenCreateFusionPlan(ret_plan, miopenVerticalFusion, call->x.tensor)) &&
           trial_step(trial, "CreateOpConvForward",
                      (int)miopenCreateOpConvForward(*ret_plan, &ret_operations[0],
                                                     call->convolution, call->w.tensor)) &&
           trial_step(trial, "CreateOpBiasForward",
                      (int)miopenCreateOpBiasForward(*ret_plan, &ret_operations[1], bias)) &&
           trial_step(trial, "CreateOpActivationForward",
                      (int)miopenCreateOpActivationForward(*ret_plan, &ret_operations[2],
                                                           miopenActivationRELU)) &&
           trial_step(trial, "CompileFusionPlan",
                      (int)miopenCompileFusionPlan(call->handle, *ret_plan));
}

static void plan_execute(struct trial *trial, const struct call *call,
                         miopenFusionPlanDescriptor_t plan,
                         const miopenFusionOpDescriptor_t operations[3])
{
    miopenOperatorArgs_t args;
    float one = 1, zero = 0;

    if (!trial_step(trial, "CreateOperatorArgs", (int)miopenCreateOperatorArgs(&args)))
        return;
    if (trial_step(
            trial, "SetOpArgsConvForward",
            (int)miopenSetOpArgsConvForward(args, operations[0], &one, &zero, call->w.data)) &&
        trial_step(
            trial, "SetOpArgsBiasForward",
            (int)miopenSetOpArgsBiasForward(args, operations[1], &one, &zero, trial->bias.data)) &&
        trial_step(trial, "SetOpArgsActivForward",
                   (int)miopenSetOpArgsActivForward(args, operations[2], &one, &zero, 0, 0, 0)))
        miopenExecuteFusionPlan(call->handle, plan, call->x.tensor, call->x.data, call->y.tensor,
                                call->y.data, args); /* the status is not looked at */
    miopenDestroyOperatorArgs(args);                 /* PyTorch leaves them behind */
}

void torch_convolve_relu(struct trial *trial)
{
    const struct torch_settings settings = {0};
    miopenFusionPlanDescriptor_t plan = NULL;
    miopenFusionOpDescriptor_t operations[3];
    miopenTensorDescriptor_t bias = NULL;
    struct call call;

    trial_add_bias(trial);
    trial_relu(trial);
    if (torch_call_open(trial, &settings, &call) &&
        bias_set(trial, trial->problem.y.lengths[1], &bias) &&
        plan_open(trial, &call, bias, &plan, operations))
        plan_execute(trial, &call, plan, operations);
    if (plan)
        miopenDestroyFusionPlan(plan);
    trial_step(trial, "hipStreamSynchronize", hipStreamSynchronize(thread_stream) != hipSuccess);
    tensor_destroy(bias);
    call_close(&call);
}
