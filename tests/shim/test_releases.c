/*
 * Releases of MIOpen from 2.16 on: the program is linked with a stub of each. What a release lacks
 * makes the shim do less and never fail; what it has alone is done as well.
 */
#include "fixture.h"
#include "functions.h"

#include <errno.h>
#include <string.h>

/* A program has found the shim's function where its MIOpen has none: it learns that by the status.
 */
static void a_function_that_is_missing_says_so(void **state)
{
    (void)state;
    unsigned missing = 0;

    for (size_t i = 0; i < FUNCTIONS_COUNT; i++) {
        const enum stub_function stub = functions[i].stub;
        uint64_t arguments[STUB_ARGUMENTS] = {(uintptr_t)handle};

        if (stub_has(stub))
            continue;
        missing++;
        stub_reset();
        errno = EDOM;
        assert_int_equal(((function *)functions[i].address)(WORDS_OF(arguments)),
                         miopenStatusNotInitialized);
        assert_int_equal(errno, EDOM);
        assert_int_equal(stub_calls_total(), 0);
    }
    print_message("# %u functions\n", missing);
    assert_int_equal(missing > 0, stub_is_before(3, 5));
}

/* The channels tell the number of groups where the library does not. */
static void groups_are_known_with_and_without_a_getter(void **state)
{
    (void)state;
    static const char *const names[] = {"3x3", "grouped", "depthwise", "transposed grouped"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct convolution it;
        size_t bytes = 0;
        convolution_open(&it, shape_named(names[i]), handle);
        assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
        assert_int_equal(bytes, it.shape->workspace_bytes);
        convolution_close(&it);
    }
    assert_int_equal(stub_calls(STUB_miopenGetConvolutionGroupCount) == 0, stub_is_before(3, 0));
}

/* Channels that no number of groups explains. */
static void channels_that_do_not_tell_are_refused(void **state)
{
    (void)state;
    struct convolution it;
    size_t count = 0;

    convolution_open(&it, shape_named("3x3"), handle);
    assert_int_equal(miopenSet4dTensorDescriptor(it.a, 1, 32, 5, 3, 3), miopenStatusSuccess);
    assert_int_equal(call_solution_count(&it, &count), miopenStatusNotImplemented);
    assert_int_equal(stub_calls(STUB_miopenConvolutionForwardGetSolutionCount), 0);
    convolution_close(&it);
    assert_int_equal(stub_launches(), 0);
}

/* Four int8 in one element: until 2.20, by GEMM alone. */
static void int8x4_goes_by_gemm_where_it_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint64_t id;
    } cases[] = {{"3x3", 91}, {"1x1", 88}, {"1x1 stride 2", 90}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct shape *base = shape_named(cases[i].name);
        struct shape shape = *base;
        struct convolution it;
        miopenConvAlgoPerf_t result;
        int returned = 0;
        char workspace[1 << 17];
        const int length = (base->h + 2 * base->pad - base->filter) / base->stride + 1;

        shape.type = TYPE_INT8X4;
        convolution_open(&it, &shape, handle);
        assert_int_equal(
            miopenSet4dTensorDescriptor(it.c, TYPE_INT32, base->n, base->k, length, length),
            miopenStatusSuccess);
        const miopenStatus_t found =
            call_find(&it, 1, &returned, &result, workspace, sizeof(workspace));
        const miopenStatus_t run = call_run_plain(&it, 0, workspace, sizeof(workspace));
        if (stub_is_before(3, 0)) {
            assert_int_equal(found, miopenStatusSuccess);
            assert_int_equal(result.algorithm, 0);
            assert_int_equal(run, miopenStatusSuccess);
            assert_int_equal(stub_last_launch()->id, cases[i].id);
        } else {
            assert_int_not_equal(found, miopenStatusSuccess);
            assert_int_not_equal(run, miopenStatusSuccess);
        }
        convolution_close(&it);
    }
    assert_int_equal(stub_launches(), stub_is_before(3, 0) ? 3 : 0);
}

/* What no solver of the release can do is refused, not run by another. */
static void tensors_with_gaps_need_the_naive_kernels_of_3_0(void **state)
{
    (void)state;
    struct convolution it;
    const int lengths[] = {1, 16, 12, 12}, strides[] = {16 * 12 * 16, 12 * 16, 16, 1};

    convolution_open(&it, shape_named("3x3"), handle);
    assert_int_equal(miopenSetTensorDescriptor(it.b, 1, 4, lengths, strides), miopenStatusSuccess);
    assert_int_equal(call_run_plain(&it, 0, NULL, 0),
                     stub_is_before(3, 0) ? miopenStatusUnknownError : miopenStatusSuccess);
    assert_int_equal(stub_launches_of(85), !stub_is_before(3, 0));
    assert_int_equal(stub_launches(), stub_launches_of(85));
    convolution_close(&it);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_function_that_is_missing_says_so),
        TEST(groups_are_known_with_and_without_a_getter),
        TEST(channels_that_do_not_tell_are_refused),
        TEST(int8x4_goes_by_gemm_where_it_is_known),
        TEST(tensors_with_gaps_need_the_naive_kernels_of_3_0),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
