/*
 * miopenConvolutionBiasActivationForward: y = ReLU(alpha1 conv(x, w) + alpha2 z + bias), step by
 * step on an RDNA1 card.
 */
#include "fusion_fixture.h"

#include <errno.h>

struct fused {
    struct plan plan; /* for its descriptors */
    miopenActivationDescriptor_t activation;
    const void *z;
    void *workspace;
    size_t workspace_bytes;
    const float *alpha1, *alpha2; /* NULL: as the call takes it */
};

/* Where nothing of y lies. Only addresses matter. */
static const void *far_away(const struct fused *fused)
{
    return (const void *)((uintptr_t)fused->plan.it.c_data + ((uintptr_t)1 << 28));
}

static void fused_open(struct fused *fused, const char *shape, unsigned mode)
{
    *fused = (struct fused){.z = NULL};
    assert_true(plan_open_empty(&fused->plan, shape, handle));
    assert_int_equal(miopenCreateActivationDescriptor(&fused->activation), miopenStatusSuccess);
    assert_int_equal(miopenSetActivationDescriptor(fused->activation, mode, 0, 0, 0),
                     miopenStatusSuccess);
    stub_steps_forget();
}

static miopenStatus_t fused_run(struct fused *fused)
{
    struct plan *plan = &fused->plan;
    struct convolution *it = &plan->it;

    stub_steps_forget();
    return miopenConvolutionBiasActivationForward(
        it->handle, fused->alpha1, it->b, it->b_data, it->a, it->a_data, it->descriptor, 5,
        fused->workspace, fused->workspace_bytes, fused->alpha2, it->c, fused->z, plan->bias,
        plan->bias_data, fused->activation, it->c, it->c_data);
}

static void fused_close(struct fused *fused)
{
    assert_int_equal(stub_fused_launches(), 0);
    assert_int_equal(stub_calls(STUB_miopenConvolutionBiasActivationForward), 0);
    miopenDestroyActivationDescriptor(fused->activation);
    plan_close(&fused->plan);
}

/* The addition of z where there is one, the bias, ReLU: what each gets. */
static void assert_fused(const struct fused *fused, uint64_t solver, const void *convolved,
                         float alpha1, float alpha2)
{
    const struct convolution *it = &fused->plan.it;
    const bool adds = fused->z;
    const struct stub_step *bias = stub_step(adds ? 2 : 1), *relu = stub_step(adds ? 3 : 2);

    assert_int_equal(stub_steps(), adds ? 4 : 3);
    assert_int_equal(stub_step(0)->kind, STUB_CONVOLVED);
    assert_int_equal(stub_last_launch()->id, solver);
    assert_ptr_equal(stub_step(0)->a, it->a_data);
    assert_ptr_equal(stub_step(0)->b, it->b_data);
    assert_ptr_equal(stub_step(0)->c, convolved);
    if (adds) {
        const struct stub_step *sum = stub_step(1);
        assert_int_equal(sum->kind, STUB_ADDED);
        assert_ptr_equal(sum->a, convolved);
        assert_ptr_equal(sum->b, fused->z);
        assert_ptr_equal(sum->c, it->c_data);
        assert_true(sum->alpha == alpha1 && sum->beta == alpha2);
        assert_memory_equal(sum->other, sum->lengths, sizeof(sum->other));
    }
    assert_int_equal(bias->kind, STUB_ADDED);
    assert_true(bias->alpha == (adds ? 1 : alpha1) && bias->beta == 1);
    assert_ptr_equal(bias->a, it->c_data);
    assert_ptr_equal(bias->b, fused->plan.bias_data);
    assert_ptr_equal(bias->c, it->c_data);
    assert_int_equal(relu->kind, STUB_ACTIVATED);
    assert_int_equal(relu->mode, MIOPEN_ACTIVATION_RELU);
    assert_ptr_equal(relu->a, it->c_data);
    assert_ptr_equal(relu->c, it->c_data);
}

static void factors_and_addends_are_heard(void **state)
{
    (void)state;
    static const char *const names[] = {"3x3", "1x1", "grouped", "half", "channels last", "3-D"};
    static const float two = 2, half = 0.5F;

    for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
        for (unsigned i = 0; i < 8; i++) {
            struct fused fused;

            fused_open(&fused, names[n], MIOPEN_ACTIVATION_RELU);
            fused.alpha1 = i & 1 ? &two : NULL;
            fused.alpha2 = i & 2 ? &half : NULL;
            fused.z = i & 4 ? far_away(&fused) : NULL;
            assert_int_equal(fused_run(&fused), miopenStatusSuccess);
            assert_fused(&fused, shape_preferred(fused.plan.it.shape), fused.plan.it.c_data,
                         i & 1 ? 2 : 1, i & 2 ? 0.5F : 1);
            fused_close(&fused);
        }
    }
}

/* --- z is y: the convolution needs memory of its own --------------------------------------------
 */

#define Y_BYTES         ((size_t)32 * 12 * 12 * 4) /* of "3x3" */
#define WORKSPACE_BYTES ((size_t)82944)

static bool lie_apart(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    return (const char *)a + a_bytes <= (const char *)b ||
           (const char *)b + b_bytes <= (const char *)a;
}

static void the_addend_may_be_the_result(void **state)
{
    (void)state;
    struct fused fused;

    fused_open(&fused, "3x3", MIOPEN_ACTIVATION_RELU);
    fused.z = fused.plan.it.c_data;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(fused_run(&fused), miopenStatusSuccess);
        const void *convolved = stub_step(0)->c;
        assert_ptr_not_equal(convolved, fused.plan.it.c_data);
        assert_fused(&fused, 91, convolved, 1, 1);
        const struct stub_launch *launch = stub_last_launch();
        assert_true(launch->workspace_bytes >= WORKSPACE_BYTES);
        assert_true(lie_apart(convolved, Y_BYTES, launch->workspace, WORKSPACE_BYTES));
        assert_int_equal(stub_memory_live(), 2);
        assert_int_equal(stub_memory_bytes(convolved), Y_BYTES);
    }
    fused_close(&fused);
}

/* An addend that begins elsewhere in y is overwritten all the same; one behind its end is not. */
static void an_addend_that_overlaps_the_result(void **state)
{
    (void)state;
    struct fused fused;
    char *y;

    fused_open(&fused, "3x3", MIOPEN_ACTIVATION_RELU);
    y = fused.plan.it.c_data;
    fused.z = (const void *)((uintptr_t)y + Y_BYTES - 4);
    assert_int_equal(fused_run(&fused), miopenStatusSuccess);
    assert_ptr_not_equal(stub_step(0)->c, y);
    fused.z = (const void *)((uintptr_t)y - Y_BYTES + 4);
    assert_int_equal(fused_run(&fused), miopenStatusSuccess);
    assert_ptr_not_equal(stub_step(0)->c, y);
    fused.z = (const void *)((uintptr_t)y + Y_BYTES);
    assert_int_equal(fused_run(&fused), miopenStatusSuccess);
    assert_ptr_equal(stub_step(0)->c, y);
    fused.z = (const void *)((uintptr_t)y - Y_BYTES);
    assert_int_equal(fused_run(&fused), miopenStatusSuccess);
    assert_ptr_equal(stub_step(0)->c, y);
    fused_close(&fused);
}

/* The program's workspace is used where it is large enough, and ours is then the result's alone. */
static void the_result_of_its_own_beside_a_workspace_of_the_program_s(void **state)
{
    (void)state;
    static char workspace[WORKSPACE_BYTES];
    struct fused fused;

    fused_open(&fused, "3x3", MIOPEN_ACTIVATION_RELU);
    fused.z = fused.plan.it.c_data;
    fused.workspace = workspace;
    fused.workspace_bytes = sizeof(workspace);
    assert_int_equal(fused_run(&fused), miopenStatusSuccess);
    assert_fused(&fused, 91, stub_step(0)->c, 1, 1);
    assert_ptr_equal(stub_last_launch()->workspace, workspace);
    assert_int_equal(stub_memory_bytes(stub_step(0)->c), Y_BYTES);
    fused_close(&fused);
}

/* Memory for the result, but not for GEMM beside it; then none at all. */
static void little_memory_is_enough_and_none_is_too_little(void **state)
{
    (void)state;
    struct fused fused;

    fused_open(&fused, "3x3", MIOPEN_ACTIVATION_RELU);
    fused.z = fused.plan.it.c_data;
    stub_set_free_memory(2 * (Y_BYTES + WORKSPACE_BYTES / 2)); /* half of it may be taken */
    assert_int_equal(fused_run(&fused), miopenStatusSuccess);
    assert_fused(&fused, 85, stub_step(0)->c, 1, 1);
    assert_ptr_not_equal(stub_step(0)->c, fused.plan.it.c_data);
    fused_close(&fused);

    assert_int_equal(miopenDestroy(handle), miopenStatusSuccess);
    assert_int_equal(miopenCreate(&handle), miopenStatusSuccess);
    fused_open(&fused, "3x3", MIOPEN_ACTIVATION_RELU);
    fused.z = fused.plan.it.c_data;
    stub_set_free_memory(Y_BYTES);
    errno = EDOM;
    assert_int_equal(fused_run(&fused), miopenStatusAllocFailed);
    assert_int_equal(errno, EDOM);
    assert_int_equal(stub_steps(), 0);
    fused.z = NULL;
    assert_int_equal(fused_run(&fused), miopenStatusSuccess);
    assert_fused(&fused, 85, fused.plan.it.c_data, 1, 1);
    fused_close(&fused);
}

/* --- What is refused ----------------------------------------------------------------------------
 */

static void other_activations_are_not_implemented(void **state)
{
    (void)state;
    for (unsigned mode = 0; mode < 12; mode++) {
        struct fused fused;

        if (mode == MIOPEN_ACTIVATION_RELU)
            continue;
        fused_open(&fused, "3x3", mode);
        assert_int_equal(fused_run(&fused), miopenStatusNotImplemented);
        assert_int_equal(stub_steps(), 0);
        fused_close(&fused);
    }
}

static void what_cannot_be_done_is_unsupported(void **state)
{
    (void)state;
    static const char *const names[] = {"double", "transposed"};
    struct fused fused, other;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        fused_open(&fused, names[i], MIOPEN_ACTIVATION_RELU);
        assert_int_equal(fused_run(&fused), miopenStatusUnsupportedOp);
        assert_int_equal(stub_steps(), 0);
        fused_close(&fused);
    }

    fused_open(&fused, "3x3", MIOPEN_ACTIVATION_RELU);
    fused_open(&other, "dilated", MIOPEN_ACTIVATION_RELU);
    struct plan *plan = &fused.plan;
    struct convolution *it = &plan->it;

#define RUN(x, w, convolution, z, z_data, bias, bias_data, relu, y, y_data)                        \
    miopenConvolutionBiasActivationForward(handle, NULL, x, it->b_data, w, it->a_data,             \
                                           convolution, 0, NULL, 0, NULL, z, z_data, bias,         \
                                           bias_data, relu, y, y_data)
#define REFUSED(status, ...)                                                                       \
    assert_int_equal(RUN(__VA_ARGS__), status);                                                    \
    assert_int_equal(stub_steps(), 0);
    REFUSED(miopenStatusBadParm, NULL, it->a, it->descriptor, it->c, NULL, plan->bias,
            plan->bias_data, fused.activation, it->c, it->c_data)
    REFUSED(miopenStatusBadParm, it->b, NULL, it->descriptor, it->c, NULL, plan->bias,
            plan->bias_data, fused.activation, it->c, it->c_data)
    REFUSED(miopenStatusBadParm, it->b, it->a, NULL, it->c, NULL, plan->bias, plan->bias_data,
            fused.activation, it->c, it->c_data)
    REFUSED(miopenStatusBadParm, it->b, it->a, it->descriptor, NULL, NULL, plan->bias,
            plan->bias_data, fused.activation, it->c, it->c_data)
    REFUSED(miopenStatusBadParm, it->b, it->a, it->descriptor, it->c, NULL, NULL, plan->bias_data,
            fused.activation, it->c, it->c_data)
    REFUSED(miopenStatusBadParm, it->b, it->a, it->descriptor, it->c, NULL, plan->bias, NULL,
            fused.activation, it->c, it->c_data)
    REFUSED(miopenStatusBadParm, it->b, it->a, it->descriptor, it->c, NULL, plan->bias,
            plan->bias_data, NULL, it->c, it->c_data)
    REFUSED(miopenStatusBadParm, it->b, it->a, it->descriptor, it->c, NULL, plan->bias,
            plan->bias_data, fused.activation, NULL, it->c_data)
    REFUSED(miopenStatusBadParm, it->b, it->a, it->descriptor, it->c, NULL, plan->bias,
            plan->bias_data, fused.activation, it->c, NULL)
    REFUSED(miopenStatusBadParm, it->b, it->a, it->descriptor, it->c, NULL, plan->bias,
            plan->bias_data, fused.activation, other.plan.it.c, it->c_data) /* not that result */
    REFUSED(miopenStatusUnsupportedOp, it->b, it->a, it->descriptor, other.plan.it.c,
            far_away(&fused), plan->bias, plan->bias_data, fused.activation, it->c, it->c_data)
    REFUSED(miopenStatusUnsupportedOp, it->b, it->a, it->descriptor, it->c, NULL, plan->image,
            plan->bias_data, fused.activation, it->c, it->c_data)
    REFUSED(miopenStatusUnsupportedOp, other.plan.it.b, it->a, it->descriptor, it->c, NULL,
            plan->bias, plan->bias_data, fused.activation, it->c, it->c_data)
    fused_close(&other);
    fused_close(&fused);
}

static void an_error_of_a_step_ends_the_run(void **state)
{
    (void)state;
    static const struct {
        enum stub_function function;
        unsigned steps;
    } cases[] = {{STUB_miopenConvolutionForwardImmediate, 0},
                 {STUB_miopenOpTensor, 1},
                 {STUB_miopenActivationForward, 3}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fused fused;

        fused_open(&fused, "3x3", MIOPEN_ACTIVATION_RELU);
        fused.z = far_away(&fused);
        stub_answer(cases[i].function, miopenStatusInternalError);
        assert_int_equal(fused_run(&fused), miopenStatusInternalError);
        assert_int_equal(stub_steps(), cases[i].steps);
        stub_answer(cases[i].function, STUB_NORMAL);
        fused_close(&fused);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fusion_teardown)
    const struct CMUnitTest tests[] = {
        TEST(factors_and_addends_are_heard),
        TEST(the_addend_may_be_the_result),
        TEST(an_addend_that_overlaps_the_result),
        TEST(the_result_of_its_own_beside_a_workspace_of_the_program_s),
        TEST(little_memory_is_enough_and_none_is_too_little),
        TEST(other_activations_are_not_implemented),
        TEST(what_cannot_be_done_is_unsupported),
        TEST(an_error_of_a_step_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
