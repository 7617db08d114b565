/*
 * Fusion plans with a convolution, compiled and run as what they fuse: the choice's solver, then
 * the steps after it, one by one. MIOpen's own plan stays uncompiled, so its fused solvers, which
 * no decision allows, cannot run. Its functions to get and set an algorithm only keep a number, and
 * pass as they are.
 */
#include "shim/choice.h"
#include "shim/fusion_plan.h"
#include "shim/handle.h"
#include "shim/run.h"
#include "shim/trace.h"

#include <errno.h>

enum verdict {
    VERDICT_FORWARD, /* MIOpen's own business */
    VERDICT_EMULATE,
    VERDICT_REFUSE, /* it cannot be emulated, and MIOpen would run what is forbidden */
};

/* A plan on a handle, and what the verdict about it is founded on. */
struct fusion {
    const struct real *real; /* the handle's */
    struct handle *handle;
    struct fusion_plan *plan;
    struct emulation *emulation; /* this and the rest only where the verdict is to emulate */
    struct call call;
    struct choice *choice;
};

/* Whether an operator after the convolution can be done, and has not been yet. */
static bool step_applies(const struct fusion_operator *step, const struct problem *problem)
{
    const struct tensor *y = &problem->y;

    switch (step->kind) {
    case FUSION_BIAS:
        return step->vector.type == y->type && step->vector.count == y->lengths[1];
    case FUSION_ACTIVATION:
        return step->mode <= MIOPEN_ACTIVATION_LAST;
    case FUSION_BATCH_NORM:
        return pointwise_normalizes(problem, step->mode) &&
               (step->vector.type == y->type || step->vector.type == TYPE_FP32) &&
               step->vector.count == pointwise_norm_count(problem, step->mode);
    case FUSION_CONVOLUTION:
    case FUSION_OTHER:
        break;
    }
    return false;
}

static bool steps_apply(const struct fusion_plan *plan)
{
    for (unsigned i = 1; i < plan->count; i++) {
        if (!step_applies(&plan->operators[i], &plan->problem))
            return false;
    }
    return plan->complete;
}

static enum verdict judge(const struct real *caller, miopenHandle_t handle,
                          miopenFusionPlanDescriptor_t plan, struct fusion *ret_fusion)
{
    const struct machine *machine = machine_get();
    struct fusion fusion = {.real = caller};
    enum verdict verdict = VERDICT_REFUSE;

    *ret_fusion = fusion;
    if (!machine || !handle || !plan)
        return VERDICT_FORWARD; /* what MIOpen refuses it refuses best itself */
    fusion.handle = handle_get(caller, machine, handle);
    fusion.plan = fusion_plan_find(plan);
    if (!fusion.handle)
        return VERDICT_REFUSE;
    fusion.real = fusion.handle->real;
    *ret_fusion = fusion;
    if (!fusion.handle->forced || (fusion.plan && !fusion.plan->convolves))
        return VERDICT_FORWARD;
    if (!fusion.plan || !fusion.plan->described)
        return VERDICT_REFUSE;

    fusion.emulation =
        emulation_get(fusion.real, &fusion.handle->emulations, &fusion.plan->problem);
    if (!fusion.emulation)
        return VERDICT_REFUSE;
    fusion.call = replica_call(&fusion.emulation->replica, &fusion.plan->problem, handle);
    fusion.choice = choice_get(fusion.real, &fusion.call);
    if (!fusion.choice->forced)
        return VERDICT_FORWARD; /* by a rule */
    if (fusion.choice->count > 0 && fusion.emulation->complete && steps_apply(fusion.plan))
        verdict = VERDICT_EMULATE;
    *ret_fusion = fusion;
    return verdict;
}

/* --- Before the run -------------------------------------------------------------------------- */

SHIM_ENTRY miopenStatus_t miopenFusionPlanGetWorkSpaceSize(miopenHandle_t handle,
                                                           miopenFusionPlanDescriptor_t plan,
                                                           size_t *bytes,
                                                           miopenConvFwdAlgorithm_t algorithm)
{
    const struct real *caller = real_get();
    const struct real *real = caller ? handle_real(caller, handle) : NULL;
    if (!real || !real->miopenFusionPlanGetWorkSpaceSize)
        return miopenStatusNotInitialized;

    struct fusion fusion;
    if (judge(caller, handle, plan, &fusion) == VERDICT_EMULATE && bytes) {
        *bytes = fusion.choice->usable[0].workspace_bytes;
        return miopenStatusSuccess;
    }
    return real->miopenFusionPlanGetWorkSpaceSize(handle, plan, bytes, algorithm);
}

static miopenStatus_t compile_in_miopen(const struct fusion *fusion, miopenHandle_t handle,
                                        miopenFusionPlanDescriptor_t plan)
{
    const miopenStatus_t status = fusion->real->miopenCompileFusionPlan(handle, plan);
    if (status == miopenStatusSuccess && fusion->plan && fusion->plan->convolves)
        fusion->plan->compiled = fusion->plan->compiled_by_miopen = true;
    return status;
}

SHIM_ENTRY miopenStatus_t miopenCompileFusionPlan(miopenHandle_t handle,
                                                  miopenFusionPlanDescriptor_t plan)
{
    const struct real *caller = real_get();
    const struct real *real = caller ? handle_real(caller, handle) : NULL;
    if (!real || !real->miopenCompileFusionPlan)
        return miopenStatusNotInitialized;

    struct fusion fusion;
    unsigned i = 0;
    miopenStatus_t status = miopenStatusUnsupportedOp; /* as MIOpen where no fused solver applies */

    switch (judge(caller, handle, plan, &fusion)) {
    case VERDICT_FORWARD:
        return compile_in_miopen(&fusion, handle, plan);
    case VERDICT_EMULATE:
        status = choice_compile_any(fusion.real, &fusion.call, fusion.choice, 0, &i);
        if (status == miopenStatusSuccess)
            fusion.plan->compiled = true;
        break;
    case VERDICT_REFUSE:
        trace_refused("miopenCompileFusionPlan", "what the plan fuses cannot be run step by step");
        break;
    }
    return status;
}

/* --- The run --------------------------------------------------------------------------------- */

/* The arguments of Execute behind the plan. */
struct execution {
    miopenTensorDescriptor_t input_descriptor;
    const void *input;
    miopenTensorDescriptor_t output_descriptor;
    void *output;
    miopenOperatorArgs_t args;
    void *workspace;
    size_t workspace_bytes;
};

/* Whether an operator has all that it needs. Without mean and variance MIOpen would train. */
static miopenStatus_t argument_check(const struct fusion_operator *step,
                                     const struct fusion_argument *given)
{
    if (!given->given || given->kind != step->kind)
        return miopenStatusBadParm;
    if (step->kind != FUSION_ACTIVATION && !given->data)
        return miopenStatusBadParm;
    if (step->kind == FUSION_BATCH_NORM && (!given->scale || !given->mean || !given->variance))
        return miopenStatusBadParm;
    /* As of a convolution by itself: MIOpen has y = conv(x, w) alone. */
    return given->scaled ? miopenStatusNotImplemented : miopenStatusSuccess;
}

/* All that could be refused is, before anything is launched. */
static miopenStatus_t execution_check(const struct fusion *fusion,
                                      const struct execution *execution,
                                      const struct fusion_argument *arguments)
{
    const struct fusion_plan *plan = fusion->plan;
    miopenStatus_t status = miopenStatusSuccess;

    if (!plan->compiled || !execution->input || !execution->output)
        return miopenStatusBadParm;
    if (!call_tensor_holds(fusion->real, execution->input_descriptor, &plan->problem.x) ||
        !call_tensor_holds(fusion->real, execution->output_descriptor, &plan->problem.y))
        return miopenStatusBadParm;
    for (unsigned i = 0; i < plan->count && status == miopenStatusSuccess; i++)
        status = argument_check(&plan->operators[i], &arguments[i]);
    return status;
}

static miopenStatus_t step_run(const struct fusion *fusion, const struct fusion_operator *step,
                               const struct fusion_argument *given, void *y)
{
    struct pointwise *pointwise = &fusion->emulation->pointwise;
    const miopenHandle_t handle = fusion->call.handle;

    switch (step->kind) {
    case FUSION_BIAS:
        return pointwise_add_bias(fusion->real, handle, pointwise, 1.0F, given->data, y);
    case FUSION_ACTIVATION:
        return pointwise_activate(fusion->real, handle, pointwise, step->mode, given->alpha,
                                  given->beta, given->gamma, y);
    case FUSION_BATCH_NORM:
        return pointwise_normalize(fusion->real, handle, pointwise, step->mode, step->vector.type,
                                   given->scale, given->data, given->mean, given->variance,
                                   given->epsilon, y);
    case FUSION_CONVOLUTION:
    case FUSION_OTHER:
        break;
    }
    return miopenStatusUnsupportedOp;
}

static miopenStatus_t emulate(const struct fusion *fusion, const struct execution *execution)
{
    struct fusion_argument arguments[FUSION_OPERATORS_MAX];
    miopenStatus_t status = miopenStatusBadParm;

    if (fusion_arguments_get(execution->args, arguments))
        status = execution_check(fusion, execution, arguments);

    if (status == miopenStatusSuccess)
        status =
            convolution_run(fusion->real, &fusion->call, arguments[0].data, execution->input,
                            execution->output, execution->workspace, execution->workspace_bytes);
    for (unsigned i = 1; i < fusion->plan->count && status == miopenStatusSuccess; i++)
        status = step_run(fusion, &fusion->plan->operators[i], &arguments[i], execution->output);
    return status;
}

/*
 * True where a run is MIOpen's business; else *ret_status is the answer. A plan that was compiled
 * here, for another card, is compiled by MIOpen first.
 */
static bool execution_is_forwarded(const struct real *caller, miopenHandle_t handle,
                                   miopenFusionPlanDescriptor_t plan,
                                   const struct execution *execution, miopenStatus_t *ret_status)
{
    const int saved_errno = errno;
    struct fusion fusion;

    switch (judge(caller, handle, plan, &fusion)) {
    case VERDICT_FORWARD:
        if (!fusion.plan || !fusion.plan->compiled || fusion.plan->compiled_by_miopen ||
            !fusion.real->miopenCompileFusionPlan)
            return true;
        *ret_status = compile_in_miopen(&fusion, handle, plan);
        return *ret_status == miopenStatusSuccess;
    case VERDICT_EMULATE:
        *ret_status = emulate(&fusion, execution);
        errno = saved_errno;
        return false;
    case VERDICT_REFUSE:
        break;
    }
    *ret_status = miopenStatusBadParm; /* as MIOpen for a plan that was not compiled */
    return false;
}

SHIM_ENTRY miopenStatus_t miopenExecuteFusionPlan(const miopenHandle_t handle,
                                                  const miopenFusionPlanDescriptor_t plan,
                                                  const miopenTensorDescriptor_t input_descriptor,
                                                  const void *input,
                                                  const miopenTensorDescriptor_t output_descriptor,
                                                  void *output, miopenOperatorArgs_t args)
{
    const struct real *caller = real_get();
    const struct real *real = caller ? handle_real(caller, handle) : NULL;
    if (!real || !real->miopenExecuteFusionPlan)
        return miopenStatusNotInitialized;

    const struct execution execution = {
        input_descriptor, input, output_descriptor, output, args, NULL, 0};
    miopenStatus_t status = miopenStatusSuccess;
    if (!execution_is_forwarded(caller, handle, plan, &execution, &status))
        return status;
    return real->miopenExecuteFusionPlan(handle, plan, input_descriptor, input, output_descriptor,
                                         output, args);
}

SHIM_ENTRY miopenStatus_t
miopenExecuteFusionPlan_v2(const miopenHandle_t handle, const miopenFusionPlanDescriptor_t plan,
                           const miopenTensorDescriptor_t input_descriptor, const void *input,
                           const miopenTensorDescriptor_t output_descriptor, void *output,
                           miopenOperatorArgs_t args, void *workspace, size_t workspace_bytes)
{
    const struct real *caller = real_get();
    const struct real *real = caller ? handle_real(caller, handle) : NULL;
    if (!real || !real->miopenExecuteFusionPlan_v2)
        return miopenStatusNotInitialized;

    const struct execution execution = {
        input_descriptor, input, output_descriptor, output, args, workspace, workspace_bytes};
    miopenStatus_t status = miopenStatusSuccess;
    if (!execution_is_forwarded(caller, handle, plan, &execution, &status))
        return status;
    return real->miopenExecuteFusionPlan_v2(handle, plan, input_descriptor, input,
                                            output_descriptor, output, args, workspace,
                                            workspace_bytes);
}
