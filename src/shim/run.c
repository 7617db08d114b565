/*
 * The calls that launch: immediate mode by solver id and the run functions by algorithm. Both run
 * the choice's solver, whatever the caller named, with enough workspace.
 */
#include "shim/run.h"

#include "shim/choice.h"
#include "shim/export.h"
#include "shim/handle.h"
#include "shim/timing.h"
#include "shim/trace.h"
#include "shim/trace_record.h"
#include "shim/workspace.h"

#include <errno.h>

/* What a call will run: a solver of the choice and the workspace it gets. */
struct plan {
    struct usable *usable;
    void *workspace;
    size_t workspace_bytes;
    struct workspace *own; /* to be given back after the launch; NULL: the caller's */
};

SHIM_HOT bool plan_stands(const struct plan *plan)
{
    const struct usable *usable = plan->usable;

    return atomic_load_explicit(&usable->build, memory_order_relaxed) == BUILD_DONE &&
           (usable->workspace_bytes == 0 ||
            (plan->workspace && usable->workspace_bytes <= plan->workspace_bytes));
}

/*
 * Compiled on this handle, since a program may have searched on another and MIOpen's run functions
 * know but their own; and with memory of ours where the caller brought too little.
 */
static miopenStatus_t plan_try(const struct real *real, const struct call *call,
                               struct choice *choice, struct plan *plan)
{
    miopenStatus_t status =
        choice_compile(real, call, choice, (unsigned)(plan->usable - choice->usable));

    if (status != miopenStatusSuccess || plan_stands(plan))
        return status;

    const struct machine *machine = machine_get();
    const size_t bytes = plan->usable->workspace_bytes;
    plan->own = machine ? workspace_take(real, machine, choice->handle, bytes) : NULL;
    if (!plan->own)
        return miopenStatusAllocFailed;
    plan->workspace = plan->own->memory;
    plan->workspace_bytes = bytes;
    return miopenStatusSuccess;
}

/* Where the wanted solver cannot run, any other of the choice is right as well. */
static miopenStatus_t plan_settle(const struct real *real, const struct call *call,
                                  struct choice *choice, struct plan *plan)
{
    const int saved_errno = errno;
    const struct usable *wanted = plan->usable;
    const miopenStatus_t status = plan_try(real, call, choice, plan);
    bool settled = status == miopenStatusSuccess;

    for (unsigned i = 0; i < choice->count && !settled; i++) {
        plan->usable = &choice->usable[i];
        settled =
            plan->usable != wanted && plan_try(real, call, choice, plan) == miopenStatusSuccess;
    }
    errno = saved_errno;
    return settled ? miopenStatusSuccess : status;
}

/* The data of a call, in the call's order, and for the run functions the factors. */
struct operands {
    const void *a, *b;
    void *c;
    const void *alpha, *beta; /* NULL: immediate mode */
};

/*
 * By algorithm where the caller does and that can only mean the planned solver: MIOpen keeps one
 * solver for each algorithm and shape, and there is one GEMM solver a direction that applies.
 * Direct solvers are several, so the naive one is named by its id.
 */
SHIM_HOT miopenStatus_t plan_launch(const struct real *real, const struct call *call,
                                    const struct plan *plan, const struct operands *operands)
{
    const struct solver *solver = plan->usable->solver;
    const bool forward = call->direction == DIRECTION_FORWARD;

    if (operands->alpha && solver->algorithm == ALGORITHM_GEMM)
        return REAL_OF(real, call->direction, miopenConvolution, )(
            call->handle, operands->alpha, forward ? call->b : call->a,
            forward ? operands->b : operands->a, forward ? call->a : call->b,
            forward ? operands->a : operands->b, call->convolution, solver->algorithm,
            operands->beta, call->c, operands->c, plan->workspace, plan->workspace_bytes);
    return REAL_OF(real, call->direction, miopenConvolution, Immediate)(
        call->handle, call->a, operands->a, call->b, operands->b, call->convolution, call->c,
        operands->c, plan->workspace, plan->workspace_bytes, solver->id);
}

/* As MIOpen where it has no solver. */
SHIM_HOT miopenStatus_t status_without_solver(const struct operands *operands)
{
    return operands->alpha ? miopenStatusUnknownError : miopenStatusBadParm;
}

static __attribute__((noinline)) miopenStatus_t plan_run_traced(const struct real *real,
                                                                const struct call *call,
                                                                struct choice *choice,
                                                                struct plan *plan,
                                                                const struct operands *operands)
{
    const size_t given = plan->workspace ? plan->workspace_bytes : 0;
    void *const workspace = plan->workspace;
    miopenStatus_t status = choice->count == 0  ? status_without_solver(operands)
                            : plan_stands(plan) ? miopenStatusSuccess
                                                : plan_settle(real, call, choice, plan);

    if (status == miopenStatusSuccess) {
        const int saved_errno = errno;
        if (plan->usable->workspace_bytes > 0)
            trace_record_workspace(choice->record, given,
                                   plan->workspace == workspace ? 0 : plan->workspace_bytes);
        trace_record_run(choice->record, (unsigned)(plan->usable - choice->usable));
        struct timing *timing = timing_begin(real, choice->handle, choice->record);
        errno = saved_errno;
        status = plan_launch(real, call, plan, operands);
        const int launch_errno = errno;
        timing_end(real, choice->handle, timing, status == miopenStatusSuccess);
        workspace_give(plan->own);
        errno = launch_errno;
    }
    if (status != miopenStatusSuccess)
        trace_record_failure(choice->record, status);
    return status;
}

/* The first call of a choice on a handle, and those that bring too little workspace. */
static __attribute__((noinline)) miopenStatus_t plan_run_slow(const struct real *real,
                                                              const struct call *call,
                                                              struct choice *choice,
                                                              struct plan *plan,
                                                              const struct operands *operands)
{
    miopenStatus_t status = plan_settle(real, call, choice, plan);

    if (status != miopenStatusSuccess)
        return status;
    status = plan_launch(real, call, plan, operands);
    workspace_give(plan->own);
    return status;
}

/* The way of nearly every call, with as few instructions as can be (see bench/). */
SHIM_HOT miopenStatus_t plan_run_quick(const struct real *real, const struct call *call,
                                       struct choice *choice, const struct plan *plan,
                                       const struct operands *operands)
{
    if (__builtin_expect(plan_stands(plan), 1))
        return plan_launch(real, call, plan, operands);

    const struct call copy = call_copy(call);
    const struct operands data = {operands->a, operands->b, operands->c, operands->alpha,
                                  operands->beta};
    struct plan settled = {plan->usable, plan->workspace, plan->workspace_bytes, NULL};
    return plan_run_slow(real, &copy, choice, &settled, &data);
}

/* Runs a forced choice by the planned solver, or another where that cannot be had. */
SHIM_HOT miopenStatus_t plan_run(const struct real *real, const struct call *call,
                                 struct choice *choice, struct plan *plan,
                                 const struct operands *operands)
{
    if (__builtin_expect(choice->record != NULL, 0)) {
        const struct call copy = call_copy(call);
        const struct operands data = {operands->a, operands->b, operands->c, operands->alpha,
                                      operands->beta};
        struct plan traced = {plan->usable, plan->workspace, plan->workspace_bytes, NULL};
        return plan_run_traced(real, &copy, choice, &traced, &data);
    }
    if (choice->count == 0)
        return status_without_solver(operands);
    return plan_run_quick(real, call, choice, plan, operands);
}

SHIM_HOT miopenStatus_t immediate(const struct call *call, const void *a, const void *b, void *c,
                                  void *workspace, size_t workspace_bytes, uint64_t id)
{
    const struct real *caller = real_get();
    if (!caller)
        return miopenStatusNotInitialized;

    struct choice *choice = choice_get(caller, call);
    struct plan plan = {choice->usable, workspace, workspace_bytes, NULL};
    if (__builtin_expect(choice->quick, 1)) {
        plan.usable = choice_usable(choice, id);
        return plan_run_quick(choice->real, call, choice, &plan,
                              &(struct operands){a, b, c, NULL, NULL});
    }

    const struct real *real = choice_real(choice, caller);
    if (!REAL_OF(real, call->direction, miopenConvolution, Immediate))
        return miopenStatusNotInitialized;
    if (!choice->forced)
        return REAL_OF(real, call->direction, miopenConvolution,
                       Immediate)(call->handle, call->a, a, call->b, b, call->convolution, call->c,
                                  c, workspace, workspace_bytes, id);
    if (choice->count > 0)
        plan.usable = choice_usable(choice, id);
    return plan_run(real, call, choice, &plan, &(struct operands){a, b, c, NULL, NULL});
}

miopenStatus_t convolution_run_solver(const struct real *caller, const struct call *call,
                                      uint64_t id, const void *a, const void *b, void *c,
                                      void *workspace, size_t workspace_bytes)
{
    struct choice *choice = choice_get(caller, call);
    const struct real *real = choice_real(choice, caller);
    struct plan plan = {choice->usable, workspace, workspace_bytes, NULL};

    if (!choice->forced || !REAL_OF(real, call->direction, miopenConvolution, Immediate))
        return miopenStatusUnsupportedOp;
    if (choice->count > 0)
        plan.usable = choice_usable(choice, id);
    return plan_run(real, call, choice, &plan, &(struct operands){a, b, c, NULL, NULL});
}

miopenStatus_t convolution_run(const struct real *caller, const struct call *call, const void *a,
                               const void *b, void *c, void *workspace, size_t workspace_bytes)
{
    const uint64_t preferred = 0; /* no solver's id */

    return convolution_run_solver(caller, call, preferred, a, b, c, workspace, workspace_bytes);
}

/* The arguments of a run function beside the descriptors, in MIOpen's order. */
struct run {
    const void *alpha;
    const void *first, *second;
    unsigned algorithm;
    const void *beta;
    void *c;
    void *workspace;
    size_t workspace_bytes;
};

/* The solver of the algorithm that Find gave, or the preferred one. */
SHIM_HOT struct usable *run_usable(struct choice *choice, unsigned algorithm)
{
    struct usable *usable = choice->usable;

    for (unsigned i = 0; i < choice->count; i++, usable++) {
        if (usable->solver->algorithm == algorithm)
            return usable;
    }
    return choice->usable;
}

/* GEMM and naive know y = conv(x, w) alone; MIOpen says what it makes of other factors itself. */
SHIM_HOT bool run_is_plain(const struct run *run)
{
    return run->alpha && run->beta && *(const float *)run->alpha == 1.0F &&
           *(const float *)run->beta == 0.0F;
}

/* Only of a call that would have been decided upon. */
static __attribute__((noinline)) void note_factors(const struct real *real, const struct call *call)
{
    if (choice_get(real, call)->forced)
        trace_forwarded(call->direction == DIRECTION_FORWARD ? "miopenConvolutionForward"
                        : call->direction == DIRECTION_BACKWARD_DATA
                            ? "miopenConvolutionBackwardData"
                            : "miopenConvolutionBackwardWeights",
                        "alpha is not 1, or beta is not 0");
}

SHIM_HOT miopenStatus_t run_convolution(enum direction direction, miopenHandle_t handle,
                                        miopenTensorDescriptor_t first,
                                        miopenTensorDescriptor_t second,
                                        miopenConvolutionDescriptor_t convolution,
                                        miopenTensorDescriptor_t c, const struct run *run)
{
    const struct real *caller = real_get();
    if (!caller)
        return miopenStatusNotInitialized;

    const struct call call = call_in_find_order(direction, handle, first, second, convolution, c);
    const bool plain = run_is_plain(run);
    struct choice *choice = plain ? choice_get(caller, &call) : NULL;
    const bool forward = direction == DIRECTION_FORWARD;
    const struct operands operands = {.a = forward ? run->second : run->first,
                                      .b = forward ? run->first : run->second,
                                      .c = run->c,
                                      .alpha = run->alpha,
                                      .beta = run->beta};
    if (__builtin_expect(choice && choice->quick, 1)) {
        struct plan plan = {run_usable(choice, run->algorithm), run->workspace,
                            run->workspace_bytes, NULL};
        return plan_run_quick(choice->real, &call, choice, &plan, &operands);
    }

    const struct real *real = choice ? choice_real(choice, caller) : handle_real(caller, handle);
    if (!REAL_OF(real, direction, miopenConvolution, ) ||
        !REAL_OF(real, direction, miopenConvolution, Immediate))
        return miopenStatusNotInitialized;
    if (!choice || !choice->forced) {
        if (!plain && trace_is_on()) {
            const struct call copy = call_copy(&call);
            note_factors(real, &copy);
        }
        return REAL_OF(real, direction, miopenConvolution, )(
            handle, run->alpha, first, run->first, second, run->second, convolution, run->algorithm,
            run->beta, c, run->c, run->workspace, run->workspace_bytes);
    }

    struct plan plan = {run_usable(choice, run->algorithm), run->workspace, run->workspace_bytes,
                        NULL};
    return plan_run(real, &call, choice, &plan, &operands);
}

#define DEFINE(D, DIRECTION, ALGORITHM)                                                            \
    SHIM_ENTRY miopenStatus_t miopenConvolution##D##Immediate(                                     \
        miopenHandle_t handle, const miopenTensorDescriptor_t a_descriptor, const void *a,         \
        const miopenTensorDescriptor_t b_descriptor, const void *b,                                \
        const miopenConvolutionDescriptor_t convolution,                                           \
        const miopenTensorDescriptor_t c_descriptor, void *c, void *workspace,                     \
        size_t workspace_bytes, const uint64_t id)                                                 \
    {                                                                                              \
        return immediate(&(struct call){DIRECTION, handle, a_descriptor, b_descriptor,             \
                                        convolution, c_descriptor},                                \
                         a, b, c, workspace, workspace_bytes, id);                                 \
    }                                                                                              \
                                                                                                   \
    SHIM_ENTRY miopenStatus_t miopenConvolution##D(                                                \
        miopenHandle_t handle, const void *alpha, const miopenTensorDescriptor_t a_descriptor,     \
        const void *a, const miopenTensorDescriptor_t b_descriptor, const void *b,                 \
        const miopenConvolutionDescriptor_t convolution, ALGORITHM algorithm, const void *beta,    \
        const miopenTensorDescriptor_t c_descriptor, void *c, void *workspace,                     \
        size_t workspace_bytes)                                                                    \
    {                                                                                              \
        return run_convolution(                                                                    \
            DIRECTION, handle, a_descriptor, b_descriptor, convolution, c_descriptor,              \
            &(struct run){alpha, a, b, algorithm, beta, c, workspace, workspace_bytes});           \
    }

DEFINE(Forward, DIRECTION_FORWARD, miopenConvFwdAlgorithm_t)
DEFINE(BackwardData, DIRECTION_BACKWARD_DATA, miopenConvBwdDataAlgorithm_t)
DEFINE(BackwardWeights, DIRECTION_BACKWARD_WEIGHTS, miopenConvBwdWeightsAlgorithm_t)
