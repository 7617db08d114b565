/*
 * Fusion plans: with a convolution they are run step by step on an RDNA1 card, whatever becomes of
 * the objects they were made with; without one, and on other cards, they are MIOpen's.
 */
#include "fusion_fixture.h"

#include <pthread.h>
#include <string.h>

static void steps_follow_the_convolution_in_the_plan_s_order(void **state)
{
    (void)state;
    static const char *const names[] = {"3x3",     "1x1",          "1x1 stride 2", "dilated",
                                        "grouped", "depthwise",    "3-D",          "3-D pointwise",
                                        "half",    "channels last"};
    static const enum plan_step orders[][5] = {
        {PLAN_END},
        {PLAN_BIAS},
        {PLAN_RELU},
        {PLAN_BIAS, PLAN_RELU},
        {PLAN_RELU, PLAN_BIAS},
        {PLAN_BIAS, PLAN_TANH},
        {PLAN_NORM},
        {PLAN_NORM_PER_ACTIVATION, PLAN_RELU},
        {PLAN_BIAS, PLAN_NORM, PLAN_NORM_PER_ACTIVATION, PLAN_TANH},
    };

    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        for (size_t o = 0; o < sizeof(orders) / sizeof(orders[0]); o++) {
            struct plan plan;
            /* Batch norms need the channels outermost. */
            const bool applies = !shape_named(names[n])->channel_last || o < 6;

            assert_true(plan_open(&plan, names[n], handle, orders[o]));
            assert_int_equal(plan_compile(&plan),
                             applies ? miopenStatusSuccess : miopenStatusUnsupportedOp);
            assert_true(plan_set(&plan));
            for (int round = 0; round < 2 && applies; round++) {
                assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
                assert_steps(&plan, shape_preferred(plan.it.shape));
            }
            plan_close(&plan);
        }
    }
    assert_int_equal(stub_calls(STUB_miopenCompileFusionPlan), 0);
    assert_int_equal(stub_calls(STUB_miopenExecuteFusionPlan), 0);
}

/* MIOpen copies what a plan is made with: the program's descriptors may go, or become others. */
static void a_plan_keeps_what_it_was_made_with(void **state)
{
    (void)state;
    struct plan plan, other;

    stub_reuse_addresses(true);
    assert_true(plan_open(&plan, "grouped", handle, BIAS_RELU));
    assert_int_equal(miopenDestroyTensorDescriptor(plan.bias), miopenStatusSuccess);
    assert_int_equal(miopenSet4dTensorDescriptor(plan.it.a, 1, 1, 1, 1, 1), miopenStatusSuccess);
    assert_int_equal(miopenDestroyConvolutionDescriptor(plan.it.descriptor), miopenStatusSuccess);
    plan.bias = NULL;
    plan.it.descriptor = NULL;
    assert_true(plan_open(&other, "3x3", handle, BIAS_RELU));
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_true(plan_set(&plan));
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_steps(&plan, 91);
    assert_int_equal(stub_last_launch()->workspace_bytes, plan.it.shape->workspace_bytes);
    plan_close(&plan);
    plan_close(&other);
}

/* Its strides are no ints. */
static void a_tensor_past_an_int_is_run(void **state)
{
    (void)state;
    struct plan plan;

    assert_true(plan_open_empty(&plan, "1x1", handle));
    convolution_enlarge(&plan.it);
    memcpy(plan.lengths, (const int[]){1, 8, 16384, 8192}, 4 * sizeof(int));
    assert_int_equal(miopenDestroyFusionPlan(plan.object), miopenStatusSuccess);
    assert_int_equal(miopenCreateFusionPlan(&plan.object, MIOPEN_FUSION_VERTICAL, plan.it.b),
                     miopenStatusSuccess);
    assert_true(plan_add_convolution(&plan) && plan_add_step(&plan, 0, PLAN_BIAS));
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_true(plan_set(&plan));
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_steps(&plan, 85);
    plan_close(&plan);
}

/* By the operator's place, whichever plan it was of; the last that were set count. */
static void arguments_are_those_that_were_set_last(void **state)
{
    (void)state;
    struct plan plan, other;
    miopenOperatorArgs_t args;

    assert_true(plan_open(&plan, "3x3", handle, BIAS_RELU));
    assert_true(plan_open(&other, "3x3", handle, BIAS_RELU));
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_true(plan_set(&plan));
    args = other.args;
    other.args = plan.args;
    assert_true(plan_set(&other)); /* to plan's arguments, which are then other's data */
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_ptr_equal(stub_step(0)->a, other.it.a_data);
    assert_ptr_equal(stub_step(1)->b, other.bias_data);
    other.args = args;
    plan_close(&other); /* what was set through it stays */
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_ptr_equal(stub_step(0)->a, other.it.a_data);
    assert_true(plan_set(&plan));
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_steps(&plan, 91);
    plan_close(&plan);
}

static void a_plan_runs_with_other_arguments_beside_each_other(void **state)
{
    (void)state;
    struct plan plan;
    miopenOperatorArgs_t first, second = NULL;
    char data[8];
    const float one = 1, zero = 0;

    assert_true(plan_open(&plan, "3x3", handle, STEPS(PLAN_BIAS)));
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_true(plan_set(&plan));
    first = plan.args;
    assert_int_equal(miopenCreateOperatorArgs(&second), miopenStatusSuccess);
    plan.args = second;
    assert_true(plan_set(&plan));
    assert_int_equal(miopenSetOpArgsBiasForward(second, plan.ops[1], &one, &zero, data),
                     miopenStatusSuccess);
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_ptr_equal(stub_step(1)->b, data);
    plan.args = first;
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_steps(&plan, 91);
    assert_int_equal(miopenDestroyOperatorArgs(second), miopenStatusSuccess);
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    plan_close(&plan);
}

/* PyTorch: a plan for each call, and arguments that nobody destroys. */
static void plans_without_end_cost_nothing_more(void **state)
{
    (void)state;
    enum { CALLS = 3000 };
    static miopenOperatorArgs_t left[CALLS];
    struct plan plan;
    unsigned descriptors = 0;

    for (unsigned i = 0; i < CALLS; i++) {
        assert_true(plan_open(&plan, "3x3", handle, BIAS_RELU));
        if (i == 1)
            descriptors = stub_calls(STUB_miopenCreateTensorDescriptor);
        assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
        assert_true(plan_set(&plan));
        assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
        assert_steps(&plan, 91);
        if (i == 1) /* the program's own are made when the plan is opened */
            assert_int_equal(stub_calls(STUB_miopenCreateTensorDescriptor), descriptors);
        left[i] = plan.args;
        plan.args = NULL;
        plan_close(&plan);
    }
    assert_int_equal(stub_calls(STUB_miopenCreateActivationDescriptor), 1);
    assert_int_equal(stub_calls(STUB_hipMalloc), 1);
    for (unsigned i = 0; i < CALLS; i++)
        assert_int_equal(miopenDestroyOperatorArgs(left[i]), miopenStatusSuccess);
}

/*
 * The same with one plan that lives on: what was used last is known, what was not used for long is
 * not run with anything else.
 */
static void arguments_without_end_of_one_plan(void **state)
{
    (void)state;
    enum { MANY = 3000, KEPT = 1024 };
    static miopenOperatorArgs_t left[MANY];
    struct plan plan;

    assert_true(plan_open(&plan, "3x3", handle, BIAS_RELU));
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_true(plan_set(&plan));
    const miopenOperatorArgs_t used = plan.args;
    for (unsigned i = 0; i < MANY; i++) {
        assert_int_equal(miopenCreateOperatorArgs(&left[i]), miopenStatusSuccess);
        plan.args = left[i];
        assert_true(plan_set(&plan));
        assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
        assert_steps(&plan, 91);
        plan.args = used;
        if (i % 1000 == 0)
            assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    }
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    for (unsigned i = 0; i < MANY; i++) {
        const bool kept = i > MANY - KEPT;
        plan.args = left[i];
        assert_int_equal(plan_execute(&plan), kept ? miopenStatusSuccess : miopenStatusBadParm);
        assert_int_equal(stub_steps(), kept ? 3 : 0);
    }
    plan.args = left[0]; /* what is set again is known again */
    assert_true(plan_set(&plan));
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    plan.args = used;
    plan_close(&plan);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(miopenDestroyOperatorArgs(left[i]), miopenStatusSuccess);
}

/* --- Workspace ------------------------------------------------------------------------------- */

static void the_workspace_is_the_program_s_or_ours(void **state)
{
    (void)state;
    struct plan plan;
    size_t bytes = 0;
    static char workspace[1 << 17];

    assert_true(plan_open(&plan, "3x3", handle, BIAS_RELU));
    assert_int_equal(miopenFusionPlanGetWorkSpaceSize(handle, plan.object, &bytes, 3),
                     miopenStatusSuccess);
    assert_int_equal(bytes, plan.it.shape->workspace_bytes);
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_true(plan_set(&plan));
    if (stub_has(STUB_miopenExecuteFusionPlan_v2)) {
        assert_int_equal(miopenExecuteFusionPlan_v2(handle, plan.object, plan.it.b, plan.it.b_data,
                                                    plan.it.c, plan.it.c_data, plan.args, workspace,
                                                    bytes),
                         miopenStatusSuccess);
        assert_ptr_equal(stub_last_launch()->workspace, workspace);
        assert_int_equal(stub_memory_live(), 0);
        assert_int_equal(miopenExecuteFusionPlan_v2(handle, plan.object, plan.it.b, plan.it.b_data,
                                                    plan.it.c, plan.it.c_data, plan.args, workspace,
                                                    bytes - 1),
                         miopenStatusSuccess);
        assert_ptr_not_equal(stub_last_launch()->workspace, workspace);
    }
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_steps(&plan, 91);
    plan_close(&plan);
}

static void without_memory_it_goes_by_the_naive_solver(void **state)
{
    (void)state;
    struct plan plan;

    stub_answer(STUB_hipMalloc, 2);
    assert_true(plan_open(&plan, "3x3", handle, BIAS_RELU));
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_true(plan_set(&plan));
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_steps(&plan, 85);
    plan_close(&plan);
}

/* --- MIOpen's own business ---------------------------------------------------------------------
 */

static void a_plan_without_a_convolution_is_mio_open_s(void **state)
{
    (void)state;
    struct plan plan;
    size_t bytes = 0;

    assert_true(plan_open_empty(&plan, "3x3", handle));
    assert_true(plan_add_step(&plan, 0, PLAN_NORM) && plan_add_step(&plan, 1, PLAN_RELU));
    assert_int_equal(miopenFusionPlanGetWorkSpaceSize(handle, plan.object, &bytes, 0),
                     miopenStatusSuccess);
    assert_int_equal(bytes, 555);
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_int_equal(stub_fused_launches(), 1);
    assert_int_equal(stub_steps(), 0);
    plan_close(&plan);
}

/* The handle of a run decides, not that of the compilation. Device 1 is another card. */
static void a_plan_goes_by_the_handle_that_runs_it(void **state)
{
    (void)state;
    struct plan plan;

    stub_set_mixed_devices();
    const miopenHandle_t other = handle_on(1), forced = handle_on(0);
    const miopenHandle_t orders[][3] = {{other, other, NULL},
                                        {forced, forced, NULL},
                                        {forced, other, forced},
                                        {other, forced, other}};

    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        assert_true(plan_open(&plan, "3x3", orders[i][0], BIAS_RELU));
        assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
        assert_true(plan_set(&plan));
        for (unsigned run = 1; run < 3 && orders[i][run]; run++) {
            plan.it.handle = orders[i][run];
            assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
            assert_int_equal(stub_fused_launches(), orders[i][run] == other);
            if (orders[i][run] == forced)
                assert_steps(&plan, 91);
        }
        plan_close(&plan);
    }
    assert_int_equal(miopenDestroy(forced), miopenStatusSuccess);
    assert_int_equal(miopenDestroy(other), miopenStatusSuccess);
}

static void a_rule_can_leave_it_to_mio_open(void **state)
{
    (void)state;
    struct plan plan;

    assert_true(plan_open(&plan, "3x3", handle, BIAS_RELU));
    assert_int_equal(plan_compile(&plan), miopenStatusSuccess);
    assert_true(plan_set(&plan));
    assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
    assert_int_equal(stub_fused_launches(), 1);
    assert_int_equal(stub_steps(), 0);
    plan_close(&plan);
}

/* --- Threads ---------------------------------------------------------------------------------- */

static void *converse(void *ret_wrong)
{
    const char **wrong = ret_wrong;

    for (int i = 0; i < 50 && !*wrong; i++) {
        miopenHandle_t own = NULL;
        struct plan plan;

        *wrong = "a call that failed";
        if (miopenCreate(&own) == miopenStatusSuccess && plan_open(&plan, "3x3", own, BIAS_RELU) &&
            plan_compile(&plan) == miopenStatusSuccess && plan_set(&plan) &&
            plan_execute(&plan) == miopenStatusSuccess)
            *wrong = plan_steps_wrong(&plan, 91);
        plan_close(&plan);
        miopenDestroy(own);
    }
    return NULL;
}

static void threads_do_not_meet(void **state)
{
    (void)state;
    pthread_t threads[4];
    const char *wrong[4] = {NULL};

    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, converse, &wrong[i]), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_null(wrong[i]);
    }
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fusion_teardown)
    const struct CMUnitTest tests[] = {
        TEST(steps_follow_the_convolution_in_the_plan_s_order),
        TEST(a_plan_keeps_what_it_was_made_with),
        TEST(a_tensor_past_an_int_is_run),
        TEST(arguments_are_those_that_were_set_last),
        TEST(a_plan_runs_with_other_arguments_beside_each_other),
        TEST(plans_without_end_cost_nothing_more),
        TEST(arguments_without_end_of_one_plan),
        TEST(the_workspace_is_the_program_s_or_ours),
        TEST(without_memory_it_goes_by_the_naive_solver),
        TEST(a_plan_without_a_convolution_is_mio_open_s),
        TEST(threads_do_not_meet),
    };
    const struct CMUnitTest mixed[] = {TEST(a_plan_goes_by_the_handle_that_runs_it)};
    const struct CMUnitTest by_rule[] = {TEST(a_rule_can_leave_it_to_mio_open)};
    const char *why = argc > 1 ? argv[1] : "";

    if (strcmp(why, "fusion-mixed") == 0)
        return cmocka_run_group_tests(mixed, NULL, NULL);
    if (strcmp(why, "fusion-by-rule") == 0)
        return cmocka_run_group_tests(by_rule, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
