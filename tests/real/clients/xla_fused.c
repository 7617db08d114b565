#include "xla_convolve.h"

#include "call_open.h"

/* A plan, its operators and its arguments. XLA keeps a compiled plan for the next run of its kind.
 */
struct plan {
    miopenFusionPlanDescriptor_t object;
    miopenFusionOpDescriptor_t convolution, bias, activation;
    miopenActivationDescriptor_t relu;
    miopenTensorDescriptor_t channels;
    miopenOperatorArgs_t args;
};

static bool plan_open(struct trial *trial, miopenHandle_t handle, const struct call *call,
                      struct plan *ret_plan)
{
    struct plan *plan = ret_plan;
    const int lengths[] = {1, (int)trial->problem.y.lengths[1], 1, 1};
    const int strides[] = {lengths[1], 1, 1, 1};

    *plan = (struct plan){0};
    return trial_step(trial, "CreateTensor", (int)miopenCreateTensorDescriptor(&plan->channels)) &&
           trial_step(trial, "SetTensor",
                      (int)miopenSetTensorDescriptor(plan->channels,
                                                     (miopenDataType_t)trial->problem.y.type, 4,
                                                     lengths, strides)) &&
           trial_step(trial, "CreateActivation",
                      (int)miopenCreateActivationDescriptor(&plan->relu)) &&
           trial_step(
               trial, "SetActivation",
               (int)miopenSetActivationDescriptor(plan->relu, miopenActivationRELU, 0, 0, 0)) &&
           trial_step(
               trial, "CreateFusionPlan",
               (int)miopenCreateFusionPlan(&plan->object, miopenVerticalFusion, call->x.tensor)) &&
           trial_step(trial, "CreateOpConv",
                      (int)miopenCreateOpConvForward(plan->object, &plan->convolution,
                                                     call->convolution, call->w.tensor)) &&
           trial_step(trial, "CreateOpBias",
                      (int)miopenCreateOpBiasForward(plan->object, &plan->bias, plan->channels)) &&
           trial_step(trial, "CreateOpActivation",
                      (int)miopenCreateOpActivationForward(plan->object, &plan->activation,
                                                           miopenActivationRELU)) &&
           trial_step(trial, "CompileFusionPlan",
                      (int)miopenCompileFusionPlan(handle, plan->object));
}

static void plan_close(const struct plan *plan)
{
    if (plan->args)
        miopenDestroyOperatorArgs(plan->args);
    if (plan->object)
        miopenDestroyFusionPlan(plan->object);
    if (plan->relu)
        miopenDestroyActivationDescriptor(plan->relu);
    if (plan->channels)
        miopenDestroyTensorDescriptor(plan->channels);
}

static bool plan_run(struct trial *trial, miopenHandle_t handle, const struct call *call,
                     struct plan *plan)
{
    const float one = 1, zero = 0;

    return trial_step(trial, "CreateOperatorArgs", (int)miopenCreateOperatorArgs(&plan->args)) &&
           trial_step(trial, "SetOpArgsConv",
                      (int)miopenSetOpArgsConvForward(plan->args, plan->convolution, &one, &zero,
                                                      call->w.data)) &&
           trial_step(trial, "SetOpArgsBias",
                      (int)miopenSetOpArgsBiasForward(plan->args, plan->bias, &one, &zero,
                                                      trial->bias.data)) &&
           trial_step(trial, "SetOpArgsActivation",
                      (int)miopenSetOpArgsActivForward(plan->args, plan->activation, &one, &zero, 0,
                                                       0, 0)) &&
           trial_step(trial, "ExecuteFusionPlan",
                      (int)miopenExecuteFusionPlan(handle, plan->object, call->x.tensor,
                                                   call->x.data, call->y.tensor, call->y.data,
                                                   plan->args));
}

void xla_convolve_fused(struct trial *trial)
{
    miopenHandle_t handle = NULL;
    struct call call = {0};
    struct plan plan = {0};

    trial_add_bias(trial);
    trial_relu(trial);
    if (!trial->stage && trial_step(trial, "Create", (int)miopenCreateWithStream(&handle, NULL)) &&
        call_open(trial, handle, &call) && plan_open(trial, handle, &call, &plan))
        (void)plan_run(trial, handle, &call, &plan);
    plan_close(&plan);
    call_close(&call);
    if (handle)
        miopenDestroy(handle);
}
