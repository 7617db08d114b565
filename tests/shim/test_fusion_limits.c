/*
 * Where a fusion plan's emulation ends: what is refused before anything is launched, and what
 * becomes of a run when calls fail.
 */
#include "fusion_fixture.h"

#include <errno.h>

/* --- What cannot be emulated -------------------------------------------------------------------
 */

static void assert_refused(struct plan *plan, const char *what)
{
    const unsigned launches = stub_launches();

    if (plan_compile(plan) != miopenStatusUnsupportedOp)
        fail_msg("%s: compiled", what);
    (void)plan_set(plan);
    if (plan_execute(plan) != miopenStatusBadParm)
        fail_msg("%s: executed", what);
    assert_int_equal(stub_steps(), 0);
    assert_int_equal(stub_launches(), launches);
    assert_int_equal(stub_fused_launches(), 0);
    assert_int_equal(stub_calls(STUB_miopenCompileFusionPlan), 0);
    assert_int_equal(stub_calls(STUB_miopenExecuteFusionPlan), 0);
    plan_close(plan);
}

static void what_cannot_be_emulated_is_unsupported(void **state)
{
    (void)state;
    static const char *const names[] = {"double", "transposed", "transposed pointwise"};
    struct plan plan;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_true(plan_open(&plan, names[i], handle, STEPS(PLAN_RELU)));
        assert_refused(&plan, names[i]);
    }

#define WITH(what, addition)                                                                       \
    assert_true(plan_open(&plan, "3x3", handle, STEPS(PLAN_BIAS)));                                \
    assert_int_equal(addition, miopenStatusSuccess);                                               \
    assert_refused(&plan, what);

    WITH("activation backward",
         miopenCreateOpActivationBackward(plan.object, &plan.ops[2], MIOPEN_ACTIVATION_RELU))
    WITH("batch norm forward",
         miopenCreateOpBatchNormForward(plan.object, &plan.ops[2], MIOPEN_BN_SPATIAL, true))
    WITH("batch norm backward",
         miopenCreateOpBatchNormBackward(plan.object, &plan.ops[2], MIOPEN_BN_SPATIAL))
    WITH("unknown activation", miopenCreateOpActivationForward(plan.object, &plan.ops[2], 10))
    WITH("unknown batch norm",
         miopenCreateOpBatchNormInference(plan.object, &plan.ops[2], 2, plan.bias))
    WITH("batch norm of an image for a channel",
         miopenCreateOpBatchNormInference(plan.object, &plan.ops[2], MIOPEN_BN_SPATIAL, plan.image))
    WITH("batch norm of a channel for an image",
         miopenCreateOpBatchNormInference(plan.object, &plan.ops[2], MIOPEN_BN_PER_ACTIVATION,
                                          plan.bias))
    WITH("bias of an image", miopenCreateOpBiasForward(plan.object, &plan.ops[2], plan.image))
    WITH("a second convolution",
         miopenCreateOpConvForward(plan.object, &plan.ops[2], plan.it.descriptor, plan.it.a))
    assert_true(plan_open(&plan, "3x3", handle, STEPS(PLAN_RELU)));
    assert_int_equal(miopenSetTensorDescriptor(plan.bias, TYPE_FP16, 4, (int[]){1, 32, 1, 1}, NULL),
                     miopenStatusSuccess);
    assert_int_equal(miopenCreateOpBiasForward(plan.object, &plan.ops[2], plan.bias),
                     miopenStatusSuccess);
    assert_refused(&plan, "bias of another type");

    assert_true(plan_open_empty(&plan, "3x3", handle));
    for (unsigned i = 0; i < 7; i++)
        assert_true(i == 0 ? plan_add_convolution(&plan) : plan_add_step(&plan, i - 1, PLAN_RELU));
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(miopenCreateOpActivationForward(plan.object, &plan.ops[8], 3),
                         miopenStatusSuccess);
    assert_refused(&plan, "nine operators");

    assert_true(plan_open_empty(&plan, "3x3", handle));
    assert_true(plan_add_step(&plan, 0, PLAN_RELU) && plan_add_convolution(&plan));
    assert_refused(&plan, "the convolution last");

    assert_true(plan_open_empty(&plan, "3x3", handle));
    assert_int_equal(miopenDestroyFusionPlan(plan.object), miopenStatusSuccess);
    assert_int_equal(miopenCreateFusionPlan(&plan.object, 1, plan.it.b), miopenStatusSuccess);
    assert_true(plan_add_convolution(&plan));
    assert_refused(&plan, "a horizontal plan");
}

/* Before 2.19 MIOpen says so when the operator is added, and has it in the plan all the same. */
static void what_mio_open_calls_unsupported_stays_so(void **state)
{
    (void)state;
    struct plan plan;

    assert_true(plan_open_empty(&plan, "3x3", handle));
    stub_answer(STUB_miopenCreateOpConvForward, miopenStatusUnsupportedOp);
    assert_false(plan_add_convolution(&plan));
    stub_answer(STUB_miopenCreateOpConvForward, STUB_NORMAL);
    assert_refused(&plan, "an operator that MIOpen does not support");
}

static void a_run_that_lacks_something_launches_nothing(void **state)
{
    (void)state;
    struct plan plan, other;
    const float two = 2, zero = 0, one = 1;

    assert_true(plan_open(&plan, "3x3", handle, STEPS(PLAN_BIAS, PLAN_NORM)));
    assert_true(plan_open(&other, "1x1", handle, STEPS(PLAN_BIAS)));
    assert_true(plan_set(&plan));
    assert_int_equal(plan_execute(&plan), miopenStatusBadParm); /* not compiled */
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);

#define EXECUTE(x, x_data, y, y_data, arguments)                                                   \
    miopenExecuteFusionPlan(handle, plan.object, x, x_data, y, y_data, arguments)
    assert_int_equal(EXECUTE(other.it.b, plan.it.b_data, plan.it.c, plan.it.c_data, plan.args),
                     miopenStatusBadParm);
    assert_int_equal(EXECUTE(plan.it.b, plan.it.b_data, other.it.c, plan.it.c_data, plan.args),
                     miopenStatusBadParm);
    assert_int_equal(EXECUTE(NULL, plan.it.b_data, plan.it.c, plan.it.c_data, plan.args),
                     miopenStatusBadParm);
    assert_int_equal(EXECUTE(plan.it.b, NULL, plan.it.c, plan.it.c_data, plan.args),
                     miopenStatusBadParm);
    assert_int_equal(EXECUTE(plan.it.b, plan.it.b_data, plan.it.c, NULL, plan.args),
                     miopenStatusBadParm);
    assert_int_equal(EXECUTE(plan.it.b, plan.it.b_data, plan.it.c, plan.it.c_data, NULL),
                     miopenStatusBadParm);
    assert_int_equal(EXECUTE(plan.it.b, plan.it.b_data, plan.it.c, plan.it.c_data, other.args),
                     miopenStatusBadParm); /* nothing was set */
    assert_true(plan_set(&other));
    assert_int_equal(EXECUTE(plan.it.b, plan.it.b_data, plan.it.c, plan.it.c_data, other.args),
                     miopenStatusBadParm); /* a step too few */
    assert_int_equal(miopenSetOpArgsBatchNormInference(plan.args, plan.ops[2], &one, &zero,
                                                       plan.scale, plan.shift, NULL, plan.variance,
                                                       0.1),
                     miopenStatusSuccess);
    assert_int_equal(plan_execute(&plan), miopenStatusBadParm);
    assert_true(plan_set(&plan));
    assert_int_equal(
        miopenSetOpArgsConvForward(plan.args, plan.ops[0], &two, &zero, plan.it.a_data),
        miopenStatusSuccess);
    assert_int_equal(plan_execute(&plan), miopenStatusNotImplemented);
    assert_int_equal(miopenSetOpArgsConvForward(plan.args, plan.ops[0], NULL, &two, plan.it.a_data),
                     miopenStatusSuccess);
    assert_int_equal(plan_execute(&plan), miopenStatusNotImplemented);
    assert_int_equal(miopenSetOpArgsConvForward(plan.args, plan.ops[0], NULL, NULL, NULL),
                     miopenStatusSuccess);
    assert_int_equal(plan_execute(&plan), miopenStatusBadParm);
    assert_int_equal(stub_steps(), 0);
    assert_true(plan_set(&plan));
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_steps(&plan, 91);
    plan_close(&plan);
    plan_close(&other);
}

static void a_refused_argument_is_not_set(void **state)
{
    (void)state;
    const float one = 1, zero = 0;
    struct plan plan;

    assert_true(plan_open(&plan, "3x3", handle, STEPS(PLAN_BIAS)));
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_true(plan_set(&plan));
    stub_answer(STUB_miopenSetOpArgsBiasForward, miopenStatusInternalError);
    assert_int_equal(
        miopenSetOpArgsBiasForward(plan.args, plan.ops[1], &one, &zero, plan.it.b_data),
        miopenStatusInternalError);
    stub_answer(STUB_miopenSetOpArgsBiasForward, STUB_NORMAL);
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_steps(&plan, 91); /* with the bias of before */
    plan_close(&plan);
}

static void an_error_of_a_step_ends_the_run(void **state)
{
    (void)state;
    static const struct {
        enum stub_function function;
        unsigned steps; /* that were done before */
    } cases[] = {{STUB_miopenConvolutionForwardImmediate, 0},
                 {STUB_miopenOpTensor, 1},
                 {STUB_miopenBatchNormalizationForwardInference, 2},
                 {STUB_miopenActivationForward, 3}};
    struct plan plan;

    assert_true(plan_open(&plan, "3x3", handle, STEPS(PLAN_BIAS, PLAN_NORM, PLAN_RELU)));
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_true(plan_set(&plan));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        stub_answer(cases[i].function, miopenStatusInternalError);
        errno = EDOM;
        assert_int_equal(plan_execute(&plan), miopenStatusInternalError);
        assert_int_equal(errno, EDOM);
        assert_int_equal(stub_steps(), cases[i].steps);
        stub_answer(cases[i].function, STUB_NORMAL);
    }
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_steps(&plan, 91);
    plan_close(&plan);
}

/* --- Whatever fails ----------------------------------------------------------------------------
 */

/* One whole conversation. NULL where nothing is wrong: a success without all its launches is. */
static const char *conversation(void)
{
    miopenHandle_t own = NULL;
    struct plan plan = {.object = NULL};
    const char *wrong = NULL;

    if (miopenCreate(&own) != miopenStatusSuccess)
        return NULL;
    if (plan_open(&plan, "3x3", own, STEPS(PLAN_BIAS, PLAN_NORM, PLAN_RELU)) &&
        plan_compile(&plan) == miopenStatusSuccess && plan_set(&plan)) {
        for (int round = 0; round < 2 && !wrong; round++) {
            if (plan_execute(&plan) == miopenStatusSuccess)
                wrong = plan_steps_wrong(&plan, stub_last_launch()->id);
        }
    }
    if (stub_fused_launches() != 0 || stub_launches_of(STUB_WINOGRAD_ID) != 0)
        wrong = "a launch that no decision allows";
    plan_close(&plan);
    if (miopenDestroy(own) != miopenStatusSuccess)
        stub_destroy(own);
    return wrong;
}

static void no_call_that_fails_makes_a_wrong_success(void **state)
{
    (void)state;
    enum stub_function failed = 0;
    unsigned n = 0;

    while (failed != STUB_FUNCTIONS) {
        stub_reset();
        stub_fail_at(++n);
        const char *wrong = conversation();
        failed = stub_failed();
        if (wrong)
            fail_msg("call %u, %s, failed: %s", n,
                     failed < STUB_FUNCTIONS ? stub_name(failed) : "none", wrong);
        assert_int_equal(stub_violations(), 0);
        assert_int_equal(stub_memory_live(), 0);
        assert_int_equal(stub_fusion_objects(), 0);
    }
    stub_reset();
    print_message("# %u calls\n", n - 1);
    assert_true(n > 60);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fusion_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_cannot_be_emulated_is_unsupported),
        TEST(what_mio_open_calls_unsupported_stays_so),
        TEST(a_run_that_lacks_something_launches_nothing),
        TEST(a_refused_argument_is_not_set),
        TEST(an_error_of_a_step_ends_the_run),
        TEST(no_call_that_fails_makes_a_wrong_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
