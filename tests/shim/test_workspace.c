/*
 * Workspace of the shim's own: where the caller brings none or too little. The argument says which
 * cap the environment sets: "workspace" none, "workspace-cap" 64K.
 */
#include "cmocka_all.h"
#include "convolution.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

static miopenHandle_t handle;
static struct ihipStream_t streams[12];

static int setup(void **state)
{
    static const char *const cards[] = {"0000:03:00.0", "0000:9A:00.0"};

    (void)state;
    stub_reset();
    stub_disturb_errno(true);
    stub_set_devices(cards, 2);
    memset(streams, 0, sizeof(streams));
    return miopenCreate(&handle) == miopenStatusSuccess && handle ? 0 : -1;
}

/* Whatever the test did, the memory ends with the handle. */
static int teardown(void **state)
{
    (void)state;
    stub_set_capture(false);
    if (miopenDestroy(handle) != miopenStatusSuccess)
        return -1;
    assert_int_equal(stub_memory_live(), 0);
    assert_int_equal(stub_violations(), 0);
    assert_int_equal(stub_last_error(), 0);
    return 0;
}

static struct convolution open_shape(const char *name)
{
    struct convolution it;

    convolution_open(&it, shape_named(name), handle);
    return it;
}

static void assert_gemm_with_own_memory(const struct convolution *it)
{
    const struct stub_launch *launch = stub_last_launch();

    assert_int_equal(launch->id, it->shape->gemm);
    assert_true(launch->workspace_bytes >= it->shape->workspace_bytes);
    assert_true(stub_memory_bytes(launch->workspace) >= launch->workspace_bytes);
}

/* Both roads that launch, with each way of bringing too little. */
static void launch_without_workspace(struct convolution *it)
{
    char small[16];

    errno = EDOM;
    assert_int_equal(call_run_plain(it, 0, NULL, 0), miopenStatusSuccess);
    assert_gemm_with_own_memory(it);
    assert_int_equal(call_run_plain(it, 3, small, sizeof(small)), miopenStatusSuccess);
    assert_gemm_with_own_memory(it);
    assert_int_equal(call_run_plain(it, 0, NULL, it->shape->workspace_bytes), miopenStatusSuccess);
    assert_gemm_with_own_memory(it);
    assert_int_equal(call_immediate(it, NULL, 0, it->shape->gemm), miopenStatusSuccess);
    assert_gemm_with_own_memory(it);
    assert_int_equal(call_immediate(it, small, sizeof(small), STUB_WINOGRAD_ID),
                     miopenStatusSuccess);
    assert_gemm_with_own_memory(it);
    assert_int_equal(call_immediate(it, NULL, SIZE_MAX, it->shape->gemm), miopenStatusSuccess);
    assert_gemm_with_own_memory(it);
    assert_int_equal(errno, EDOM);
}

static void too_little_is_made_up_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < shapes_count; i++) {
        if (shapes[i].workspace_bytes == 0)
            continue;
        print_message("# %s\n", shapes[i].name);
        struct convolution it = open_shape(shapes[i].name);
        launch_without_workspace(&it);
        convolution_close(&it);
    }
    assert_int_equal(stub_memory_live(), 1);
}

static void exactly_enough_is_the_caller_s(void **state)
{
    (void)state;
    static char workspace[1 << 17];
    struct convolution it = open_shape("3x3");
    assert_int_equal(call_run_plain(&it, 0, workspace, 82944), miopenStatusSuccess);
    assert_ptr_equal(stub_last_launch()->workspace, workspace);
    assert_int_equal(stub_last_launch()->workspace_bytes, 82944);
    assert_int_equal(call_immediate(&it, workspace, 82944, 91), miopenStatusSuccess);
    assert_ptr_equal(stub_last_launch()->workspace, workspace);
    assert_int_equal(stub_calls(STUB_hipMalloc), 0);
    assert_int_equal(call_run_plain(&it, 0, workspace, 82943), miopenStatusSuccess);
    assert_gemm_with_own_memory(&it);
    convolution_close(&it);
}

static void steady_state_allocates_nothing(void **state)
{
    (void)state;
    struct convolution big = open_shape("3x3"), small = open_shape("grouped");
    launch_without_workspace(&big);
    const void *memory = stub_last_launch()->workspace;
    for (int i = 0; i < 100; i++) {
        launch_without_workspace(&small);
        assert_ptr_equal(stub_last_launch()->workspace, memory);
        launch_without_workspace(&big);
        assert_ptr_equal(stub_last_launch()->workspace, memory);
    }
    assert_int_equal(stub_calls(STUB_hipMalloc), 1);
    assert_int_equal(stub_calls(STUB_hipFree), 0);
    convolution_close(&big);
    convolution_close(&small);
}

static void it_grows(void **state)
{
    (void)state;
    struct convolution big = open_shape("3x3"), small = open_shape("grouped");
    launch_without_workspace(&small);
    launch_without_workspace(&big);
    launch_without_workspace(&small);
    assert_int_equal(stub_calls(STUB_hipMalloc), 2);
    assert_int_equal(stub_calls(STUB_hipFree), 1);
    assert_int_equal(stub_memory_live(), 1);
    convolution_close(&big);
    convolution_close(&small);
}

static void each_stream_has_its_own(void **state)
{
    (void)state;
    struct convolution it = open_shape("3x3");
    const void *memory[4];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 4; i++) {
            miopenSetStream(handle, &streams[i]);
            launch_without_workspace(&it);
            for (int j = 0; j < i; j++)
                assert_ptr_not_equal(stub_last_launch()->workspace, memory[j]);
            if (round > 0)
                assert_ptr_equal(stub_last_launch()->workspace, memory[i]);
            memory[i] = stub_last_launch()->workspace;
        }
    }
    assert_int_equal(stub_calls(STUB_hipMalloc), 4);
    convolution_close(&it);
}

/* A program that makes a stream for every step must not fill the card. */
static void streams_without_end_are_bounded(void **state)
{
    (void)state;
    struct convolution it = open_shape("3x3");
    for (int i = 0; i < 100; i++) {
        miopenSetStream(handle, &streams[i % 12]);
        launch_without_workspace(&it);
        assert_true(stub_memory_live() <= 8);
    }
    convolution_close(&it);
}

/* A program with a handle for each thread pays for one buffer; the last of them gives it back. */
static void handles_on_one_stream_share(void **state)
{
    (void)state;
    miopenHandle_t other = NULL;
    struct convolution it = open_shape("3x3");
    launch_without_workspace(&it);
    const void *memory = stub_last_launch()->workspace;
    assert_int_equal(miopenCreate(&other), miopenStatusSuccess);
    it.handle = other;
    launch_without_workspace(&it);
    assert_ptr_equal(stub_last_launch()->workspace, memory);
    assert_int_equal(miopenDestroy(other), miopenStatusSuccess);
    assert_int_equal(stub_memory_live(), 1);
    it.handle = handle;
    launch_without_workspace(&it);
    assert_ptr_equal(stub_last_launch()->workspace, memory);
    assert_int_equal(stub_calls(STUB_hipMalloc), 1);
    convolution_close(&it);
}

static void *launch_often(void *argument)
{
    struct convolution *it = argument;

    for (int i = 0; i < 20; i++)
        if (call_immediate(it, NULL, 0, it->shape->gemm) != miopenStatusSuccess ||
            stub_last_launch()->id != it->shape->gemm)
            return it;
    return NULL;
}

/* A convolution is several kernels: those of two threads may come to one stream in turn. */
static void threads_on_one_stream_do_not(void **state)
{
    (void)state;
    struct convolution its[3];
    miopenHandle_t handles[3];
    pthread_t threads[3];
    void *failed = NULL;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(miopenCreateWithStream(&handles[i], &streams[0]), miopenStatusSuccess);
        convolution_open(&its[i], shape_named(i % 2 ? "grouped" : "3x3"), handles[i]);
    }
    stub_set_launch_pause(300);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, launch_often, &its[i]), 0);
    for (int i = 0; i < 3; i++) {
        void *result = NULL;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        failed = result ? result : failed;
    }
    stub_set_launch_pause(0);
    assert_null(failed);
    assert_int_equal(stub_violations(), 0);
    assert_true(stub_memory_live() <= 3);
    /* Alone again, one is enough, and nothing is made or freed any more. */
    const unsigned made = stub_calls(STUB_hipMalloc), freed = stub_calls(STUB_hipFree);
    launch_without_workspace(&its[0]);
    launch_without_workspace(&its[1]);
    assert_int_equal(stub_calls(STUB_hipMalloc), made);
    assert_int_equal(stub_calls(STUB_hipFree), freed);
    for (int i = 0; i < 3; i++) {
        convolution_close(&its[i]);
        assert_int_equal(miopenDestroy(handles[i]), miopenStatusSuccess);
    }
    assert_int_equal(stub_memory_live(), 0);
}

static void assert_naive_without_memory(struct convolution *it)
{
    const unsigned allocations = stub_calls(STUB_hipMalloc);
    const unsigned live = stub_memory_live();

    assert_int_equal(call_run_plain(it, 0, NULL, 0), miopenStatusSuccess);
    assert_int_equal(stub_last_launch()->id, it->shape->naive);
    assert_int_equal(call_immediate(it, NULL, 0, it->shape->gemm), miopenStatusSuccess);
    assert_int_equal(stub_last_launch()->id, it->shape->naive);
    assert_int_equal(stub_calls(STUB_hipMalloc), allocations);
    assert_int_equal(stub_memory_live(), live);
    assert_int_equal(stub_last_error(), 0);
}

/* Half of what is free, where nobody said how much. */
static void the_default_cap_is_half_of_what_is_free(void **state)
{
    (void)state;
    struct convolution it = open_shape("3x3");
    stub_set_free_memory(2 * 82944 - 1);
    assert_naive_without_memory(&it);
    stub_set_free_memory(2 * 82944);
    launch_without_workspace(&it);
    /* What is held is not asked for again. */
    stub_set_free_memory(0);
    launch_without_workspace(&it);
    convolution_close(&it);
}

/* What cannot be replaced by more is kept. */
static void a_refused_growth_keeps_what_there_is(void **state)
{
    (void)state;
    struct convolution big = open_shape("3x3"), small = open_shape("grouped");
    launch_without_workspace(&small);
    const void *memory = stub_last_launch()->workspace;
    stub_set_free_memory(0);
    assert_naive_without_memory(&big);
    launch_without_workspace(&small);
    assert_ptr_equal(stub_last_launch()->workspace, memory);
    convolution_close(&big);
    convolution_close(&small);
}

/* The memory of streams that are not used any more, for one that is. */
static void what_lies_idle_makes_room(void **state)
{
    (void)state;
    struct convolution it = open_shape("3x3");
    for (int i = 0; i < 3; i++) {
        miopenSetStream(handle, &streams[i]);
        launch_without_workspace(&it);
    }
    assert_int_equal(stub_memory_live(), 3);
    stub_set_free_memory(0); /* three are ours: one and a half may be */
    miopenSetStream(handle, &streams[3]);
    launch_without_workspace(&it);
    assert_int_equal(stub_memory_live(), 1);
    /* Those that have theirs keep it. */
    launch_without_workspace(&it);
    assert_int_equal(stub_calls(STUB_hipMalloc), 4);

    /* The card says that there is room, the allocation that there is none. */
    stub_set_free_memory((size_t)8 << 30);
    miopenSetStream(handle, &streams[4]);
    stub_answer(STUB_hipMalloc, 2);
    assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusSuccess);
    assert_int_equal(stub_last_launch()->id, 85);
    stub_answer(STUB_hipMalloc, STUB_NORMAL);
    launch_without_workspace(&it);
    convolution_close(&it);
}

/* hipStreamPerThread is another stream in each thread, and cannot be told apart. */
static void a_stream_of_each_thread_has_none(void **state)
{
    (void)state;
    struct convolution it = open_shape("3x3");
    miopenSetStream(handle, (miopenAcceleratorQueue_t)(uintptr_t)2);
    assert_naive_without_memory(&it);
    miopenSetStream(handle, NULL);
    launch_without_workspace(&it);
    convolution_close(&it);
}

static void memory_that_is_not_to_be_had(void **state)
{
    (void)state;
    struct convolution it = open_shape("3x3"), small = open_shape("grouped");
    launch_without_workspace(&small);
    stub_answer(STUB_hipMalloc, 2);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusSuccess);
        assert_int_equal(stub_last_launch()->id, 85);
        assert_int_equal(stub_last_error(), 0);
        assert_int_equal(call_immediate(&small, NULL, 0, 91), miopenStatusSuccess);
    }
    stub_answer(STUB_hipMalloc, STUB_NORMAL);
    launch_without_workspace(&it);
    launch_without_workspace(&small);
    convolution_close(&it);
    convolution_close(&small);
}

static void nothing_is_allocated_while_a_stream_is_recorded(void **state)
{
    (void)state;
    static char workspace[1 << 17];
    struct convolution it = open_shape("3x3");
    miopenSetStream(handle, &streams[0]);
    for (int warm = 0; warm < 2; warm++) {
        streams[0].capturing = 1;
        stub_set_capture(true);
        assert_naive_without_memory(&it);
        /* What the caller brings outlives the recording. */
        assert_int_equal(call_run_plain(&it, 0, workspace, sizeof(workspace)), miopenStatusSuccess);
        assert_int_equal(stub_last_launch()->id, 91);
        assert_ptr_equal(stub_last_launch()->workspace, workspace);
        stub_set_capture(false);
        streams[0].capturing = 0;
        launch_without_workspace(&it);
    }

    /* The default stream cannot say what is recorded elsewhere: HIP answers with an error. */
    miopenSetStream(handle, NULL);
    stub_set_capture(true);
    assert_naive_without_memory(&it);
    stub_set_capture(false);
    launch_without_workspace(&it);
    convolution_close(&it);
}

/* The thread may stand on another device by now. */
static void memory_is_of_the_handle_s_device(void **state)
{
    (void)state;
    miopenHandle_t second = NULL;
    int device = -1;
    struct convolution it = open_shape("3x3");
    assert_int_equal(hipSetDevice(1), 0);
    assert_int_equal(miopenCreateWithStream(&second, &streams[0]), miopenStatusSuccess);
    assert_int_equal(hipSetDevice(0), 0);
    it.handle = second;
    launch_without_workspace(&it);
    assert_int_equal(stub_memory_device(stub_last_launch()->workspace), 1);
    assert_int_equal(hipGetDevice(&device), 0);
    assert_int_equal(device, 0);

    assert_int_equal(hipSetDevice(1), 0);
    it.handle = handle;
    launch_without_workspace(&it);
    assert_int_equal(stub_memory_device(stub_last_launch()->workspace), 0);
    assert_int_equal(hipGetDevice(&device), 0);
    assert_int_equal(device, 1);
    assert_int_equal(miopenDestroy(second), miopenStatusSuccess);
    assert_int_equal(hipGetDevice(&device), 0);
    assert_int_equal(device, 1);
    assert_int_equal(hipSetDevice(0), 0);
    convolution_close(&it);
}

static void a_device_that_cannot_be_entered(void **state)
{
    (void)state;
    struct convolution it = open_shape("3x3");
    assert_int_equal(hipSetDevice(1), 0);
    stub_answer(STUB_hipSetDevice, 101);
    assert_naive_without_memory(&it);
    stub_answer(STUB_hipSetDevice, STUB_NORMAL);
    assert_int_equal(hipSetDevice(0), 0);
    convolution_close(&it);
}

/* 64K, set by ROCM_RDNA1_MAX_WORKSPACE: below 3x3's 82944 bytes, above the grouped one's 36864. */
static void the_cap_of_the_environment_holds(void **state)
{
    (void)state;
    struct convolution big = open_shape("3x3"), small = open_shape("grouped");
    stub_set_free_memory(0);
    assert_naive_without_memory(&big);
    launch_without_workspace(&small);
    static char workspace[1 << 17];
    assert_int_equal(call_run_plain(&big, 0, workspace, sizeof(workspace)), miopenStatusSuccess);
    assert_int_equal(stub_last_launch()->id, 91);
    convolution_close(&big);
    convolution_close(&small);
}

/* And for all buffers of a device together. */
static void the_cap_holds_for_all_streams(void **state)
{
    (void)state;
    miopenHandle_t second = NULL;
    struct convolution small = open_shape("grouped");
    for (int i = 0; i < 6; i++) {
        miopenSetStream(handle, &streams[i % 3]);
        launch_without_workspace(&small);
        assert_int_equal(stub_memory_live(), 1);
    }
    assert_int_equal(hipSetDevice(1), 0);
    assert_int_equal(miopenCreateWithStream(&second, &streams[4]), miopenStatusSuccess);
    small.handle = second;
    launch_without_workspace(&small);
    assert_int_equal(stub_memory_live(), 2);
    assert_int_equal(miopenDestroy(second), miopenStatusSuccess);
    assert_int_equal(hipSetDevice(0), 0);
    convolution_close(&small);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest capped[] = {TEST(the_cap_of_the_environment_holds),
                                        TEST(the_cap_holds_for_all_streams)};
    const struct CMUnitTest tests[] = {
        TEST(too_little_is_made_up_for),
        TEST(exactly_enough_is_the_caller_s),
        TEST(steady_state_allocates_nothing),
        TEST(it_grows),
        TEST(each_stream_has_its_own),
        TEST(streams_without_end_are_bounded),
        TEST(handles_on_one_stream_share),
        TEST(threads_on_one_stream_do_not),
        TEST(what_lies_idle_makes_room),
        TEST(a_stream_of_each_thread_has_none),
        TEST(the_default_cap_is_half_of_what_is_free),
        TEST(a_refused_growth_keeps_what_there_is),
        TEST(memory_that_is_not_to_be_had),
        TEST(nothing_is_allocated_while_a_stream_is_recorded),
        TEST(memory_is_of_the_handle_s_device),
        TEST(a_device_that_cannot_be_entered),
    };
    if (argc > 1 && strcmp(argv[1], "workspace-cap") == 0)
        return cmocka_run_group_tests(capped, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
