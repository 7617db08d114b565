#include "stub_fusion.h"

#include "stub_enter.h"
#include "stub_miopen.h"

#include <stdlib.h>
#include <string.h>

#define OPS_MAX 16

enum op { OP_CONVOLUTION, OP_BIAS, OP_ACTIVATION, OP_NORM, OP_OTHER };

struct miopenFusionOpDescriptor {
    enum op kind;
    unsigned index;
};

struct miopenFusionPlanDescriptor {
    unsigned direction;
    unsigned count;
    struct miopenFusionOpDescriptor *ops[OPS_MAX];
    bool compiled;
};

struct miopenOperatorArgs {
    bool given[OPS_MAX];
};

struct miopenActivationDescriptor {
    unsigned mode;
    double parameters[3];
};

static atomic_uint fused_launches, objects;
static _Thread_local struct stub_step steps[STUB_STEPS_MAX];
static _Thread_local unsigned steps_count;

unsigned stub_steps(void)
{
    return steps_count;
}

const struct stub_step *stub_step(unsigned i)
{
    return &steps[i];
}

void stub_steps_forget(void)
{
    steps_count = 0;
    atomic_store(&fused_launches, 0);
    stub_graph_forget();
}

void stub_step_add(const struct stub_step *step)
{
    if (steps_count < STUB_STEPS_MAX)
        steps[steps_count++] = *step;
}

unsigned stub_fused_launches(void)
{
    return atomic_load(&fused_launches);
}

unsigned stub_fusion_objects(void)
{
    return atomic_load(&objects);
}

void *stub_object_make(size_t bytes)
{
    void *object = calloc(1, bytes);

    if (object)
        atomic_fetch_add(&objects, 1);
    return object;
}

void stub_object_end(void *object)
{
    if (object)
        atomic_fetch_sub(&objects, 1);
    free(object);
}

/* --- Plans ----------------------------------------------------------------------------------- */

miopenStatus_t miopenCreateFusionPlan(miopenFusionPlanDescriptor_t *plan,
                                      const miopenFusionDirection_t direction,
                                      const miopenTensorDescriptor_t input)
{
    STUB_ENTER(miopenCreateFusionPlan, plan, direction, input);
    if (!plan || !input)
        return miopenStatusBadParm;
    *plan = stub_object_make(sizeof(**plan));
    if (!*plan)
        return miopenStatusAllocFailed;
    (*plan)->direction = direction;
    return miopenStatusSuccess;
}

/* It goes all the same where it is told to fail: nobody could end it any more. */
miopenStatus_t miopenDestroyFusionPlan(miopenFusionPlanDescriptor_t plan)
{
    const int status = STUB_STATUS(miopenDestroyFusionPlan, plan);

    for (unsigned i = 0; plan && i < plan->count; i++)
        stub_object_end(plan->ops[i]);
    stub_object_end(plan);
    return status == STUB_NORMAL ? miopenStatusSuccess : (miopenStatus_t)status;
}

static miopenStatus_t op_add(miopenFusionPlanDescriptor_t plan, miopenFusionOpDescriptor_t *op,
                             enum op kind, bool complete)
{
    if (!plan || !op || !complete || plan->count == OPS_MAX)
        return miopenStatusBadParm;
    *op = stub_object_make(sizeof(**op));
    if (!*op)
        return miopenStatusAllocFailed;
    **op = (struct miopenFusionOpDescriptor){.kind = kind, .index = plan->count};
    plan->ops[plan->count++] = *op;
    plan->compiled = false;
    return miopenStatusSuccess;
}

miopenStatus_t miopenCreateOpConvForward(miopenFusionPlanDescriptor_t plan,
                                         miopenFusionOpDescriptor_t *op,
                                         miopenConvolutionDescriptor_t convolution,
                                         const miopenTensorDescriptor_t w)
{
    STUB_ENTER(miopenCreateOpConvForward, plan, op, convolution, w);
    return op_add(plan, op, OP_CONVOLUTION, convolution && w);
}

miopenStatus_t miopenCreateOpBiasForward(miopenFusionPlanDescriptor_t plan,
                                         miopenFusionOpDescriptor_t *op,
                                         const miopenTensorDescriptor_t bias)
{
    STUB_ENTER(miopenCreateOpBiasForward, plan, op, bias);
    return op_add(plan, op, OP_BIAS, bias);
}

miopenStatus_t miopenCreateOpActivationForward(miopenFusionPlanDescriptor_t plan,
                                               miopenFusionOpDescriptor_t *op,
                                               miopenActivationMode_t mode)
{
    STUB_ENTER(miopenCreateOpActivationForward, plan, op, mode);
    return op_add(plan, op, OP_ACTIVATION, true);
}

miopenStatus_t miopenCreateOpActivationBackward(miopenFusionPlanDescriptor_t plan,
                                                miopenFusionOpDescriptor_t *op,
                                                miopenActivationMode_t mode)
{
    STUB_ENTER(miopenCreateOpActivationBackward, plan, op, mode);
    return op_add(plan, op, OP_OTHER, true);
}

miopenStatus_t miopenCreateOpBatchNormInference(miopenFusionPlanDescriptor_t plan,
                                                miopenFusionOpDescriptor_t *op,
                                                const miopenBatchNormMode_t mode,
                                                const miopenTensorDescriptor_t parameters)
{
    STUB_ENTER(miopenCreateOpBatchNormInference, plan, op, mode, parameters);
    return op_add(plan, op, OP_NORM, parameters);
}

miopenStatus_t miopenCreateOpBatchNormForward(miopenFusionPlanDescriptor_t plan,
                                              miopenFusionOpDescriptor_t *op,
                                              const miopenBatchNormMode_t mode,
                                              bool running_mean_variance)
{
    STUB_ENTER(miopenCreateOpBatchNormForward, plan, op, mode, (size_t)running_mean_variance);
    return op_add(plan, op, OP_OTHER, true);
}

miopenStatus_t miopenCreateOpBatchNormBackward(miopenFusionPlanDescriptor_t plan,
                                               miopenFusionOpDescriptor_t *op,
                                               const miopenBatchNormMode_t mode)
{
    STUB_ENTER(miopenCreateOpBatchNormBackward, plan, op, mode);
    return op_add(plan, op, OP_OTHER, true);
}

miopenStatus_t miopenFusionPlanGetWorkSpaceSize(miopenHandle_t handle,
                                                miopenFusionPlanDescriptor_t plan, size_t *bytes,
                                                miopenConvFwdAlgorithm_t algorithm)
{
    STUB_ENTER(miopenFusionPlanGetWorkSpaceSize, handle, plan, bytes, algorithm);
    if (!handle || !plan || !bytes)
        return miopenStatusBadParm;
    *bytes = 555;
    return miopenStatusSuccess;
}

miopenStatus_t miopenCompileFusionPlan(miopenHandle_t handle, miopenFusionPlanDescriptor_t plan)
{
    STUB_ENTER(miopenCompileFusionPlan, handle, plan);
    if (!handle || !plan)
        return miopenStatusBadParm;
    plan->compiled = true;
    return miopenStatusSuccess;
}

/* --- Arguments and runs ------------------------------------------------------------------------
 */

miopenStatus_t miopenCreateOperatorArgs(miopenOperatorArgs_t *args)
{
    *args = stub_object_make(sizeof(**args));
    return *args ? miopenStatusSuccess : miopenStatusAllocFailed;
}

miopenStatus_t miopenDestroyOperatorArgs(miopenOperatorArgs_t args)
{
    const int status = STUB_STATUS(miopenDestroyOperatorArgs, args);

    stub_object_end(args);
    return status == STUB_NORMAL ? miopenStatusSuccess : (miopenStatus_t)status;
}

static miopenStatus_t give(miopenOperatorArgs_t args, miopenFusionOpDescriptor_t op, enum op kind)
{
    if (!args || !op)
        return miopenStatusBadParm;
    if (op->kind != kind)
        return miopenStatusUnknownError; /* std::bad_cast */
    args->given[op->index] = true;
    return miopenStatusSuccess;
}

miopenStatus_t miopenSetOpArgsConvForward(miopenOperatorArgs_t args,
                                          const miopenFusionOpDescriptor_t op, const void *alpha,
                                          const void *beta, const void *w)
{
    STUB_ENTER(miopenSetOpArgsConvForward, args, op, alpha, beta, w);
    return give(args, op, OP_CONVOLUTION);
}

miopenStatus_t miopenSetOpArgsBiasForward(miopenOperatorArgs_t args,
                                          const miopenFusionOpDescriptor_t op, const void *alpha,
                                          const void *beta, const void *bias)
{
    STUB_ENTER(miopenSetOpArgsBiasForward, args, op, alpha, beta, bias);
    return give(args, op, OP_BIAS);
}

miopenStatus_t miopenSetOpArgsActivForward(miopenOperatorArgs_t args,
                                           const miopenFusionOpDescriptor_t op, const void *alpha,
                                           const void *beta, double activation_alpha,
                                           double activation_beta, double activation_gamma)
{
    STUB_ENTER(miopenSetOpArgsActivForward, args, op, alpha, beta);
    (void)activation_alpha, (void)activation_beta, (void)activation_gamma;
    return give(args, op, OP_ACTIVATION);
}

miopenStatus_t miopenSetOpArgsBatchNormInference(miopenOperatorArgs_t args,
                                                 const miopenFusionOpDescriptor_t op,
                                                 const void *alpha, const void *beta,
                                                 const void *scale, const void *bias,
                                                 const void *mean, const void *variance,
                                                 double epsilon)
{
    STUB_ENTER(miopenSetOpArgsBatchNormInference, args, op, alpha, beta, scale, bias, mean,
               variance);
    (void)epsilon;
    return give(args, op, OP_NORM);
}

static miopenStatus_t execute(miopenHandle_t handle, miopenFusionPlanDescriptor_t plan,
                              bool complete)
{
    if (!handle || !plan || !complete || !plan->compiled)
        return miopenStatusBadParm;
    atomic_fetch_add(&fused_launches, 1);
    return miopenStatusSuccess;
}

miopenStatus_t miopenExecuteFusionPlan(const miopenHandle_t handle,
                                       const miopenFusionPlanDescriptor_t plan,
                                       const miopenTensorDescriptor_t input_descriptor,
                                       const void *input,
                                       const miopenTensorDescriptor_t output_descriptor,
                                       void *output, miopenOperatorArgs_t args)
{
    STUB_ENTER(miopenExecuteFusionPlan, handle, plan, input_descriptor, input, output_descriptor,
               output, args);
    return execute(handle, plan, input_descriptor && output_descriptor && args);
}

miopenStatus_t miopenExecuteFusionPlan_v2(const miopenHandle_t handle,
                                          const miopenFusionPlanDescriptor_t plan,
                                          const miopenTensorDescriptor_t input_descriptor,
                                          const void *input,
                                          const miopenTensorDescriptor_t output_descriptor,
                                          void *output, miopenOperatorArgs_t args, void *workspace,
                                          size_t workspace_bytes)
{
    STUB_ENTER(miopenExecuteFusionPlan_v2, handle, plan, input_descriptor, input, output_descriptor,
               output, args, workspace, workspace_bytes);
    return execute(handle, plan, input_descriptor && output_descriptor && args);
}

miopenStatus_t miopenConvolutionBiasActivationForward(
    miopenHandle_t handle, const void *alpha1, const miopenTensorDescriptor_t x_descriptor,
    const void *x, const miopenTensorDescriptor_t w_descriptor, const void *w,
    const miopenConvolutionDescriptor_t convolution, miopenConvFwdAlgorithm_t algorithm,
    void *workspace, size_t workspace_bytes, const void *alpha2,
    const miopenTensorDescriptor_t z_descriptor, const void *z,
    const miopenTensorDescriptor_t bias_descriptor, const void *bias,
    const miopenActivationDescriptor_t activation, const miopenTensorDescriptor_t y_descriptor,
    void *y)
{
    STUB_ENTER(miopenConvolutionBiasActivationForward, handle, alpha1, x_descriptor, x,
               w_descriptor, w, convolution, algorithm, workspace, workspace_bytes, alpha2,
               z_descriptor, z, bias_descriptor, bias, activation, y_descriptor, y);
    if (!handle || !x_descriptor || !w_descriptor || !convolution || !z_descriptor ||
        !bias_descriptor || !activation || !y_descriptor)
        return miopenStatusBadParm;
    if (activation->mode != MIOPEN_ACTIVATION_RELU)
        return miopenStatusNotImplemented;
    atomic_fetch_add(&fused_launches, 1);
    return miopenStatusSuccess;
}

/* --- One element at a time ----------------------------------------------------------------------
 */

static void lengths_copy(int lengths[5], const struct miopenTensorDescriptor *tensor)
{
    for (int i = 0; i < 5; i++)
        lengths[i] = i < tensor->rank ? (int)tensor->lengths[i] : 0;
}

static bool same(const struct miopenTensorDescriptor *a, const struct miopenTensorDescriptor *b)
{
    return a->type == b->type && a->rank == b->rank &&
           memcmp(a->lengths, b->lengths, sizeof(a->lengths)) == 0 &&
           memcmp(a->strides, b->strides, sizeof(a->strides)) == 0;
}

/* As MIOpen's OpTensor: each of b's lengths is 1 or that of c, and the types are one. */
miopenStatus_t miopenOpTensor(miopenHandle_t handle, miopenTensorOp_t op, const void *alpha1,
                              const miopenTensorDescriptor_t a_descriptor, const void *a,
                              const void *alpha2, const miopenTensorDescriptor_t b_descriptor,
                              const void *b, const void *beta,
                              const miopenTensorDescriptor_t c_descriptor, void *c)
{
    STUB_ENTER(miopenOpTensor, handle, op, alpha1, a_descriptor, a, alpha2, b_descriptor, b, beta,
               c_descriptor, c);
    if (!handle || op != 0 || !a || !b || !c || *(const float *)beta != 0)
        return miopenStatusBadParm;
    if (!same(a_descriptor, c_descriptor) || b_descriptor->type != c_descriptor->type ||
        b_descriptor->rank != c_descriptor->rank)
        stub_violation("OpTensor of tensors that do not fit");
    for (int i = 0; i < c_descriptor->rank; i++) {
        if (b_descriptor->lengths[i] != 1 && b_descriptor->lengths[i] != c_descriptor->lengths[i])
            stub_violation("OpTensor of lengths that do not fit");
    }
    struct stub_step step = {.kind = STUB_ADDED,
                             .handle = handle,
                             .a = a,
                             .b = b,
                             .c = c,
                             .alpha = *(const float *)alpha1,
                             .beta = *(const float *)alpha2,
                             .type = b_descriptor->type};
    lengths_copy(step.lengths, c_descriptor);
    lengths_copy(step.other, b_descriptor);
    stub_step_add(&step);
    return miopenStatusSuccess;
}

miopenStatus_t miopenCreateActivationDescriptor(miopenActivationDescriptor_t *activation)
{
    STUB_ENTER(miopenCreateActivationDescriptor, activation);
    *activation = stub_object_make(sizeof(**activation));
    return *activation ? miopenStatusSuccess : miopenStatusAllocFailed;
}

miopenStatus_t miopenSetActivationDescriptor(const miopenActivationDescriptor_t activation,
                                             miopenActivationMode_t mode, double alpha, double beta,
                                             double gamma)
{
    STUB_ENTER(miopenSetActivationDescriptor, activation, mode);
    if (!activation)
        return miopenStatusBadParm;
    *activation = (struct miopenActivationDescriptor){mode, {alpha, beta, gamma}};
    return miopenStatusSuccess;
}

miopenStatus_t miopenGetActivationDescriptor(const miopenActivationDescriptor_t activation,
                                             miopenActivationMode_t *mode, double *alpha,
                                             double *beta, double *gamma)
{
    STUB_ENTER(miopenGetActivationDescriptor, activation, mode, alpha, beta, gamma);
    if (!activation)
        return miopenStatusBadParm;
    *mode = activation->mode;
    *alpha = activation->parameters[0];
    *beta = activation->parameters[1];
    *gamma = activation->parameters[2];
    return miopenStatusSuccess;
}

miopenStatus_t miopenDestroyActivationDescriptor(miopenActivationDescriptor_t activation)
{
    const int status = STUB_STATUS(miopenDestroyActivationDescriptor, activation);

    stub_object_end(activation);
    return status == STUB_NORMAL ? miopenStatusSuccess : (miopenStatus_t)status;
}

miopenStatus_t miopenActivationForward(miopenHandle_t handle,
                                       const miopenActivationDescriptor_t activation,
                                       const void *alpha,
                                       const miopenTensorDescriptor_t x_descriptor, const void *x,
                                       const void *beta,
                                       const miopenTensorDescriptor_t y_descriptor, void *y)
{
    STUB_ENTER(miopenActivationForward, handle, activation, alpha, x_descriptor, x, beta,
               y_descriptor, y);
    if (!handle || !activation || !x || !y || *(const float *)alpha != 1 ||
        *(const float *)beta != 0)
        return miopenStatusBadParm;
    if (!same(x_descriptor, y_descriptor) || y_descriptor->type > 1)
        stub_violation("an activation of tensors that do not fit");
    struct stub_step step = {
        .kind = STUB_ACTIVATED, .handle = handle, .a = x, .c = y, .mode = activation->mode};
    memcpy(step.parameters, activation->parameters, sizeof(step.parameters));
    lengths_copy(step.lengths, y_descriptor);
    stub_step_add(&step);
    return miopenStatusSuccess;
}

/* Without mean and variance MIOpen trains. */
miopenStatus_t miopenBatchNormalizationForwardInference(
    miopenHandle_t handle, miopenBatchNormMode_t mode, void *alpha, void *beta,
    const miopenTensorDescriptor_t x_descriptor, const void *x,
    const miopenTensorDescriptor_t y_descriptor, void *y, const miopenTensorDescriptor_t parameters,
    void *scale, void *bias, void *mean, void *variance, double epsilon)
{
    STUB_ENTER(miopenBatchNormalizationForwardInference, handle, mode, alpha, beta, x_descriptor, x,
               y_descriptor, y, parameters, scale, bias, mean, variance);
    if (!handle || !x || !y || !scale || !bias || *(float *)alpha != 1 || *(float *)beta != 0)
        return miopenStatusBadParm;
    if (!mean || !variance)
        stub_violation("a batch norm of a run that trains");
    if (!same(x_descriptor, y_descriptor) || parameters->rank != y_descriptor->rank)
        stub_violation("a batch norm of tensors that do not fit");
    struct stub_step step = {.kind = STUB_NORMALIZED,
                             .handle = handle,
                             .a = x,
                             .b = scale,
                             .c = y,
                             .type = parameters->type,
                             .mode = mode,
                             .parameters = {epsilon},
                             .shift = bias,
                             .mean = mean,
                             .variance = variance};
    lengths_copy(step.lengths, y_descriptor);
    lengths_copy(step.other, parameters);
    stub_step_add(&step);
    return miopenStatusSuccess;
}
