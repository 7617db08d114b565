/*
 * The fused operations with a convolution, as programs call them: PyTorch's frozen convolution and
 * ReLU (miopen_convolution_relu in aten/src/ATen/native/miopen/Conv_miopen.cpp: a plan for each
 * call, its end right behind the run), plans that are kept and run again with other arguments (XLA,
 * older MIGraphX), and miopenConvolutionBiasActivationForward. Each program runs a second time
 * without what the environment says to MIOpen: there the shim has to hold alone.
 */
#include "calls.h"
#include "fused_model.h"

#include <miopen/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Notes how one of MIOpen's functions went. */
static bool called(struct trial *trial, const char *stage, miopenStatus_t status)
{
    return trial_step(trial, stage, (int)status);
}

struct plan {
    struct trial *trial;
    const struct step *steps;
    bool without_convolution; /* the problem's x goes into the steps as it is */
    miopenHandle_t handle;
    miopenConvolutionDescriptor_t convolution;
    miopenTensorDescriptor_t x, w, y, channels, parameters;
    struct buffer norm[NORM_PARTS];
    miopenFusionPlanDescriptor_t object;
    miopenFusionOpDescriptor_t ops[1 + STEPS_MAX];
    miopenOperatorArgs_t args;
};

/* --- A plan, call by call -------------------------------------------------------------------- */

static bool descriptor_open(struct trial *trial, const struct tensor *tensor,
                            miopenTensorDescriptor_t *ret_descriptor)
{
    int lengths[RANK_MAX], strides[RANK_MAX];

    for (unsigned i = 0; i < tensor->rank; i++) {
        lengths[i] = (int)tensor->lengths[i];
        strides[i] = (int)tensor->strides[i];
    }
    return called(trial, "CreateTensor", miopenCreateTensorDescriptor(ret_descriptor)) &&
           called(trial, "SetTensor",
                  miopenSetTensorDescriptor(*ret_descriptor, (miopenDataType_t)tensor->type,
                                            (int)tensor->rank, lengths, strides));
}

/* 1 K 1 1: a value for each channel of the result. */
static struct tensor channels_tensor(const struct problem *problem)
{
    struct tensor tensor = {.type = problem->y.type, .rank = problem->y.rank};

    for (unsigned i = 0; i < tensor.rank; i++)
        tensor.lengths[i] = tensor.strides[i] = 1;
    tensor.lengths[1] = tensor.strides[0] = problem->y.lengths[1];
    return tensor;
}

static bool descriptors_open(struct plan *plan)
{
    struct trial *trial = plan->trial;
    const struct problem *p = &trial->problem;
    const struct tensor channels = channels_tensor(p);
    int pad[SPATIAL_MAX], stride[SPATIAL_MAX], dilation[SPATIAL_MAX];

    memcpy(pad, p->pad, sizeof(pad));
    memcpy(stride, p->stride, sizeof(stride));
    memcpy(dilation, p->dilation, sizeof(dilation));
    return descriptor_open(trial, &p->x, &plan->x) && descriptor_open(trial, &p->w, &plan->w) &&
           descriptor_open(trial, &p->y, &plan->y) &&
           descriptor_open(trial, &channels, &plan->channels) &&
           called(trial, "CreateConvolution",
                  miopenCreateConvolutionDescriptor(&plan->convolution)) &&
           called(trial, "InitConvolution",
                  miopenInitConvolutionNdDescriptor(plan->convolution, (int)p->spatial, pad, stride,
                                                    dilation, miopenConvolution)) &&
           called(trial, "SetGroupCount",
                  miopenSetConvolutionGroupCount(plan->convolution, p->groups));
}

static void descriptors_close(struct plan *plan)
{
    miopenTensorDescriptor_t tensors[] = {plan->x, plan->w, plan->y, plan->channels,
                                          plan->parameters};

    for (size_t i = 0; i < sizeof(tensors) / sizeof(*tensors); i++)
        if (tensors[i])
            miopenDestroyTensorDescriptor(tensors[i]);
    if (plan->convolution)
        miopenDestroyConvolutionDescriptor(plan->convolution);
    for (unsigned part = 0; part < NORM_PARTS; part++)
        buffer_free(&plan->norm[part]);
}

/* Puts the parameters of a batch norm on the device. */
static bool norm_open(struct plan *plan, const struct step *step)
{
    struct trial *trial = plan->trial;
    const struct tensor tensor = norm_tensor(trial, step);
    const size_t count = tensor_count(&tensor);
    double *values = calloc(count, sizeof(*values));
    bool placed = true;

    if (!values)
        abort();
    for (unsigned part = 0; part < NORM_PARTS; part++) {
        for (size_t i = 0; i < count; i++)
            values[i] = norm_parameter(part, i);
        placed = placed && buffer_allocate(tensor_bytes(&tensor), &plan->norm[part]) == 0 &&
                 tensor_upload(&tensor, values, &plan->norm[part]) == 0;
    }
    free(values);
    return trial_step(trial, "parameters", !placed);
}

static bool step_open(struct plan *plan, const struct step *step, miopenFusionOpDescriptor_t *op)
{
    struct trial *trial = plan->trial;
    struct tensor tensor;

    step_apply(trial, step);
    switch (step->kind) {
    case STEP_BIAS:
        return called(trial, "CreateOpBias",
                      miopenCreateOpBiasForward(plan->object, op, plan->channels));
    case STEP_ACTIVATION:
        return called(
            trial, "CreateOpActivation",
            miopenCreateOpActivationForward(plan->object, op, (miopenActivationMode_t)step->mode));
    case STEP_NORM:
        tensor = norm_tensor(trial, step);
        return norm_open(plan, step) && descriptor_open(trial, &tensor, &plan->parameters) &&
               called(trial, "CreateOpBatchNorm",
                      miopenCreateOpBatchNormInference(
                          plan->object, op, (miopenBatchNormMode_t)step->mode, plan->parameters));
    case STEP_END:
        break;
    }
    return false;
}

/* The plan and its operators; the trial's right result becomes the plan's. */
static bool plan_open(struct plan *plan)
{
    struct trial *trial = plan->trial;

    if (!descriptors_open(plan) ||
        !called(trial, "CreateFusionPlan",
                miopenCreateFusionPlan(&plan->object, miopenVerticalFusion, plan->x)))
        return false;
    if (plan->without_convolution)
        memcpy(sample_result(&trial->sample), trial->sample.operands.x,
               tensor_count(&trial->problem.y) * sizeof(double));
    else if (!called(trial, "CreateOpConv",
                     miopenCreateOpConvForward(plan->object, &plan->ops[0], plan->convolution,
                                               plan->w)))
        return false;
    for (unsigned i = 0; i < STEPS_MAX && plan->steps[i].kind != STEP_END; i++)
        if (!step_open(plan, &plan->steps[i], &plan->ops[1 + i]))
            return false;
    return true;
}

static bool plan_compile(struct plan *plan)
{
    return called(plan->trial, "Compile", miopenCompileFusionPlan(plan->handle, plan->object));
}

static bool step_set(struct plan *plan, const struct step *step, miopenFusionOpDescriptor_t op)
{
    const float alpha = 1, beta = 0;
    struct trial *trial = plan->trial;

    switch (step->kind) {
    case STEP_BIAS:
        return called(trial, "SetOpArgsBias",
                      miopenSetOpArgsBiasForward(plan->args, op, &alpha, &beta, trial->bias.data));
    case STEP_ACTIVATION:
        return called(trial, "SetOpArgsActiv",
                      miopenSetOpArgsActivForward(plan->args, op, &alpha, &beta, step->alpha,
                                                  step->beta, step->gamma));
    case STEP_NORM:
        return called(trial, "SetOpArgsBatchNorm",
                      miopenSetOpArgsBatchNormInference(
                          plan->args, op, &alpha, &beta, plan->norm[NORM_SCALE].data,
                          plan->norm[NORM_BIAS].data, plan->norm[NORM_MEAN].data,
                          plan->norm[NORM_VARIANCE].data, norm_epsilon));
    case STEP_END:
        break;
    }
    return false;
}

static bool arguments_set(struct plan *plan)
{
    const float alpha = 1, beta = 0;
    struct trial *trial = plan->trial;

    if (!plan->args && !called(trial, "CreateOperatorArgs", miopenCreateOperatorArgs(&plan->args)))
        return false;
    if (!plan->without_convolution &&
        !called(trial, "SetOpArgsConv",
                miopenSetOpArgsConvForward(plan->args, plan->ops[0], &alpha, &beta, trial->w.data)))
        return false;
    for (unsigned i = 0; i < STEPS_MAX && plan->steps[i].kind != STEP_END; i++)
        if (!step_set(plan, &plan->steps[i], plan->ops[1 + i]))
            return false;
    return true;
}

static miopenStatus_t plan_execute(struct plan *plan)
{
    const struct trial *trial = plan->trial;

    return miopenExecuteFusionPlan(plan->handle, plan->object, plan->x, trial->x.data, plan->y,
                                   trial->y.data, plan->args);
}

static void plan_close(struct plan *plan)
{
    if (plan->object)
        called(plan->trial, "DestroyFusionPlan", miopenDestroyFusionPlan(plan->object));
    if (plan->args)
        called(plan->trial, "DestroyOperatorArgs", miopenDestroyOperatorArgs(plan->args));
}

/* --- Programs -------------------------------------------------------------------------------- */

/* What a framework does with a plan, between its making and its end. */
typedef void usage(struct plan *plan);

static void shapes_run(struct session *session, const struct shape *shapes, usage *use)
{
    miopenHandle_t handle = NULL;

    if (miopenCreate(&handle) != miopenStatusSuccess)
        exit(3);
    for (const struct shape *shape = shapes; shape->name; shape++) {
        struct trial trial;
        struct plan plan = {.trial = &trial, .steps = shape->steps, .handle = handle};

        if (trial_open(session, shape->name, shape->line, &trial)) {
            trial.tolerance = shape->tolerance;
            use(&plan);
        }
        (void)hipDeviceSynchronize();
        descriptors_close(&plan);
        trial_close(&trial);
    }
    miopenDestroy(handle);
}

/* PyTorch looks at no status of Execute, destroys the plan at once, and the arguments never. */
static void use_as_pytorch(struct plan *plan)
{
    if (plan_open(plan) && plan_compile(plan) && arguments_set(plan))
        (void)plan_execute(plan);
    plan->args = NULL;
    plan_close(plan);
}

/* A plan is kept, and its arguments are set for each run, here first to what gives rubbish. */
static void use_as_xla(struct plan *plan)
{
    struct trial *trial = plan->trial;
    struct buffer weights = trial->w;

    if (plan_open(plan) && plan_compile(plan)) {
        trial->w = trial->x; /* large enough by the choice of shapes */
        if (arguments_set(plan))
            called(trial, "Execute", plan_execute(plan));
        trial->w = weights;
        for (int i = 0; i < 2; i++)
            if (arguments_set(plan))
                called(trial, "Execute again", plan_execute(plan));
    }
    plan_close(plan);
}

/* A workspace as asked for, where this release takes one; descriptors gone before the run. */
static void use_with_workspace(struct plan *plan)
{
    struct trial *trial = plan->trial;
    miopenTensorDescriptor_t *gone[] = {&plan->w, &plan->channels, &plan->parameters};
    size_t bytes = 0;

    if (plan_open(plan)) {
        for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++) {
            if (*gone[i])
                miopenDestroyTensorDescriptor(*gone[i]);
            *gone[i] = NULL;
        }
        miopenDestroyConvolutionDescriptor(plan->convolution);
        plan->convolution = NULL;
        if (called(trial, "GetWorkSpaceSize",
                   miopenFusionPlanGetWorkSpaceSize(plan->handle, plan->object, &bytes,
                                                    miopenConvolutionFwdAlgoDirect)) &&
            plan_compile(plan) && arguments_set(plan))
#if MIOPEN_VERSION_MAJOR * 1000 + MIOPEN_VERSION_MINOR >= 3005
        {
            struct buffer workspace;

            if (trial_step(trial, "workspace", buffer_allocate(bytes, &workspace)))
                called(trial, "Execute_v2",
                       miopenExecuteFusionPlan_v2(plan->handle, plan->object, plan->x,
                                                  trial->x.data, plan->y, trial->y.data, plan->args,
                                                  workspace.data, bytes));
            (void)hipDeviceSynchronize();
            trial_step(trial, "guards", !buffer_guards_intact(&workspace));
            buffer_free(&workspace);
        }
#else
            called(trial, "Execute", plan_execute(plan));
#endif
    }
    plan_close(plan);
}

static void program_pytorch(struct session *session)
{
    shapes_run(session, pytorch_shapes, use_as_pytorch);
}

static void program_xla(struct session *session)
{
    shapes_run(session, xla_shapes, use_as_xla);
}

static void program_norms(struct session *session)
{
    shapes_run(session, norm_shapes, use_with_workspace);
}

static void program_formats(struct session *session)
{
    shapes_run(session, format_shapes, use_with_workspace);
}

/* MIOpen's own business, which goes as without the shim. */
static void use_without_convolution(struct plan *plan)
{
    plan->without_convolution = true;
    if (plan_open(plan) && plan_compile(plan) && arguments_set(plan))
        called(plan->trial, "Execute", plan_execute(plan));
    plan_close(plan);
}

static void program_without(struct session *session)
{
    shapes_run(session, without_shapes, use_without_convolution);
}

/* --- A convolution with bias and activation in one call --------------------------------------- */

static void fused_run(struct plan *plan, const struct fused *fused)
{
    struct trial *trial = plan->trial;
    miopenActivationDescriptor_t activation = NULL;
    const void *z = fused->addend == ADDEND_NONE     ? NULL
                    : fused->addend == ADDEND_BESIDE ? trial->addend.data
                                                     : trial->y.data;

    if (descriptors_open(plan) &&
        called(trial, "CreateActivation", miopenCreateActivationDescriptor(&activation)) &&
        called(trial, "SetActivation",
               miopenSetActivationDescriptor(activation, miopenActivationRELU, 0, 0, 0)))
        called(trial, "ConvolutionBiasActivationForward",
               miopenConvolutionBiasActivationForward(
                   plan->handle, &fused->alpha1, plan->x, trial->x.data, plan->w, trial->w.data,
                   plan->convolution, miopenConvolutionFwdAlgoImplicitGEMM, NULL, 0, &fused->alpha2,
                   plan->y, z, plan->channels, trial->bias.data, activation, plan->y,
                   trial->y.data));
    if (activation)
        miopenDestroyActivationDescriptor(activation);
}

static void program_fused(struct session *session)
{
    miopenHandle_t handle = NULL;

    if (miopenCreate(&handle) != miopenStatusSuccess)
        exit(3);
    for (const struct fused *fused = fused_shapes; fused->name; fused++) {
        struct trial trial;
        struct plan plan = {.trial = &trial, .handle = handle};

        if (trial_open(session, fused->name, fused->line, &trial)) {
            fused_prepare(&trial, fused);
            fused_run(&plan, fused);
        }
        (void)hipDeviceSynchronize();
        descriptors_close(&plan);
        trial_close(&trial);
    }
    miopenDestroy(handle);
}

/* --- All of them ------------------------------------------------------------------------------ */

#define PROGRAMS                                                                                   \
    PROGRAM(pytorch)                                                                               \
    PROGRAM(xla)                                                                                   \
    PROGRAM(norms)                                                                                 \
    PROGRAM(formats)                                                                               \
    PROGRAM(without)                                                                               \
    PROGRAM(fused)

#define PROGRAM(name)                                                                              \
    static void program_##name##_alone(struct session *session)                                    \
    {                                                                                              \
        environment_forget("MIOPEN_");                                                             \
        program_##name(session);                                                                   \
    }
PROGRAMS
#undef PROGRAM

int main(int argc, char **argv)
{
    struct session session;

    session_open(argc, argv, &session);
#define PROGRAM(name)                                                                              \
    session_program(&session, #name, program_##name);                                              \
    session_program(&session, #name " alone", program_##name##_alone);
    PROGRAMS
#undef PROGRAM
    return session_close(&session);
}
