/*
 * The fused operations with a convolution that the fusion client asks for, and what each is to come
 * to: the steps behind the convolution, done in double precision to a trial's right result. Nothing
 * here calls MIOpen.
 */
#pragma once

#include "trial.h"

/* --- What a plan does after the convolution --------------------------------------------------- */

enum step_kind { STEP_END, STEP_BIAS, STEP_ACTIVATION, STEP_NORM };

struct step {
    enum step_kind kind;
    int mode; /* miopenActivationMode_t or miopenBatchNormMode_t */
    double alpha, beta, gamma;
};

#define STEPS_MAX 4

struct shape {
    const char *name, *line;
    double tolerance; /* relative to a result of 1; what no data type holds exactly needs one */
    struct step steps[STEPS_MAX];
};

/* The parameters of a batch norm. */
enum { NORM_SCALE, NORM_BIAS, NORM_MEAN, NORM_VARIANCE, NORM_PARTS };

/* What is added to the variance. */
extern const double norm_epsilon;

/* The parameters' own shape: one for each channel, or for each element of an image. */
struct tensor norm_tensor(const struct trial *trial, const struct step *step);

/* Element i of a parameter: small numbers with which normalizing is exact. */
double norm_parameter(unsigned part, size_t i);

/*
 * Does the step to the trial's right result; the bias is brought to the device with that, the
 * parameters of a batch norm are the caller's to bring there. Forward results only.
 */
void step_apply(struct trial *trial, const struct step *step);

/* --- A convolution with bias and activation in one call --------------------------------------- */

enum addend { ADDEND_NONE, ADDEND_BESIDE, ADDEND_IN_PLACE };

struct fused {
    const char *name, *line;
    enum addend addend;
    float alpha1, alpha2;
};

/* The right result, bias and ReLU included; bias and addend on the device where they are read. */
void fused_prepare(struct trial *trial, const struct fused *fused);

/* --- The cases of each program; behind the last is one without a name ------------------------- */

extern const struct shape pytorch_shapes[], xla_shapes[], norm_shapes[], format_shapes[];
extern const struct shape without_shapes[]; /* no convolution in the plan */
extern const struct fused fused_shapes[];
