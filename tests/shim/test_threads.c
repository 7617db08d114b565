/*
 * Threads, each with handles and descriptors of its own, as MIOpen allows. To be run under the
 * thread sanitizer; the stub takes no lock, so it orders nothing. The argument "threads-mixed": on
 * a machine with a card of another kind.
 */
#include "cmocka_all.h"
#include "session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* What one thread finds on its handle, another runs on its own: in its turn, all pairs at once. */
#define PAIRS (THREADS / 2)

static struct pair {
    pthread_barrier_t found;
    unsigned algorithm;
} pairs[PAIRS];

static const char *find_for(struct convolution *it, struct pair *pair)
{
    miopenConvAlgoPerf_t result = {.algorithm = 3};
    int returned = 0;
    const bool found =
        call_find(it, 1, &returned, &result, NULL, 0) == miopenStatusSuccess && returned == 1;

    pair->algorithm = result.algorithm;
    pthread_barrier_wait(&pair->found);
    pthread_barrier_wait(&pair->found);
    return found ? NULL : "nothing was found";
}

static const char *run_by(struct convolution *it, struct pair *pair)
{
    pthread_barrier_wait(&pair->found);
    const miopenStatus_t status = call_run_plain(it, pair->algorithm, NULL, 0);
    pthread_barrier_wait(&pair->found);
    if (status != miopenStatusSuccess || stub_last_launch()->handle != it->handle)
        return "not run on the handle that was given";
    return stub_last_launch()->id == shape_preferred(it->shape) ? NULL : "not by the solver found";
}

static void *partners(void *argument)
{
    struct worker *worker = argument;
    struct pair *pair = &pairs[(worker->seed - 1) / 2];

    for (size_t i = 0; i < shapes_count * 3; i++) {
        const struct shape *shape = &shapes[i % shapes_count];
        struct convolution it;
        miopenHandle_t handle = NULL;
        const char *wrong = NULL;

        if (!shape_preferred(shape))
            continue;
        if (miopenCreate(&handle) != miopenStatusSuccess ||
            !convolution_try_open(&it, shape, handle)) {
            worker->wrong = "no handle";
            return NULL; /* the partner is left waiting: the test's time limit ends that */
        }
        wrong = worker->seed % 2 ? find_for(&it, pair) : run_by(&it, pair);
        worker->wrong = wrong ? wrong : worker->wrong;
        convolution_close(&it);
        miopenDestroy(handle);
    }
    return NULL;
}

static void found_here_and_run_there(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PAIRS; i++)
        assert_int_equal(pthread_barrier_init(&pairs[i].found, NULL, 2), 0);
    in_threads(PAIRS * 2, partners);
    for (unsigned i = 0; i < PAIRS; i++)
        pthread_barrier_destroy(&pairs[i].found);
}

/* Handles go round: made in one thread, used in the next one, destroyed in the one after that. */
static struct mailbox {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    miopenHandle_t handles[THREADS];
    unsigned count;
} mailboxes[THREADS][2];

static void mailbox_put(struct mailbox *box, miopenHandle_t handle)
{
    pthread_mutex_lock(&box->lock);
    box->handles[box->count++] = handle;
    pthread_cond_signal(&box->filled);
    pthread_mutex_unlock(&box->lock);
}

static miopenHandle_t mailbox_take(struct mailbox *box)
{
    pthread_mutex_lock(&box->lock);
    while (box->count == 0)
        pthread_cond_wait(&box->filled, &box->lock);
    miopenHandle_t handle = box->handles[--box->count];
    pthread_mutex_unlock(&box->lock);
    return handle;
}

static void *rounds(void *argument)
{
    struct worker *worker = argument;
    const unsigned self = worker->seed - 1, next = (self + 1) % THREADS;
    struct convolution it;

    if (!convolution_try_open(&it, shape_named("3x3"), NULL)) {
        worker->wrong = "no descriptors";
        return NULL;
    }
    for (int round = 0; round < ROUNDS; round++) {
        miopenHandle_t handle = NULL;
        if (miopenCreate(&handle) != miopenStatusSuccess)
            worker->wrong = "no handle";
        it.handle = handle;
        if (call_run_plain(&it, 0, NULL, 0) != miopenStatusSuccess)
            worker->wrong = "not run where it was made";
        mailbox_put(&mailboxes[next][0], handle);

        it.handle = handle = mailbox_take(&mailboxes[self][0]);
        if (call_run_plain(&it, 0, NULL, 0) != miopenStatusSuccess ||
            stub_last_launch()->id != 91 || stub_last_launch()->handle != handle)
            worker->wrong = "not run where it was handed to";
        mailbox_put(&mailboxes[next][1], handle);

        if (miopenDestroy(mailbox_take(&mailboxes[self][1])) != miopenStatusSuccess)
            worker->wrong = "not destroyed";
    }
    convolution_close(&it);
    return NULL;
}

static void destroyed_in_another_thread(void **state)
{
    (void)state;
    for (unsigned i = 0; i < THREADS; i++) {
        for (unsigned box = 0; box < 2; box++) {
            pthread_mutex_init(&mailboxes[i][box].lock, NULL);
            pthread_cond_init(&mailboxes[i][box].filled, NULL);
        }
    }
    in_threads(THREADS, rounds);
}

/*
 * A thread remembers what it did with a handle. Another destroys the handle and makes one on
 * another card, which comes to the same address.
 */
static void *user_of_one_address(void *argument)
{
    struct worker *worker = argument;

    for (int round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&barrier);
        const bool rdna1 = round % 2 == 0;
        for (int again = 0; again < 2; again++) {
            miopenConvSolution_t solution = {0};
            size_t bytes = 0, count = 0;
            /* MIOpen's own answers are 777 bytes and Winograd. */
            if (call_workspace_size(&relay, &bytes) != miopenStatusSuccess ||
                bytes != (rdna1 ? relay.shape->workspace_bytes : 777))
                worker->wrong = "workspace of another card's handle";
            if (call_solution(&relay, 1, &count, &solution) != miopenStatusSuccess ||
                solution.solution_id != (rdna1 ? 91 : STUB_WINOGRAD_ID))
                worker->wrong = "solver of another card's handle";
        }
        pthread_barrier_wait(&barrier);
    }
    return NULL;
}

static void an_address_that_changes_cards(void **state)
{
    struct worker worker = {0};
    const void *address = NULL;
    unsigned same = 0;

    (void)state;
    stub_set_mixed_devices();
    stub_reuse_addresses(true);
    convolution_open(&relay, shape_named("3x3"), NULL);
    assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
    assert_int_equal(pthread_create(&worker.thread, NULL, user_of_one_address, &worker), 0);
    for (int round = 0; round < ROUNDS; round++) {
        assert_int_equal(hipSetDevice(round % 2), 0);
        assert_int_equal(miopenCreate(&relay.handle), miopenStatusSuccess);
        same += relay.handle == address;
        address = relay.handle;
        pthread_barrier_wait(&barrier);
        pthread_barrier_wait(&barrier);
        assert_int_equal(miopenDestroy(relay.handle), miopenStatusSuccess);
    }
    pthread_join(worker.thread, NULL);
    pthread_barrier_destroy(&barrier);
    assert_int_equal(hipSetDevice(0), 0);
    assert_int_equal(same, ROUNDS - 1);
    if (worker.wrong)
        fail_msg("%s", worker.wrong);
    convolution_close(&relay);
    stub_reuse_addresses(false);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(handles_come_and_go),
        TEST(descriptors_change),
        TEST(crowds_of_handles),
        TEST(a_handle_changes_hands),
        TEST(a_change_is_seen_in_another_thread),
        TEST(many_handles),
        TEST(found_here_and_run_there),
        TEST(destroyed_in_another_thread),
    };
    const struct CMUnitTest mixed[] = {TEST(an_address_that_changes_cards)};

    if (argc > 1 && strcmp(argv[1], "threads-mixed") == 0)
        return cmocka_run_group_tests(mixed, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
