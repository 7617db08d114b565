#include "fused_model.h"

#include "miopen_c.h"

#include <math.h>

const double norm_epsilon = 0.125;

/* --- What is right ---------------------------------------------------------------------------- */

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

static void activation_apply(struct trial *trial, const struct step *step)
{
    double *right = sample_result(&trial->sample);

    for (size_t i = 0; i < tensor_count(&trial->problem.y); i++)
        right[i] = activation(step, right[i]);
}

struct tensor norm_tensor(const struct trial *trial, const struct step *step)
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

/* 1 / sqrt(variance + epsilon) is 2, 1 or 1/2. */
double norm_parameter(unsigned part, size_t i)
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

static void norm_apply(struct trial *trial, const struct step *step)
{
    const struct tensor *y = &trial->problem.y;
    const size_t channels = (size_t)y->lengths[1];
    const size_t image = tensor_count(y) / (size_t)y->lengths[0];
    double *right = sample_result(&trial->sample);

    for (size_t i = 0; i < tensor_count(y); i++) {
        const size_t at =
            step->mode == miopenBNSpatial ? i / (image / channels) % channels : i % image;

        right[i] = (right[i] - norm_parameter(NORM_MEAN, at)) /
                       sqrt(norm_parameter(NORM_VARIANCE, at) + norm_epsilon) *
                       norm_parameter(NORM_SCALE, at) +
                   norm_parameter(NORM_BIAS, at);
    }
}

void step_apply(struct trial *trial, const struct step *step)
{
    switch (step->kind) {
    case STEP_BIAS:
        if (!trial->bias.data)
            trial_add_bias(trial);
        break;
    case STEP_ACTIVATION:
        activation_apply(trial, step);
        break;
    case STEP_NORM:
        norm_apply(trial, step);
        break;
    case STEP_END:
        break;
    }
}

void fused_prepare(struct trial *trial, const struct fused *fused)
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

/* --- Cases of plans --------------------------------------------------------------------------- */

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

const struct shape pytorch_shapes[] = {
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
    {0},
};

#define SMALL "conv -n 2 -c 4 -H 9 -W 8 -k 6 -y 3 -x 3 -p 1 -q 1 -F 1"

const struct shape xla_shapes[] = {
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
    {0},
};

const struct shape norm_shapes[] = {
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
    {0},
};

#define NHWC " --in_layout NHWC --fil_layout NHWC --out_layout NHWC"

const struct shape format_shapes[] = {
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
    {0},
};

/* A problem whose x and y have one shape. */
#define SAME "conv -n 2 -c 6 -H 9 -W 8 -k 6 -y 1 -x 1 -F 1"

const struct shape without_shapes[] = {
    {"batch norm, relu", SAME, 0, {NORM(Spatial), RELU}},
    {"batch norm per activation, relu", SAME, 0, {NORM(PerActivation), RELU}},
    {0},
};

/* --- Cases of the one call -------------------------------------------------------------------- */

const struct fused fused_shapes[] = {
    {"no addend", SMALL, ADDEND_NONE, 1, 1},
    {"addend", SMALL, ADDEND_BESIDE, 1, 1},
    {"addend in place", SMALL, ADDEND_IN_PLACE, 1, 1},
    {"factor", SMALL, ADDEND_NONE, 2, 1},
    {"factors", SMALL, ADDEND_BESIDE, -0.5F, 2},
    {"factors, in place", SMALL, ADDEND_IN_PLACE, 2, -0.5F},
    {"1x1, in place", "conv -n 2 -c 8 -H 8 -W 8 -k 4 -y 1 -x 1 -F 1", ADDEND_IN_PLACE, 1, 1},
    {"NHWC, in place", SMALL NHWC, ADDEND_IN_PLACE, 1, 1},
    {0},
};
