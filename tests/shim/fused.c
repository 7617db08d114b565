#include "fused.h"

#include "plan.h"

#include <errno.h>
#include <string.h>

static const float one = 1.0F;

/* The convolution as any other; what follows it is not in the data, but in the stub's steps. */
static const char *judge(const struct plan *plan, miopenStatus_t status, const char *steps_wrong,
                         enum session_trust trust)
{
    const char *wrong = NULL;

    if (trust == SESSION_LOOSE)
        return NULL;
    if (stub_fused_launches() > 0)
        return "a fused launch";
    /* The steps in between may have failed, and y is then what it had come to. */
    if (status == miopenStatusSuccess || trust == SESSION_SUCCEEDS)
        wrong = session_judge_launch(&plan->it, status, trust);
    return !wrong && status == miopenStatusSuccess ? steps_wrong : wrong;
}

/* --- Plans ----------------------------------------------------------------------------------- */

static const char *plan_run(struct plan *plan, bool again, enum session_trust trust)
{
    static _Thread_local char workspace[1 << 17];
    miopenStatus_t status;

    session_expect_launch(&plan->it);
    if (again) {
        stub_steps_forget();
        status = miopenExecuteFusionPlan_v2(plan->it.handle, plan->object, plan->it.b,
                                            plan->it.b_data, plan->it.c, plan->it.c_data,
                                            plan->args, workspace, sizeof(workspace));
    } else {
        status = plan_execute(plan);
    }
    return judge(plan, status, plan_steps_wrong(plan, stub_last_launch()->id), trust);
}

static const char *plan_converse(miopenHandle_t handle, const char *shape, enum session_trust trust)
{
    static const enum plan_step steps[] = {PLAN_BIAS, PLAN_NORM, PLAN_RELU, PLAN_END};
    struct plan plan;
    const char *wrong = NULL;
    size_t bytes = 0;

    if (plan_open(&plan, shape, handle, steps)) {
        (void)miopenFusionPlanGetWorkSpaceSize(handle, plan.object, &bytes, 0);
        (void)plan_compile(&plan);
        (void)plan_set(&plan);
        wrong = plan_run(&plan, false, trust);
        if (!wrong && stub_has(STUB_miopenExecuteFusionPlan_v2))
            wrong = plan_run(&plan, true, trust);
    } else if (trust == SESSION_SUCCEEDS) {
        wrong = "no plan";
    }
    plan_close(&plan);
    return wrong;
}

/* A plan without a convolution, with the operators that none of the other has. */
static void plan_describe(miopenTensorDescriptor_t tensor)
{
    miopenFusionPlanDescriptor_t plan = NULL;
    miopenFusionOpDescriptor_t op = NULL;

    if (miopenCreateFusionPlan(&plan, MIOPEN_FUSION_VERTICAL, tensor) != miopenStatusSuccess)
        return;
    (void)miopenCreateOpBatchNormForward(plan, &op, MIOPEN_BN_SPATIAL, true);
    (void)miopenCreateOpBatchNormBackward(plan, &op, MIOPEN_BN_SPATIAL);
    (void)miopenCreateOpActivationBackward(plan, &op, MIOPEN_ACTIVATION_RELU);
    (void)miopenDestroyFusionPlan(plan);
}

/* --- Bias and activation in one call --------------------------------------------------------- */

static const char *bias_steps_wrong(const struct plan *plan)
{
    static const enum stub_step_kind kinds[] = {STUB_CONVOLVED, STUB_ADDED, STUB_ADDED,
                                                STUB_ACTIVATED};
    const unsigned count = sizeof(kinds) / sizeof(kinds[0]);

    if (stub_steps() != count)
        return "bias and activation: not the steps";
    for (unsigned i = 0; i < count; i++) {
        if (stub_step(i)->kind != kinds[i] || stub_step(i)->c != plan->it.c_data)
            return "bias and activation: a step";
    }
    return NULL;
}

static const char *bias_converse(miopenHandle_t handle, const char *shape, enum session_trust trust)
{
    static const char z[STUB_DATA_BYTES] = "z";
    miopenActivationDescriptor_t relu = NULL;
    struct plan plan;
    const char *wrong = NULL;

    if (!stub_has(STUB_miopenConvolutionBiasActivationForward))
        return NULL;
    const int saved_errno = errno; /* activations are MIOpen's own */
    const bool active =
        miopenCreateActivationDescriptor(&relu) == miopenStatusSuccess &&
        miopenSetActivationDescriptor(relu, MIOPEN_ACTIVATION_RELU, 0, 0, 0) == miopenStatusSuccess;
    errno = saved_errno;
    if (active && plan_open_empty(&plan, shape, handle)) {
        const struct convolution *it = &plan.it;
        session_expect_launch(&plan.it);
        stub_steps_forget();
        const miopenStatus_t status = miopenConvolutionBiasActivationForward(
            handle, &one, it->b, it->b_data, it->a, it->a_data, it->descriptor, 1, NULL, 0, &one,
            it->c, z, plan.bias, plan.bias_data, relu, it->c, plan.it.c_data);
        wrong = judge(&plan, status, bias_steps_wrong(&plan), trust);
    } else if (trust == SESSION_SUCCEEDS) {
        wrong = "no descriptors";
    }
    if (active)
        plan_close(&plan);
    if (relu) {
        (void)miopenDestroyActivationDescriptor(relu);
        errno = saved_errno;
    }
    return wrong;
}

/* --- Graphs ---------------------------------------------------------------------------------- */

enum node { OPERATION, GRAPH, HEURISTICS, CONFIGURATION, PLAN, PACK, NODES };

static bool node_give(miopenBackendDescriptor_t to, miopenBackendAttributeName_t name,
                      miopenBackendDescriptor_t *part)
{
    return miopenBackendSetAttribute(to, name, 0, 1, part) == miopenStatusSuccess;
}

/* From the operation to the plan, as programs make one; whatever fails, it goes on. */
static bool graph_make(miopenBackendDescriptor_t nodes[NODES])
{
    miopenBackendDescriptor_t proposed = NULL;
    float alpha = one;
    int64_t count = 0;
    bool made = true;

    for (int i = 0; i < NODES; i++)
        made &= miopenBackendCreateDescriptor((miopenBackendDescriptorType_t)i, &nodes[i]) ==
                miopenStatusSuccess;
    stub_propose(nodes[CONFIGURATION]);
    made &= miopenBackendInitialize(nodes[PACK], PACK, 8) == miopenStatusSuccess;
    made &=
        miopenBackendSetAttribute(nodes[OPERATION], MIOPEN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                                  0, 1, &alpha) == miopenStatusSuccess;
    made &= node_give(nodes[GRAPH], MIOPEN_ATTR_OPERATIONGRAPH_OPS, &nodes[OPERATION]);
    made &= node_give(nodes[HEURISTICS], MIOPEN_ATTR_ENGINEHEUR_OPERATION_GRAPH, &nodes[GRAPH]);
    made &= miopenBackendGetAttribute(nodes[HEURISTICS], MIOPEN_ATTR_ENGINEHEUR_RESULTS, 0, 1,
                                      &count, &proposed) == miopenStatusSuccess;
    made &= node_give(nodes[PLAN], MIOPEN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, &proposed);
    return made;
}

static const char *graph_converse(miopenHandle_t handle, enum session_trust trust)
{
    miopenBackendDescriptor_t nodes[NODES] = {NULL};
    const char *wrong = NULL;

    if (!stub_has(STUB_miopenBackendExecute))
        return NULL;
    stub_steps_forget();
    const bool made = graph_make(nodes);
    const miopenStatus_t status = miopenBackendExecute(handle, nodes[PLAN], nodes[PACK]);
    if (trust != SESSION_LOOSE &&
        ((made && status == miopenStatusSuccess) || stub_graph_convolutions() > 0))
        wrong = "a graph with a convolution was executed";
    for (int i = 0; i < NODES; i++) {
        /* The stub's object is still there where the destroy failed. */
        if (nodes[i] && miopenBackendDestroyDescriptor(nodes[i]) != miopenStatusSuccess)
            stub_destroy_backend(nodes[i]);
    }
    return wrong;
}

const char *fused_converse(miopenHandle_t handle, const char *shape, enum session_trust trust)
{
    const char *wrong = plan_converse(handle, shape, trust);
    miopenTensorDescriptor_t tensor = NULL;

    if (miopenCreateTensorDescriptor(&tensor) == miopenStatusSuccess && tensor) {
        plan_describe(tensor);
        (void)miopenDestroyTensorDescriptor(tensor);
    }
    if (!wrong)
        wrong = bias_converse(handle, shape, trust);
    return wrong ? wrong : graph_converse(handle, trust);
}
