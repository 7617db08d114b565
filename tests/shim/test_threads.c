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

struct worker {
    pthread_t thread;
    unsigned seed;
    const char *wrong; /* cmocka's assertions are for the main thread alone */
};

static void in_threads(unsigned count, void *(*body)(void *))
{
    struct worker workers[THREADS] = {0};

    for (unsigned i = 0; i < count; i++) {
        workers[i].seed = i + 1;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, body, &workers[i]), 0);
    }
    for (unsigned i = 0; i < count; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < count; i++) {
        if (workers[i].wrong)
            fail_msg("thread %u: %s", i, workers[i].wrong);
    }
}

/* Handles that come and go, and with them what is remembered of them. */
static void *sessions(void *argument)
{
    struct worker *worker = argument;

    for (int i = 0; i < ROUNDS && !worker->wrong; i++)
        worker->wrong = session_run(SESSION_STRICT);
    return NULL;
}

static void handles_come_and_go(void **state)
{
    (void)state;
    in_threads(THREADS, sessions);
}

/* One handle a thread for long; its descriptors change under way. */
static void *long_lives(void *argument)
{
    struct worker *worker = argument;
    miopenHandle_t handle = NULL;

    if (miopenCreate(&handle) != miopenStatusSuccess)
        worker->wrong = "no handle";
    for (int i = 0; i < 10 * ROUNDS && !worker->wrong; i++) {
        struct convolution it;
        const struct shape *shape = &shapes[(unsigned)rand_r(&worker->seed) % shapes_count];
        if (!convolution_try_open(&it, shape, handle)) {
            worker->wrong = "no descriptors";
            break;
        }
        /* Shapes follow each other at the same addresses: no choice may outlive its descriptor. */
        worker->wrong = session_calls(&it, SESSION_STRICT);
        convolution_close(&it);
    }
    miopenDestroy(handle);
    return NULL;
}

static void descriptors_change(void **state)
{
    (void)state;
    in_threads(THREADS, long_lives);
}

/*
 * Handles by the dozen in each thread, so that those of different threads share what the shim finds
 * them by. A descriptor that has just been set makes the shim look the handle up.
 */
static void *crowds(void *argument)
{
    enum { CROWD = 48 };
    struct worker *worker = argument;
    miopenHandle_t handles[CROWD] = {NULL};
    struct convolution it;

    if (!convolution_try_open(&it, shape_named("1x1"), NULL)) {
        worker->wrong = "no descriptors";
        return NULL;
    }
    for (int i = 0; i < 25 * CROWD && !worker->wrong; i++) {
        const unsigned slot = (unsigned)rand_r(&worker->seed) % CROWD;
        size_t count = 0;
        if (handles[slot] && i % 3 == 0) {
            miopenDestroy(handles[slot]);
            handles[slot] = NULL;
        }
        if (!handles[slot] && miopenCreate(&handles[slot]) != miopenStatusSuccess)
            worker->wrong = "no handle";
        it.handle = handles[slot];
        miopenSet4dTensorDescriptor(it.b, 1, 2, 16, 9, 9);
        if (call_solution_count(&it, &count) != miopenStatusSuccess || count != 2)
            worker->wrong = "not the decision's answer";
    }
    for (int i = 0; i < CROWD; i++) {
        if (handles[i])
            miopenDestroy(handles[i]);
    }
    convolution_close(&it);
    return NULL;
}

static void crowds_of_handles(void **state)
{
    (void)state;
    in_threads(THREADS, crowds);
}

/* One handle, used by one thread after the other: what the last one left is there. */
static struct convolution shared;

static void *turn(void *argument)
{
    struct worker *worker = argument;

    worker->wrong = session_calls(&shared, SESSION_STRICT);
    return NULL;
}

static void a_handle_changes_hands(void **state)
{
    (void)state;
    miopenHandle_t handle = NULL;
    assert_int_equal(miopenCreate(&handle), miopenStatusSuccess);
    for (size_t i = 0; i < shapes_count; i++) {
        convolution_open(&shared, &shapes[i], handle);
        for (int hand = 0; hand < 3; hand++) {
            in_threads(1, turn);
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
    struct worker *worker = argument;
    size_t bytes = 0;

    for (int round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&barrier);
        const size_t expected = round % 2 ? 0 : relay.shape->workspace_bytes;
        if (call_workspace_size(&relay, &bytes) != miopenStatusSuccess || bytes != expected)
            worker->wrong = "what another thread changed was not seen";
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static void a_change_is_seen_in_another_thread(void **state)
{
    (void)state;
    struct worker worker = {0};
    miopenHandle_t handle = NULL;
    assert_int_equal(miopenCreate(&handle), miopenStatusSuccess);
    convolution_open(&relay, shape_named("3x3"), handle);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
    assert_int_equal(pthread_create(&worker.thread, NULL, rememberer, &worker), 0);
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
    pthread_join(worker.thread, NULL);
    pthread_barrier_destroy(&barrier);
    assert_null(worker.wrong);
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
        TEST(handles_come_and_go),
        TEST(descriptors_change),
        TEST(crowds_of_handles),
        TEST(a_handle_changes_hands),
        TEST(a_change_is_seen_in_another_thread),
        TEST(many_handles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
