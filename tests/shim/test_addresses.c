/*
 * What is remembered of a call is found by the addresses of its objects: other objects at the same
 * addresses, and other objects that are filed in the same place, are other objects.
 */
#include "fixture.h"

#include <dlfcn.h>

/*
 * Calls that share all objects but one. What a thread remembers is found by a hash: of so many,
 * some stand in each other's place.
 */
enum { CROWD = 600 };

static void assert_count(struct convolution *it, miopenStatus_t status)
{
    size_t count = 0;

    assert_int_equal(call_solution_count(it, &count), status);
    assert_int_equal(count, status == miopenStatusSuccess ? 2 : 0);
}

static void calls_that_differ_in_one_object(void **state)
{
    (void)state;
    static miopenTensorDescriptor_t ys[CROWD];
    struct convolution it;
    convolution_open(&it, shape_named("3x3"), handle);
    const miopenTensorDescriptor_t y = it.c;
    /* Every other one is of a batch that does not fit the other tensors. */
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(miopenCreateTensorDescriptor(&ys[i]), miopenStatusSuccess);
        assert_int_equal(miopenSet4dTensorDescriptor(ys[i], 1, 1 + i % 2, 32, 12, 12),
                         miopenStatusSuccess);
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < CROWD; i++) {
            it.c = ys[i];
            assert_count(&it, i % 2 ? miopenStatusNotImplemented : miopenStatusSuccess);
        }
    }
    for (int i = 0; i < CROWD; i++)
        miopenDestroyTensorDescriptor(ys[i]);
    it.c = y;
    convolution_close(&it);
}

/* The objects of a forward call, taken for those of a backward one, are no convolution. */
static void calls_that_differ_in_direction(void **state)
{
    (void)state;
    static struct convolution crowd[CROWD];
    for (int i = 0; i < CROWD; i++)
        convolution_open(&crowd[i], shape_named("3x3"), handle);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < CROWD; i++) {
            crowd[i].shape = shape_named("3x3");
            assert_count(&crowd[i], miopenStatusSuccess);
            crowd[i].shape = shape_named("3x3 data");
            assert_count(&crowd[i], miopenStatusNotImplemented);
        }
    }
    for (int i = 0; i < CROWD; i++)
        convolution_close(&crowd[i]);
}

/* An object that takes the address of a destroyed one is another object. */
static void descriptors_come_back_at_an_old_address(void **state)
{
    (void)state;
    struct convolution it;
    size_t count = 0;
    convolution_open(&it, shape_named("3x3"), handle);
    stub_reuse_addresses(true);
    assert_count(&it, miopenStatusSuccess);

    /* A fresh convolution descriptor says: no padding. */
    const miopenConvolutionDescriptor_t old = it.descriptor;
    assert_int_equal(miopenDestroyConvolutionDescriptor(it.descriptor), miopenStatusSuccess);
    assert_int_equal(miopenCreateConvolutionDescriptor(&it.descriptor), miopenStatusSuccess);
    assert_ptr_equal(it.descriptor, old);
    unsigned looked = stub_calls(STUB_miopenGetConvolutionNdDescriptor);
    (void)call_solution_count(&it, &count);
    assert_true(stub_calls(STUB_miopenGetConvolutionNdDescriptor) > looked);

    /* A fresh tensor descriptor says nothing, and no solver takes a convolution of nothing. */
    const miopenTensorDescriptor_t old_tensor = it.b;
    assert_int_equal(miopenDestroyTensorDescriptor(it.b), miopenStatusSuccess);
    assert_int_equal(miopenCreateTensorDescriptor(&it.b), miopenStatusSuccess);
    assert_ptr_equal(it.b, old_tensor);
    assert_count(&it, miopenStatusNotImplemented);
    convolution_close(&it);
}

/* The new handle has compiled nothing, and may be on another card. */
static void handles_come_back_at_an_old_address(void **state)
{
    (void)state;
    static char workspace[1 << 17];
    stub_reuse_addresses(true);
    for (int way = 0; way < 2; way++) {
        struct convolution it;
        miopenHandle_t first = NULL, second = NULL;
        miopenConvAlgoPerf_t result;
        int returned = 0;
        assert_int_equal(miopenCreate(&first), miopenStatusSuccess);
        convolution_open(&it, shape_named("3x3"), first);
        assert_int_equal(call_find(&it, 1, &returned, &result, NULL, 0), miopenStatusSuccess);
        assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusSuccess);
        assert_int_equal(miopenDestroy(first), miopenStatusSuccess);
        assert_int_equal(stub_memory_live(), 0);
        assert_int_equal(way ? miopenCreateWithStream(&second, NULL) : miopenCreate(&second),
                         miopenStatusSuccess);
        assert_ptr_equal(second, first);
        /* By algorithm, which works only where this handle knows the solver. */
        assert_int_equal(call_run_plain(&it, 0, workspace, sizeof(workspace)), miopenStatusSuccess);
        assert_int_equal(stub_last_launch()->id, 91);
        assert_int_equal(miopenDestroy(second), miopenStatusSuccess);
        convolution_close(&it);
    }
}

/* MIOpen itself, past the shim. */
static void *library_open(void)
{
    Dl_info info;
    assert_true(dladdr((void *)stub_reset, &info));
    void *library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
    assert_non_null(library);
    return library;
}

/* The same where the shim did not see the destroy: the create tells. */
static void a_handle_that_was_destroyed_behind_the_shim(void **state)
{
    (void)state;
    static char workspace[1 << 17];
    struct convolution it;
    miopenHandle_t first = NULL, second = NULL;
    stub_reuse_addresses(true);
    assert_int_equal(miopenCreate(&first), miopenStatusSuccess);
    convolution_open(&it, shape_named("3x3"), first);
    assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusSuccess);
    void *library = library_open();
    __typeof__(miopenDestroy) *real = (__typeof__(miopenDestroy) *)dlsym(library, "miopenDestroy");
    assert_non_null(real);
    assert_int_equal(real(first), miopenStatusSuccess);
    assert_int_equal(miopenCreate(&second), miopenStatusSuccess);
    assert_ptr_equal(second, first);
    assert_int_equal(call_run_plain(&it, 0, workspace, sizeof(workspace)), miopenStatusSuccess);
    assert_int_equal(miopenDestroy(second), miopenStatusSuccess);
    dlclose(library);
    convolution_close(&it);
}

/* Nor did it see the create: nothing of the destroyed handle may be touched for the new one. */
static void a_handle_that_was_created_behind_the_shim(void **state)
{
    (void)state;
    static char workspace[1 << 17];
    struct convolution it;
    miopenHandle_t first = NULL, second = NULL;
    stub_reuse_addresses(true);
    assert_int_equal(miopenCreate(&first), miopenStatusSuccess);
    convolution_open(&it, shape_named("3x3"), first);
    assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusSuccess);
    assert_int_equal(miopenDestroy(first), miopenStatusSuccess);
    void *library = library_open();
    __typeof__(miopenCreate) *real = (__typeof__(miopenCreate) *)dlsym(library, "miopenCreate");
    assert_non_null(real);
    assert_int_equal(real(&second), miopenStatusSuccess);
    assert_ptr_equal(second, first);
    assert_int_equal(call_run_plain(&it, 0, workspace, sizeof(workspace)), miopenStatusSuccess);
    assert_int_equal(stub_last_launch()->id, 91);
    assert_int_equal(miopenDestroy(second), miopenStatusSuccess);
    dlclose(library);
    convolution_close(&it);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(calls_that_differ_in_one_object),
        TEST(calls_that_differ_in_direction),
        TEST(descriptors_come_back_at_an_old_address),
        TEST(handles_come_back_at_an_old_address),
        TEST(a_handle_that_was_destroyed_behind_the_shim),
        TEST(a_handle_that_was_created_behind_the_shim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
