/* Calls each function by its name, since an auditor hears of calls and not of pointers in tables.
 */
#include "deepbind.h"

#include "call_open.h"

#define ORDERED(call) (call)->w.tensor, (call)->x.tensor, (call)->convolution, (call)->y.tensor

static void find(struct trial *trial, const struct call *call)
{
    const float one = 1, zero = 0;
    struct buffer workspace = {0};
    miopenConvAlgoPerf_t perf = {0};
    size_t bytes = 0;
    int count = 0;

    if (trial_step(
            trial, "GetWorkSpaceSize",
            (int)miopenConvolutionForwardGetWorkSpaceSize(call->handle, ORDERED(call), &bytes)) &&
        trial_step(trial, "workspace", buffer_allocate(bytes, &workspace)) &&
        trial_step(trial, "Find",
                   (int)miopenFindConvolutionForwardAlgorithm(
                       call->handle, call->x.tensor, call->x.data, call->w.tensor, call->w.data,
                       call->convolution, call->y.tensor, call->y.data, 1, &count, &perf,
                       workspace.data, workspace.bytes, false)))
        trial_step(trial, "Convolution",
                   (int)miopenConvolutionForward(call->handle, &one, call->x.tensor, call->x.data,
                                                 call->w.tensor, call->w.data, call->convolution,
                                                 perf.fwd_algo, &zero, call->y.tensor, call->y.data,
                                                 workspace.data, workspace.bytes));
    buffer_free(&workspace);
}

static void immediate(struct trial *trial, const struct call *call)
{
    miopenConvSolution_t solution = {0};
    struct buffer workspace = {0};
    size_t count = 0;

    if (trial_step(
            trial, "GetSolutionCount",
            (int)miopenConvolutionForwardGetSolutionCount(call->handle, ORDERED(call), &count)) &&
        trial_step(trial, "GetSolution",
                   (int)miopenConvolutionForwardGetSolution(call->handle, ORDERED(call), 1, &count,
                                                            &solution)) &&
        trial_step(trial, "CompileSolution",
                   (int)miopenConvolutionForwardCompileSolution(call->handle, ORDERED(call),
                                                                solution.solution_id)) &&
        trial_step(trial, "workspace", buffer_allocate(solution.workspace_size, &workspace)))
        trial_step(trial, "Immediate",
                   (int)miopenConvolutionForwardImmediate(
                       call->handle, call->w.tensor, call->w.data, call->x.tensor, call->x.data,
                       call->convolution, call->y.tensor, call->y.data, workspace.data,
                       workspace.bytes, solution.solution_id));
    buffer_free(&workspace);
}

void engine_convolve(struct trial *trial, bool immediately)
{
    miopenHandle_t handle = NULL;
    struct call call = {0};

    if (trial_step(trial, "Create", (int)miopenCreate(&handle)) && call_open(trial, handle, &call))
        (immediately ? immediate : find)(trial, &call);
    call_close(&call);
    if (handle)
        miopenDestroy(handle);
}
