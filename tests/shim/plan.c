#include "plan.h"

#include <errno.h>
#include <string.h>

static const float one = 1.0F, zero = 0.0F;

static bool descriptors_open(struct plan *plan)
{
    const struct shape *shape = plan->it.shape;
    int strides[RANK_MAX] = {0}, lengths[RANK_MAX];
    int channels[RANK_MAX] = {1, shape->k, 1, 1, 1};
    miopenDataType_t type = 0;

    const int saved_errno = errno; /* the getters are MIOpen's own, past the shim */
    const bool known =
        miopenGetTensorDescriptorSize(plan->it.c, &plan->rank) == miopenStatusSuccess &&
        miopenGetTensorDescriptor(plan->it.c, &type, plan->lengths, strides) == miopenStatusSuccess;
    errno = saved_errno;
    if (!known)
        return false;
    memcpy(lengths, plan->lengths, sizeof(lengths));
    lengths[0] = 1;
    const int rank = plan->rank;
    return miopenCreateTensorDescriptor(&plan->bias) == miopenStatusSuccess &&
           miopenSetTensorDescriptor(plan->bias, type, rank, channels, NULL) ==
               miopenStatusSuccess &&
           miopenCreateTensorDescriptor(&plan->image) == miopenStatusSuccess &&
           miopenSetTensorDescriptor(plan->image, TYPE_FP32, rank, lengths, NULL) ==
               miopenStatusSuccess;
}

bool plan_open_empty(struct plan *plan, const char *shape, miopenHandle_t handle)
{
    *plan = (struct plan){.object = NULL};
    if (!convolution_try_open(&plan->it, shape_named(shape), handle)) {
        plan->it = (struct convolution){.handle = handle}; /* it has closed itself */
        return false;
    }
    return descriptors_open(plan) &&
           miopenCreateFusionPlan(&plan->object, MIOPEN_FUSION_VERTICAL, plan->it.b) ==
               miopenStatusSuccess &&
           miopenCreateOperatorArgs(&plan->args) == miopenStatusSuccess;
}

bool plan_add_convolution(struct plan *plan)
{
    return miopenCreateOpConvForward(plan->object, &plan->ops[0], plan->it.descriptor,
                                     plan->it.a) == miopenStatusSuccess;
}

bool plan_add_step(struct plan *plan, unsigned i, enum plan_step step)
{
    miopenFusionOpDescriptor_t *op = &plan->ops[1 + i];

    plan->steps[i] = step;
    switch (step) {
    case PLAN_BIAS:
        return miopenCreateOpBiasForward(plan->object, op, plan->bias) == miopenStatusSuccess;
    case PLAN_RELU:
        return miopenCreateOpActivationForward(plan->object, op, MIOPEN_ACTIVATION_RELU) ==
               miopenStatusSuccess;
    case PLAN_TANH:
        return miopenCreateOpActivationForward(plan->object, op, 2) == miopenStatusSuccess;
    case PLAN_NORM:
        return miopenCreateOpBatchNormInference(plan->object, op, MIOPEN_BN_SPATIAL, plan->bias) ==
               miopenStatusSuccess;
    case PLAN_NORM_PER_ACTIVATION:
        return miopenCreateOpBatchNormInference(plan->object, op, MIOPEN_BN_PER_ACTIVATION,
                                                plan->image) == miopenStatusSuccess;
    case PLAN_END:
        break;
    }
    return false;
}

bool plan_open(struct plan *plan, const char *shape, miopenHandle_t handle,
               const enum plan_step *steps)
{
    bool open = plan_open_empty(plan, shape, handle) && plan_add_convolution(plan);

    for (unsigned i = 0; open && steps[i] != PLAN_END; i++)
        open = plan_add_step(plan, i, steps[i]);
    return open;
}

static bool step_set(struct plan *plan, unsigned i)
{
    const miopenFusionOpDescriptor_t op = plan->ops[1 + i];

    switch (plan->steps[i]) {
    case PLAN_BIAS:
        return miopenSetOpArgsBiasForward(plan->args, op, &one, &zero, plan->bias_data) ==
               miopenStatusSuccess;
    case PLAN_RELU:
    case PLAN_TANH:
        return miopenSetOpArgsActivForward(plan->args, op, &one, &zero, 0.5, 0.25, 0.125) ==
               miopenStatusSuccess;
    case PLAN_NORM:
    case PLAN_NORM_PER_ACTIVATION:
        return miopenSetOpArgsBatchNormInference(plan->args, op, &one, &zero, plan->scale,
                                                 plan->shift, plan->mean, plan->variance,
                                                 0.001) == miopenStatusSuccess;
    case PLAN_END:
        break;
    }
    return false;
}

bool plan_set(struct plan *plan)
{
    bool set = miopenSetOpArgsConvForward(plan->args, plan->ops[0], &one, &zero, plan->it.a_data) ==
               miopenStatusSuccess;

    for (unsigned i = 0; set && plan->steps[i] != PLAN_END; i++)
        set = step_set(plan, i);
    return set;
}

miopenStatus_t plan_compile(struct plan *plan)
{
    return miopenCompileFusionPlan(plan->it.handle, plan->object);
}

miopenStatus_t plan_execute(struct plan *plan)
{
    stub_steps_forget();
    return miopenExecuteFusionPlan(plan->it.handle, plan->object, plan->it.b, plan->it.b_data,
                                   plan->it.c, plan->it.c_data, plan->args);
}

void plan_close(struct plan *plan)
{
    if (plan->object)
        miopenDestroyFusionPlan(plan->object);
    if (plan->args)
        miopenDestroyOperatorArgs(plan->args);
    miopenDestroyTensorDescriptor(plan->bias);
    miopenDestroyTensorDescriptor(plan->image);
    convolution_close(&plan->it);
    *plan = (struct plan){.object = NULL};
}

/* y as the steps see it: N K and what is left in two, or 1 1 and all but K where that is innermost.
 */
static void lengths_wanted(const struct plan *plan, int lengths[5])
{
    const int *y = plan->lengths;
    const int rows = y[2] * (plan->rank == 5 ? y[3] : 1), columns = y[plan->rank - 1];
    const int first[5] = {y[0], y[1], rows, columns};
    const int last[5] = {1, 1, y[0] * rows * columns, y[1]};
    memcpy(lengths, plan->it.shape->channel_last ? last : first, sizeof(first));
}

static const char *step_wrong(const struct plan *plan, enum plan_step wanted,
                              const struct stub_step *step)
{
    int lengths[5];

    lengths_wanted(plan, lengths);
    if (memcmp(step->lengths, lengths, sizeof(lengths)) != 0)
        return "lengths of a step";
    if (step->a != plan->it.c_data || step->c != plan->it.c_data)
        return "a step that is not in place";
    switch (wanted) {
    case PLAN_BIAS: {
        const bool last = plan->it.shape->channel_last;
        const int k = plan->it.shape->k;
        const int bias[5] = {1, last ? 1 : k, 1, last ? k : 1};
        if (step->kind != STUB_ADDED || step->b != plan->bias_data || step->alpha != 1 ||
            step->beta != 1 || memcmp(step->other, bias, sizeof(bias)) != 0)
            return "the bias";
        break;
    }
    case PLAN_RELU:
    case PLAN_TANH:
        if (step->kind != STUB_ACTIVATED || step->mode != (wanted == PLAN_RELU ? 3 : 2) ||
            step->parameters[0] != 0.5 || step->parameters[1] != 0.25 ||
            step->parameters[2] != 0.125)
            return "the activation";
        break;
    case PLAN_NORM:
    case PLAN_NORM_PER_ACTIVATION: {
        const bool spatial = wanted == PLAN_NORM;
        const int norm[5] = {1, lengths[1], spatial ? 1 : lengths[2], spatial ? 1 : lengths[3]};
        if (step->kind != STUB_NORMALIZED || step->b != plan->scale || step->shift != plan->shift ||
            step->mean != plan->mean || step->variance != plan->variance ||
            step->parameters[0] != 0.001 || step->mode != spatial ||
            memcmp(step->other, norm, sizeof(norm)) != 0)
            return "the batch norm";
        break;
    }
    case PLAN_END:
        break;
    }
    return NULL;
}

const char *plan_steps_wrong(const struct plan *plan, uint64_t solver)
{
    const struct stub_step *first = stub_step(0);
    unsigned count = 0;

    if (stub_fused_launches() != 0)
        return "a fused launch";
    if (stub_steps() == 0 || first->kind != STUB_CONVOLVED || first->handle != plan->it.handle ||
        first->a != plan->it.a_data || first->b != plan->it.b_data || first->c != plan->it.c_data)
        return "the convolution";
    if (stub_last_launch()->id != solver)
        return "its solver";
    while (plan->steps[count] != PLAN_END) {
        const struct stub_step *step = stub_step(1 + count);
        const char *wrong =
            count + 1 < stub_steps() ? step_wrong(plan, plan->steps[count], step) : "too few steps";
        if (wrong)
            return wrong;
        if (step->handle != plan->it.handle)
            return "a step's handle";
        count++;
    }
    return stub_steps() == count + 1 ? NULL : "too many steps";
}
