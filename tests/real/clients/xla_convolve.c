#include "xla_convolve.h"

#include "call_open.h"

#include <stdlib.h>

/* What either mode gives to choose from. In Find mode `id` is the algorithm. */
struct runner {
    uint64_t id;
    size_t workspace_bytes;
};

/* One handle for a device, never destroyed; descriptors for each question and each run. */
static bool prepare(struct trial *trial, struct call *ret_call)
{
    static miopenHandle_t handle;

    *ret_call = (struct call){0};
    return (handle || trial_step(trial, "Create", (int)miopenCreateWithStream(&handle, NULL))) &&
           trial_step(trial, "SetStream", (int)miopenSetStream(handle, NULL)) &&
           call_open(trial, handle, ret_call);
}

static size_t runners_find(struct trial *trial, const struct call *call,
                           struct runner **ret_runners)
{
    struct buffer workspace = {0};
    miopenConvAlgoPerf_t perf = {0};
    size_t bytes = 0;
    int count = 0;

    if (!trial_step(trial, "GetWorkSpaceSize", (int)call_get_workspace_size(call, &bytes)) ||
        !trial_step(trial, "workspace", buffer_allocate(bytes, &workspace)))
        return 0;
    const bool found =
        trial_step(trial, "Find",
                   (int)call_find(call, 1, &count, &perf, workspace.data, workspace.bytes, false));
    buffer_free(&workspace);
    struct runner *runner = found ? malloc(sizeof(*runner)) : NULL;
    if (!runner)
        return 0;
    *runner = (struct runner){(uint64_t)perf.fwd_algo, perf.memory};
    *ret_runners = runner;
    return 1;
}

/* XLA ends the program where any of the solutions cannot be compiled. */
static size_t runners_immediate(struct trial *trial, const struct call *call, bool best_only,
                                struct runner **ret_runners)
{
    size_t max = 0, count = 0;

    if (!trial_step(trial, "GetSolutionCount", (int)call_get_solution_count(call, &max)))
        return 0;
    if (best_only)
        max = 1;
    miopenConvSolution_t *solutions = calloc(max + 1, sizeof(*solutions));
    struct runner *runners = calloc(max + 1, sizeof(*runners));
    bool good =
        solutions && runners &&
        trial_step(trial, "GetSolution", (int)call_get_solution(call, max, &count, solutions)) &&
        trial_step(trial, "no solution", count == 0);
    for (size_t i = 0; good && i < count; i++) {
        good = trial_step(trial, "CompileSolution",
                          (int)call_compile_solution(call, solutions[i].solution_id));
        runners[i] = (struct runner){solutions[i].solution_id, solutions[i].workspace_size};
    }
    free(solutions);
    if (!good) {
        free(runners);
        return 0;
    }
    *ret_runners = runners;
    return count;
}

static bool convolve(struct trial *trial, const struct runner *runner, enum xla_mode mode,
                     float *ret_milliseconds)
{
    struct buffer workspace = {0};
    struct call call;
    hipEvent_t start = NULL, stop = NULL;
    bool good =
        prepare(trial, &call) &&
        trial_step(trial, "workspace", buffer_allocate(runner->workspace_bytes, &workspace)) &&
        trial_step(trial, "hipEventCreate",
                   hipEventCreate(&start) != hipSuccess || hipEventCreate(&stop) != hipSuccess);

    if (good)
        (void)hipEventRecord(start, NULL);
    if (good && mode == XLA_FIND)
        good = trial_step(
            trial, "Convolution",
            (int)call_convolution(&call, (int)runner->id, workspace.data, workspace.bytes));
    else if (good)
        good = trial_step(trial, "Immediate",
                          (int)call_immediate(&call, workspace.data, workspace.bytes, runner->id));
    if (good)
        good = trial_step(trial, "hipEvent",
                          hipEventRecord(stop, NULL) != hipSuccess ||
                              hipEventSynchronize(stop) != hipSuccess ||
                              hipEventElapsedTime(ret_milliseconds, start, stop) != hipSuccess);
    if (stop)
        (void)hipEventDestroy(stop);
    if (start)
        (void)hipEventDestroy(start);
    call_close(&call);
    buffer_free(&workspace);
    return good;
}

/* Each is timed, and its result compared, before the fastest is taken. */
static size_t runners_race(struct trial *trial, const struct runner *runners, size_t count,
                           enum xla_mode mode)
{
    float best = 0;
    size_t fastest = 0;

    for (size_t i = 0; i < count; i++) {
        float milliseconds = 0;

        buffer_poison(trial_result(trial), true);
        if (!convolve(trial, &runners[i], mode, &milliseconds))
            break;
        trial_check(trial, problem_result(&trial->problem), sample_result(&trial->sample),
                    trial_result(trial));
        if (i == 0 || milliseconds < best) {
            best = milliseconds;
            fastest = i;
        }
    }
    buffer_poison(trial_result(trial), true);
    return fastest;
}

void xla_convolve(struct trial *trial, enum xla_mode mode)
{
    struct runner *runners = NULL;
    size_t count = 0, taken = 0;
    struct call call;
    float milliseconds;

    if (prepare(trial, &call))
        count = mode == XLA_FIND ? runners_find(trial, &call, &runners)
                                 : runners_immediate(trial, &call, mode == XLA_BEST_ONLY, &runners);
    call_close(&call);
    if (count > 1)
        taken = runners_race(trial, runners, count, mode);
    if (count > 0 && !trial->stage)
        (void)convolve(trial, &runners[taken], mode, &milliseconds);
    free(runners);
}
