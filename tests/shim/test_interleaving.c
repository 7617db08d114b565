/*
 * What another thread may do wherever the lock of the tables is free: the shim is linked into this
 * program, and at each of its releases in turn so many plans end that the arguments in use are
 * forgotten, if they can be.
 */
#include "fusion_fixture.h"
#include "shim/lock.h"

enum { MANY = 1100 };

static unsigned releases, interrupted_at;
static miopenOperatorArgs_t left[MANY];

/* Arguments that nobody destroys, of plans that are gone. */
static void plans_end(void)
{
    for (unsigned i = 0; i < MANY; i++) {
        struct plan plan;
        assert_true(plan_open(&plan, "1x1", NULL, BIAS_RELU) && plan_set(&plan));
        left[i] = plan.args;
        plan.args = NULL;
        plan_close(&plan);
    }
}

static void left_destroy(void)
{
    for (unsigned i = 0; i < MANY && left[i]; i++) {
        assert_int_equal(miopenDestroyOperatorArgs(left[i]), miopenStatusSuccess);
        left[i] = NULL;
    }
}

/* The linker gives these the calls (--wrap). */
void __real_lock_release(void);
void __wrap_lock_release(void);

void __wrap_lock_release(void)
{
    __real_lock_release();
    if (++releases == interrupted_at)
        plans_end();
}

/* A plan, and arguments that were last set through one that has ended. */
static void plan_with_old_arguments(struct plan *plan)
{
    struct plan other;

    assert_true(plan_open(plan, "3x3", handle, BIAS_RELU));
    assert_int_equal(plan_compile(plan), miopenStatusSuccess);
    assert_true(plan_open(&other, "3x3", handle, BIAS_RELU));
    const miopenOperatorArgs_t args = other.args;
    other.args = plan->args;
    assert_true(plan_set(&other));
    other.args = args;
    plan_close(&other);
}

static void arguments_that_are_being_set(void **state)
{
    (void)state;
    for (unsigned n = 1, reached = 1; reached; n++) {
        struct plan plan;
        plan_with_old_arguments(&plan);
        releases = 0;
        interrupted_at = n;
        assert_true(plan_set(&plan));
        assert_int_equal(plan_execute(&plan), miopenStatusSuccess);
        reached = releases >= n;
        assert_true(reached || n > 4);
        interrupted_at = 0;
        assert_steps(&plan, 91);
        plan_close(&plan);
        left_destroy();
    }
}

/* Of those that are forgotten before nothing is known; never something else. */
static void arguments_that_are_being_run(void **state)
{
    (void)state;
    unsigned runs = 0, forgotten = 0;
    for (unsigned n = 1, reached = 1; reached; n++) {
        struct plan plan;
        plan_with_old_arguments(&plan);
        releases = 0;
        interrupted_at = n;
        const miopenStatus_t status = plan_execute(&plan);
        reached = releases >= n;
        interrupted_at = 0;
        if (status == miopenStatusSuccess) {
            assert_int_equal(stub_steps(), 3);
            runs++;
        } else {
            assert_int_equal(status, miopenStatusBadParm);
            assert_int_equal(stub_steps(), 0);
            forgotten++;
        }
        plan_close(&plan);
        left_destroy();
    }
    assert_true(runs > 1 && forgotten > 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fusion_teardown)
    const struct CMUnitTest tests[] = {
        TEST(arguments_that_are_being_set),
        TEST(arguments_that_are_being_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
