/* What descriptors can say that is out of the ordinary, and what they do not say. */
#include "fixture.h"

static void set_wide(miopenTensorDescriptor_t tensor, size_t n, size_t c, size_t h, size_t w,
                     const size_t *strides)
{
    const size_t lengths[] = {n, c, h, w};
    const size_t packed[] = {c * h * w, h * w, w, 1};

    assert_int_equal(miopenSetTensorDescriptorV2(tensor, 1, 4, lengths, strides ? strides : packed),
                     miopenStatusSuccess);
}

/* What is chosen first; 0 where nothing is, and the status says so. */
static uint64_t chosen(struct convolution *it)
{
    miopenConvSolution_t solutions[4];
    size_t count = 0;

    if (call_solution_count(it, &count) != miopenStatusSuccess)
        return 0;
    assert_int_equal(call_solution(it, 4, &count, solutions), miopenStatusSuccess);
    assert_true(count > 0);
    return solutions[0].solution_id;
}

/* A pointwise convolution of x (b) by 8 filters into y (c). */
static void describe(struct convolution *it, size_t n, size_t c, size_t h, size_t w)
{
    set_wide(it->a, 8, c, 1, 1, NULL);
    set_wide(it->b, n, c, h, w, NULL);
    set_wide(it->c, n, 8, h, w, NULL);
}

/* MIOpen's getter has room for ints, and cuts off the rest. */
static void strides_past_an_int(void **state)
{
    (void)state;
    struct convolution it;
    convolution_open(&it, shape_named("1x1"), handle);
    describe(&it, 2, 16, 4096, 4096);
    assert_int_equal(chosen(&it), 88); /* 2^28 elements an image, 2^31 bytes in all */

    describe(&it, 1, 16, 16384, 8192); /* 2^31 in x: a stride that reads as negative */
    assert_int_equal(chosen(&it), 85);
    describe(&it, 3, 32, 16384, 8192); /* 2^32: as 0 */
    assert_int_equal(chosen(&it), 85);
    describe(&it, 3, 33, 16384, 8192); /* a little more: as any other number */
    assert_int_equal(chosen(&it), 85);
    describe(&it, 3, 16, 65536, 65536); /* channels as well */
    assert_int_equal(chosen(&it), 85);

    /* Channels last, where the rows are what is too far apart. */
    const size_t x_strides[] = {(size_t)1 << 34, 1, (size_t)1 << 32, 16};
    const size_t y_strides[] = {(size_t)1 << 33, 1, (size_t)1 << 31, 8};
    set_wide(it.b, 2, 16, 4, (size_t)1 << 28, x_strides);
    set_wide(it.c, 2, 8, 4, (size_t)1 << 28, y_strides);
    const size_t w_strides[] = {16, 1, 16, 16};
    set_wide(it.a, 8, 16, 1, 1, w_strides);
    assert_int_equal(chosen(&it), 85);

    /* Gaps that large cannot be told from smaller ones. */
    const size_t gaps[] = {((size_t)1 << 34) + 4096, 1, (size_t)1 << 32, 16};
    set_wide(it.b, 2, 16, 4, (size_t)1 << 28, gaps);
    assert_int_equal(chosen(&it), 0);
    convolution_close(&it);
}

/* No solver counts further than an int; what is left of such a length must not be taken for it. */
static void lengths_past_an_int(void **state)
{
    (void)state;
    struct convolution it;
    const unsigned searched = stub_launches();
    convolution_open(&it, shape_named("1x1"), handle);
    describe(&it, 1, 16, ((size_t)1 << 32) + 9, 9);
    assert_int_equal(chosen(&it), 0);
    describe(&it, ((size_t)1 << 32) + 2, 16, 9, 9);
    assert_int_equal(chosen(&it), 0);
    describe(&it, 1, 16, (size_t)1 << 31, 1);
    assert_int_equal(chosen(&it), 0);
    describe(&it, 1, 16, ((size_t)1 << 31) - 1, 1);
    assert_int_equal(chosen(&it), 85);
    assert_int_equal(stub_launches(), searched);
    convolution_close(&it);
}

static void casts(void **state)
{
    (void)state;
    struct convolution it;
    convolution_open(&it, shape_named("3x3"), handle);
    assert_int_equal(chosen(&it), 91);
    assert_int_equal(miopenSetTensorCastType(it.b, 7), miopenStatusSuccess);
    assert_int_equal(chosen(&it), 0);
    assert_int_equal(miopenSetTensorCastType(it.a, 8), miopenStatusSuccess);
    assert_int_equal(chosen(&it), 85);
    assert_int_equal(miopenSetTensorCastType(it.a, 1),
                     miopenStatusSuccess); /* its own type: none */
    assert_int_equal(miopenSetTensorCastType(it.b, 1), miopenStatusSuccess);
    assert_int_equal(chosen(&it), 91);
    convolution_close(&it);
}

/* On a forced card MIOpen is not asked to choose for what cannot be read: it might choose anything.
 */
static void getters_that_fail(void **state)
{
    (void)state;
    static const enum stub_function getters[] = {
        STUB_miopenGetTensorDescriptorSize,    STUB_miopenGetTensorDescriptor,
        STUB_miopenGetTensorNumBytes,          STUB_miopenGetTensorCastType,
        STUB_miopenGetConvolutionNdDescriptor, STUB_miopenGetConvolutionGroupCount,
    };
    for (size_t i = 0; i < sizeof(getters) / sizeof(getters[0]); i++) {
        struct convolution it;
        miopenConvAlgoPerf_t result;
        size_t bytes = 0, count = 9;
        int returned = 0;
        char memory[8];

        if (!stub_has(getters[i]))
            continue;
        print_message("# %s\n", stub_name(getters[i]));
        convolution_open(&it, shape_named("3x3"), handle);
        /* Another content than any that is remembered. */
        assert_int_equal(miopenSet4dTensorDescriptor(it.b, 1, 1, 16, 12, 12 + (int)i),
                         miopenStatusSuccess);
        assert_int_equal(miopenSet4dTensorDescriptor(it.c, 1, 1, 32, 12, 12 + (int)i),
                         miopenStatusSuccess);
        stub_answer(getters[i], miopenStatusInternalError);
        const unsigned launched = stub_launches();
        assert_int_equal(call_find(&it, 1, &returned, &result, memory, sizeof(memory)),
                         miopenStatusUnknownError);
        assert_int_equal(call_solution_count(&it, &count), miopenStatusNotImplemented);
        assert_int_equal(call_immediate(&it, memory, sizeof(memory), STUB_WINOGRAD_ID),
                         miopenStatusBadParm);
        assert_int_equal(call_run_plain(&it, 3, memory, sizeof(memory)), miopenStatusUnknownError);
        assert_int_equal(call_compile(&it, STUB_WINOGRAD_ID), miopenStatusBadParm);
        assert_int_equal(call_solution_workspace_size(&it, STUB_WINOGRAD_ID, &bytes),
                         miopenStatusBadParm);
        assert_int_equal(stub_launches(), launched);
        stub_answer(getters[i], STUB_NORMAL);
        assert_int_equal(chosen(&it), 91);
        convolution_close(&it);
    }
}

/* A workspace that the card cannot give: MIOpen would say on stderr that the solver does not apply.
 */
static void more_workspace_than_the_card_has(void **state)
{
    (void)state;
    struct convolution it;
    convolution_open(&it, shape_named("3x3"), handle);
    /* 16 * 9 * 4096 * 4096 * 4 bytes of columns are 9 GiB, and 85 % of 8 GiB may be. */
    assert_int_equal(miopenSet4dTensorDescriptor(it.b, 1, 1, 16, 4096, 4096), miopenStatusSuccess);
    assert_int_equal(miopenSet4dTensorDescriptor(it.c, 1, 1, 32, 4096, 4096), miopenStatusSuccess);
    assert_int_equal(chosen(&it), 85);
    assert_int_equal(stub_calls(STUB_miopenConvolutionForwardGetSolutionWorkspaceSize), 0);
    convolution_close(&it);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(strides_past_an_int),
        TEST(lengths_past_an_int),
        TEST(casts),
        TEST(getters_that_fail),
        TEST(more_workspace_than_the_card_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
