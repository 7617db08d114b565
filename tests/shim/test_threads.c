/*
 * Threads, each with handles and descriptors of its own, as MIOpen allows. To be run under the
 * thread sanitizer; the stub takes no lock, so it orders nothing.
 */
#include "cmocka_all.h"
#include "session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 6
#define ROUNDS  40

static int setup(void **state)
{
    (void)state;
    stub_reset();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(stub_violations(), 0);
    assert_int_equal(stub_memory_live(), 0);
    return 0;
}

static void in_threads(void *(*body)(void *), void *arguments[THREADS])
{
    pthread_t threads[THREADS];
    const char *wrong = NULL;

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, arguments ? arguments[i] : NULL),
                         0);
    for (int i = 0; i < THREADS; i++) {
        void *result = NULL;
        pthread_join(threads[i], &result);
        wrong = result ? result : wrong;
    }
    if (wrong)
        fail_msg("%s", wrong);
}

/* Handles that come and go, and with them what is remembered of them. */
static void *sessions(void *argument)
{
    const char *wrong = NULL;

    (void)argument;
    for (int i = 0; i < ROUNDS && !wrong; i++)
        wrong = session_run(SESSION_STRICT);
    return (void *)(uintptr_t)wrong;
}

static void handles_come_and_go(void **state)
{
    (void)state;
    in_threads(sessions, NULL);
}

/* One handle a thread for long; its descriptors change under way. */
static void *long_lives(void *argument)
{
    unsigned seed = *(unsigned *)argument;
    miopenHandle_t handle = NULL;
    const char *wrong = NULL;

    if (miopenCreate(&handle) != miopenStatusSuccess)
        return (void *)(uintptr_t) "no handle";
    for (int i = 0; i < 10 * ROUNDS && !wrong; i++) {
        struct convolution it;
        if (!convolution_try_open(&it, &shapes[(unsigned)rand_r(&seed) % shapes_count], handle))
            return (void *)(uintptr_t) "no descriptors";
        wrong = session_calls(&it, SESSION_STRICT);
        /* Shapes follow each other at the same addresses: no choice may outlive its descriptor. */
        convolution_close(&it);
    }
    miopenDestroy(handle);
    return (void *)(uintptr_t)wrong;
}

static void descriptors_change(void **state)
{
    (void)state;
    unsigned seeds[THREADS];
    void *arguments[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        seeds[i] = i + 1;
        arguments[i] = &seeds[i];
    }
    in_threads(long_lives, arguments);
}

/* One handle, used by one thread after the other: what the last one left is there. */
static struct convolution shared;

static void *turn(void *argument)
{
    (void)argument;
    return (void *)(uintptr_t)session_calls(&shared, SESSION_STRICT);
}

static void a_handle_changes_hands(void **state)
{
    (void)state;
    miopenHandle_t handle = NULL;
    assert_int_equal(miopenCreate(&handle), miopenStatusSuccess);
    for (size_t i = 0; i < shapes_count; i++) {
        convolution_open(&shared, &shapes[i], handle);
        for (int hand = 0; hand < 3; hand++) {
            pthread_t thread;
            void *wrong = NULL;
            assert_int_equal(pthread_create(&thread, NULL, turn, NULL), 0);
            assert_int_equal(pthread_join(thread, &wrong), 0);
            if (wrong)
                fail_msg("%s: %s", shapes[i].name, (const char *)wrong);
            /* The second hand finds another descriptor at the address than it may remember. */
            if (hand == 1)
                assert_null(session_calls(&shared, SESSION_STRICT));
        }
        convolution_close(&shared);
    }
    assert_int_equal(miopenDestroy(handle), miopenStatusSuccess);
}

/* A thread remembers; another changes what it remembers, in its turn. */
static struct convolution relay;
static pthread_barrier_t barrier;

static void *rememberer(void *argument)
{
    const char *wrong = NULL;
    size_t bytes = 0;

    (void)argument;
    for (int round = 0; round < ROUNDS && !wrong; round++) {
        pthread_barrier_wait(&barrier);
        const size_t expected = round % 2 ? 0 : relay.shape->workspace_bytes;
        if (call_workspace_size(&relay, &bytes) != miopenStatusSuccess || bytes != expected)
            wrong = "what another thread changed was not seen";
        pthread_barrier_wait(&barrier);
    }
    return (void *)(uintptr_t)wrong;
}

static void a_change_is_seen_in_another_thread(void **state)
{
    (void)state;
    pthread_t thread;
    miopenHandle_t handle = NULL;
    void *wrong = NULL;
    assert_int_equal(miopenCreate(&handle), miopenStatusSuccess);
    convolution_open(&relay, shape_named("3x3"), handle);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
    assert_int_equal(pthread_create(&thread, NULL, rememberer, NULL), 0);
    for (int round = 0; round < ROUNDS; round++) {
        const int channel_last[4] = {16 * 144, 1, 16 * 12, 16}, packed[4] = {16 * 144, 144, 12, 1};
        const int w_last[4] = {16 * 9, 1, 16 * 3, 16}, w_packed[4] = {16 * 9, 9, 3, 1};
        const int y_last[4] = {32 * 144, 1, 32 * 12, 32}, y_packed[4] = {32 * 144, 144, 12, 1};
        const bool last = round % 2 != 0;
        miopenSetTensorDescriptor(relay.b, 1, 4, (const int[]){1, 16, 12, 12},
                                  last ? channel_last : packed);
        miopenSetTensorDescriptor(relay.a, 1, 4, (const int[]){32, 16, 3, 3},
                                  last ? w_last : w_packed);
        miopenSetTensorDescriptor(relay.c, 1, 4, (const int[]){1, 32, 12, 12},
                                  last ? y_last : y_packed);
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
    }
    pthread_join(thread, &wrong);
    pthread_barrier_destroy(&barrier);
    if (wrong)
        fail_msg("%s", (const char *)wrong);
    convolution_close(&relay);
    assert_int_equal(miopenDestroy(handle), miopenStatusSuccess);
}

/* More handles than any table has places. */
static void many_handles(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    static miopenHandle_t handles[MANY];
    struct convolution it;
    convolution_open(&it, shape_named("3x3"), NULL);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(miopenCreate(&handles[i]), miopenStatusSuccess);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            size_t bytes = 0;
            it.handle = handles[i];
            assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
            assert_int_equal(bytes, it.shape->workspace_bytes);
        }
    }
    for (int i = 0; i < MANY; i += 2)
        assert_int_equal(miopenDestroy(handles[i]), miopenStatusSuccess);
    for (int i = 1; i < MANY; i += 2) {
        it.handle = handles[i];
        assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusSuccess);
        assert_int_equal(stub_last_launch()->id, 91);
        assert_int_equal(miopenDestroy(handles[i]), miopenStatusSuccess);
    }
    convolution_close(&it);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(handles_come_and_go),    TEST(descriptors_change),
        TEST(a_handle_changes_hands), TEST(a_change_is_seen_in_another_thread),
        TEST(many_handles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
