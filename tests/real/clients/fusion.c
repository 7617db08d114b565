/*
 * The fused operations with a convolution, as programs call them: PyTorch's frozen convolution and
 * ReLU (miopen_convolution_relu in aten/src/ATen/native/miopen/Conv_miopen.cpp: a plan for each
 * call, its end right behind the run), plans that are kept and run again with other arguments (XLA,
 * older MIGraphX), and miopenConvolutionBiasActivationForward. Each program runs a second time
 * without what the environment says to MIOpen: there the shim has to hold alone.
 */
#include "calls.h"
#include "trial.h"

#include <math.h>
#include <miopen/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Notes how one of MIOpen's functions went. */
static bool called(struct trial *trial, const char *stage, miopenStatus_t status)
{
    return trial_step(trial, stage, (int)status);
}

/* --- What a plan does after the convolution, on the device and to what is right -------------- */

enum step_kind { STEP_END, STEP_BIAS, STEP_ACTIVATION, STEP_NORM };

struct step {
    enum step_kind kind;
    int mode; /* miopenActivationMode_t or miopenBatchNormMode_t */
    double alpha, beta, gamma;
};

#define STEPS_MAX 4

#define BIAS                                                                                       \
    {                                                                                              \
        .kind = STEP_BIAS                                                                          \
    }
#define RELU                                                                                       \
    {                                                                                              \
        .kind = STEP_ACTIVATION, .mode = miopenActivationRELU                                      \
    }
#define ACTIVATION(mode_, ...)                                                                     \
    {                                                                                              \
        STEP_ACTIVATION, miopenActivation##mode_, __VA_ARGS__                                      \
    }
#define NORM(mode_)                                                                                \
    {                                                                                              \
        .kind = STEP_NORM, .mode = miopenBN##mode_                                                 \
    }

struct shape {
    const char *name, *line;
    double tolerance; /* relative to a result of 1; what no data type holds exactly needs one */
    struct step steps[STEPS_MAX];
};

/* Parameters of a batch norm: in what order they lie in `norm`. */
enum { NORM_SCALE, NORM_BIAS, NORM_MEAN, NORM_VARIANCE, NORM_PARTS };

static const double norm_epsilon = 0.125;

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

static double activation(const struct step *step, double x)
{
    switch (step->mode) {
    case miopenActivationLOGISTIC:
        return 1 / (1 + exp(-x));
    case miopenActivationTANH:
        return step->beta * tanh(step->alpha * x);
    case miopenActivationRELU:
        return fmax(x, 0);
    case miopenActivationSOFTRELU:
        return log1p(exp(x));
    case miopenActivationABS:
        return fabs(x);
    case miopenActivationPOWER:
        return step->alpha + step->beta * x <= 1e-6
                   ? 0
                   : pow(step->alpha + step->beta * x, step->gamma);
    case miopenActivationCLIPPEDRELU:
        return fmin(step->alpha, fmax(x, 0));
    case miopenActivationLEAKYRELU:
        return x > 0 ? x : step->alpha * x;
    case miopenActivationELU:
        return x > 0 ? x : step->alpha * expm1(x);
    default:
        return x;
    }
}

static void right_activation(struct trial *trial, const struct step *step)
{
    double *right = sample_result(&trial->sample);

    for (size_t i = 0; i < tensor_count(&trial->problem.y); i++)
        right[i] = activation(step, right[i]);
}

/* The parameters' own shape: one for each channel, or for each element of an image. */
static struct tensor norm_tensor(const struct trial *trial, const struct step *step)
{
    struct tensor tensor = trial->problem.y;
    int64_t stride = 1;

    tensor.type = TYPE_FP32;
    tensor.lengths[0] = 1;
    for (unsigned i = tensor.rank; i-- > 0;) {
        if (i > 1 && step->mode == miopenBNSpatial)
            tensor.lengths[i] = 1;
        tensor.strides[i] = stride;
        stride *= tensor.lengths[i];
    }
    return tensor;
}

/* Small numbers with which normalizing is exact: 1 / sqrt(variance + epsilon) is 2, 1 or 1/2. */
static double norm_parameter(unsigned part, size_t i)
{
    static const double roots[] = {0.25, 1, 4};

    switch (part) {
    case NORM_SCALE:
        return (double)(1 + i % 2);
    case NORM_VARIANCE:
        return roots[i % 3] - norm_epsilon;
    default:
        return 0.25 * (double)(i % 5) - 0.5;
    }
}

static bool norm_open(struct plan *plan, const struct step *step)
{
    struct trial *trial = plan->trial;
    const struct tensor tensor = norm_tensor(trial, step);
    const size_t count = tensor_count(&tensor);
    const size_t channels = (size_t)tensor.lengths[1];
    const size_t image = tensor_count(&trial->problem.y) / (size_t)trial->problem.y.lengths[0];
    double *right = sample_result(&trial->sample), *values = calloc(count, sizeof(*values));
    bool placed = true;

    if (!values)
        abort();
    for (unsigned part = 0; part < NORM_PARTS; part++) {
        for (size_t i = 0; i < count; i++)
            values[i] = norm_parameter(part, i);
        placed = placed && buffer_allocate(tensor_bytes(&tensor), &plan->norm[part]) == 0 &&
                 tensor_upload(&tensor, values, &plan->norm[part]) == 0;
    }
    for (size_t i = 0; i < tensor_count(&trial->problem.y); i++) {
        const size_t at =
            step->mode == miopenBNSpatial ? i / (image / channels) % channels : i % image;

        right[i] = (right[i] - norm_parameter(NORM_MEAN, at)) /
                       sqrt(norm_parameter(NORM_VARIANCE, at) + norm_epsilon) *
                       norm_parameter(NORM_SCALE, at) +
                   norm_parameter(NORM_BIAS, at);
    }
    free(values);
    return trial_step(trial, "parameters", !placed);
}

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

static bool step_open(struct plan *plan, const struct step *step, miopenFusionOpDescriptor_t *op)
{
    struct trial *trial = plan->trial;
    struct tensor tensor;

    switch (step->kind) {
    case STEP_BIAS:
        if (!trial->bias.data)
            trial_add_bias(trial);
        return called(trial, "CreateOpBias",
                      miopenCreateOpBiasForward(plan->object, op, plan->channels));
    case STEP_ACTIVATION:
        right_activation(trial, step);
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

static void shapes_run(struct session *session, const struct shape *shapes, size_t count,
                       usage *use)
{
    miopenHandle_t handle = NULL;

    if (miopenCreate(&handle) != miopenStatusSuccess)
        exit(3);
    for (size_t i = 0; i < count; i++) {
        struct trial trial;
        struct plan plan = {.trial = &trial, .steps = shapes[i].steps, .handle = handle};

        if (trial_open(session, shapes[i].name, shapes[i].line, &trial)) {
            trial.tolerance = shapes[i].tolerance;
            use(&plan);
        }
        (void)hipDeviceSynchronize();
        descriptors_close(&plan);
        trial_close(&trial);
    }
    miopenDestroy(handle);
}

#define SHAPES(list, use) shapes_run(session, list, sizeof(list) / sizeof(*(list)), use)

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

static const struct shape pytorch_shapes[] = {
    {"3x3", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1", 0, {BIAS, RELU}},
    {"3x3 once more", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1", 0, {BIAS, RELU}},
    {"1x1", "conv -n 1 -c 32 -H 16 -W 16 -k 16 -y 1 -x 1 -F 1", 0, {BIAS, RELU}},
    {"1x1 stride 2", "conv -n 2 -c 8 -H 9 -W 9 -k 16 -y 1 -x 1 -u 2 -v 2 -F 1", 0, {BIAS, RELU}},
    {"7x7 stride 2",
     "conv -n 1 -c 3 -H 32 -W 32 -k 16 -y 7 -x 7 -p 3 -q 3 -u 2 -v 2 -F 1",
     0,
     {BIAS, RELU}},
    {"dilated", "conv -n 1 -c 8 -H 16 -W 15 -k 4 -y 3 -x 3 -l 2 -j 2 -F 1", 0, {BIAS, RELU}},
    {"grouped", "conv -n 2 -c 8 -H 12 -W 12 -k 16 -y 3 -x 3 -g 4 -F 1", 0, {BIAS, RELU}},
    {"depthwise", "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -g 8 -F 1", 0, {BIAS, RELU}},
    {"one channel", "conv -n 3 -c 4 -H 7 -W 7 -k 1 -y 3 -x 3 -F 1", 0, {BIAS, RELU}},
    {"one pixel", "conv -n 1 -c 4 -H 3 -W 3 -k 5 -y 3 -x 3 -F 1", 0, {BIAS, RELU}},
};

static void program_pytorch(struct session *session)
{
    SHAPES(pytorch_shapes, use_as_pytorch);
}

#define SMALL "conv -n 2 -c 4 -H 9 -W 8 -k 6 -y 3 -x 3 -p 1 -q 1 -F 1"

static const struct shape activations[] = {
    {"pass through", SMALL, 0, {BIAS, ACTIVATION(PASTHRU, 0, 0, 0)}},
    {"logistic", SMALL, 1e-6, {BIAS, ACTIVATION(LOGISTIC, 0, 0, 0)}},
    {"tanh", SMALL, 1e-5, {BIAS, ACTIVATION(TANH, 0.25, 1.5, 0)}},
    {"relu", SMALL, 0, {BIAS, RELU}},
    {"soft relu", SMALL, 1e-4, {BIAS, ACTIVATION(SOFTRELU, 0, 0, 0)}},
    {"abs", SMALL, 0, {BIAS, ACTIVATION(ABS, 0, 0, 0)}},
    {"power", SMALL, 0, {BIAS, ACTIVATION(POWER, 0.5, 0.25, 1)}},
    {"clipped relu", SMALL, 0, {BIAS, ACTIVATION(CLIPPEDRELU, 2.5, 0, 0)}},
    {"leaky relu", SMALL, 0, {BIAS, ACTIVATION(LEAKYRELU, 0.25, 0, 0)}},
    {"elu", SMALL, 1e-6, {BIAS, ACTIVATION(ELU, 0.5, 0, 0)}},
    {"activation alone", SMALL, 0, {RELU}},
    {"bias alone", SMALL, 0, {BIAS}},
    {"convolution alone", SMALL, 0, {{0}}},
};

static void program_xla(struct session *session)
{
    SHAPES(activations, use_as_xla);
}

static const struct shape norms[] = {
    {"spatial", SMALL, 0, {NORM(Spatial)}},
    {"spatial, relu", SMALL, 0, {NORM(Spatial), RELU}},
    {"bias, spatial, relu", SMALL, 0, {BIAS, NORM(Spatial), RELU}},
    {"per activation, leaky relu",
     SMALL,
     0,
     {NORM(PerActivation), ACTIVATION(LEAKYRELU, 0.5, 0, 0)}},
    {"half precision",
     "convfp16"
     ""
     " -n 2 -c 4 -H 9 -W 8 -k 6 -y 3 -x 3 -p 1 -q 1 -F 1",
     0,
     {NORM(Spatial), RELU}},
};

static void program_norms(struct session *session)
{
    SHAPES(norms, use_with_workspace);
}

#define NHWC " --in_layout NHWC --fil_layout NHWC --out_layout NHWC"

static const struct shape formats[] = {
    {"NHWC", SMALL NHWC, 0, {BIAS, RELU}},
    {"NHWC, one channel", "conv -n 3 -c 4 -H 7 -W 7 -k 1 -y 3 -x 3 -F 1" NHWC, 0, {BIAS, RELU}},
    {"half precision", "convfp16 -n 1 -c 8 -H 8 -W 8 -k 4 -y 3 -x 3 -F 1", 0, {BIAS, RELU}},
    {"half precision, NHWC",
     "convfp16 -n 1 -c 8 -H 8 -W 8 -k 4 -y 3 -x 3 -F 1" NHWC,
     0,
     {BIAS, RELU}},
    {"3-D",
     "conv --spatial_dim 3 -n 2 -c 4 -! 5 -H 6 -W 7 -k 6 -@ 3 -y 3 -x 3 -F 1",
     0,
     {BIAS, RELU}},
};

static void program_formats(struct session *session)
{
    SHAPES(formats, use_with_workspace);
}

/* MIOpen's own business, which goes as without the shim. */
static void use_without_convolution(struct plan *plan)
{
    plan->without_convolution = true;
    if (plan_open(plan) && plan_compile(plan) && arguments_set(plan))
        called(plan->trial, "Execute", plan_execute(plan));
    plan_close(plan);
}

/* A problem whose x and y have one shape. */
#define SAME "conv -n 2 -c 6 -H 9 -W 8 -k 6 -y 1 -x 1 -F 1"

static const struct shape without_convolution[] = {
    {"batch norm, relu", SAME, 0, {NORM(Spatial), RELU}},
    {"batch norm per activation, relu", SAME, 0, {NORM(PerActivation), RELU}},
};

static void program_without(struct session *session)
{
    SHAPES(without_convolution, use_without_convolution);
}

/* --- A convolution with bias and activation in one call --------------------------------------- */

enum addend { ADDEND_NONE, ADDEND_BESIDE, ADDEND_IN_PLACE };

struct fused {
    const char *name, *line;
    enum addend addend;
    float alpha1, alpha2;
};

static const struct fused fused_shapes[] = {
    {"no addend", SMALL, ADDEND_NONE, 1, 1},
    {"addend", SMALL, ADDEND_BESIDE, 1, 1},
    {"addend in place", SMALL, ADDEND_IN_PLACE, 1, 1},
    {"factor", SMALL, ADDEND_NONE, 2, 1},
    {"factors", SMALL, ADDEND_BESIDE, -0.5F, 2},
    {"factors, in place", SMALL, ADDEND_IN_PLACE, 2, -0.5F},
    {"1x1, in place", "conv -n 2 -c 8 -H 8 -W 8 -k 4 -y 1 -x 1 -F 1", ADDEND_IN_PLACE, 1, 1},
    {"NHWC, in place", SMALL NHWC, ADDEND_IN_PLACE, 1, 1},
};

/* The right result, and the addend where the call reads it. */
static void fused_prepare(struct trial *trial, const struct fused *fused)
{
    double *right = sample_result(&trial->sample);
    const size_t count = tensor_count(&trial->problem.y);

    for (size_t i = 0; i < count; i++)
        right[i] *=
            (double)fused->alpha1 / (fused->addend != ADDEND_NONE ? (double)fused->alpha2 : 1);
    if (fused->addend != ADDEND_NONE) {
        trial_add(trial);
        for (size_t i = 0; i < count; i++)
            right[i] *= (double)fused->alpha2;
    }
    if (fused->addend == ADDEND_IN_PLACE) {
        struct buffer addend = trial->addend;

        trial->addend = trial->y;
        trial->y = addend;
    }
    trial_add_bias(trial);
    trial_relu(trial);
}

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
    for (size_t i = 0; i < sizeof(fused_shapes) / sizeof(*fused_shapes); i++) {
        struct trial trial;
        struct plan plan = {.trial = &trial, .handle = handle};

        if (trial_open(session, fused_shapes[i].name, fused_shapes[i].line, &trial)) {
            fused_prepare(&trial, &fused_shapes[i]);
            fused_run(&plan, &fused_shapes[i]);
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
