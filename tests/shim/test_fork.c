/*
 * Processes that fork: before MIOpen's first call, after it, and while other threads are in the
 * midst of it. The child has one thread, and must be able to do all that a program does.
 *
 * The shim is linked into this program, so that its ways can be made the slow ones.
 */
#include "cmocka_all.h"
#include "session.h"

#include "shim/caller.h"
#include "shim/lock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_SECONDS 30 /* a child that hangs ends by its alarm */

/*
 * The sanitizers' malloc takes locks that no fork waits for (gcc 12's libtsan and libasan): under
 * them a child of a process with busy threads only ends, and what is shown is the parent's part.
 */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define CHILD_OF_THREADS_SESSIONS 0
#else
#define CHILD_OF_THREADS_SESSIONS 2
#endif

static atomic_bool stop;
static _Atomic(const char *) wrong_in_thread;

/* Whose calls these are is found again with the help of the dynamic linker and its locks. */
static void callers_forget(void)
{
    for (struct caller *caller = atomic_load(&callers); caller; caller = caller->next)
        atomic_store(&caller->bytes, 0);
}

static const char *sessions(int count)
{
    const char *wrong = NULL;

    for (int i = 0; i < count && !wrong; i++) {
        callers_forget();
        wrong = session_run(SESSION_STRICT);
    }
    return wrong;
}

/* Forks; the child makes that many sessions. 0 where all is well, else how it ended. */
static int fork_and_wait(int count)
{
    int status = -1;
    const pid_t child = fork();

    if (child == 0) {
        alarm(CHILD_SECONDS);
        const char *wrong = sessions(count);
        if (wrong)
            fprintf(stderr, "# in a child: %s\n", wrong);
        _exit(wrong ? 1 : 0);
    }
    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

static void *first_calls(void *argument)
{
    pthread_barrier_wait(argument);
    const char *wrong = sessions(1);
    if (wrong)
        atomic_store(&wrong_in_thread, wrong);
    return NULL;
}

/* A process of its own, where another thread makes MIOpen's first call just when it forks. */
static int first_call_and_fork(unsigned delay)
{
    pthread_barrier_t barrier;
    pthread_t thread;

    alarm(CHILD_SECONDS);
    pthread_barrier_init(&barrier, NULL, 2);
    if (pthread_create(&thread, NULL, first_calls, &barrier) != 0)
        return 2;
    pthread_barrier_wait(&barrier);
    for (volatile unsigned i = 0; i < delay * 400; i++)
        ;
    const int status = fork_and_wait(CHILD_OF_THREADS_SESSIONS);
    pthread_join(thread, NULL);
    return status != 0 || atomic_load(&wrong_in_thread) ? 1 : 0;
}

static void in_the_midst_of_the_first_call(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 100; round++) {
        int status = -1;
        const pid_t child = fork();
        if (child == 0)
            _exit(first_call_and_fork(round));
        assert_true(child > 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

static void before_between_and_after(void **state)
{
    (void)state;
    miopenHandle_t handle = NULL;
    struct convolution it;

    assert_int_equal(stub_calls_total(), 0);
    assert_int_equal(fork_and_wait(2), 0);
    assert_int_equal(miopenCreate(&handle), miopenStatusSuccess);
    assert_int_equal(fork_and_wait(2), 0);
    convolution_open(&it, shape_named("3x3"), handle);
    assert_null(session_calls(&it, SESSION_STRICT));

    /* What the parent has remembered holds in the child too. */
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS);
        _exit(session_calls(&it, SESSION_STRICT) || miopenDestroy(handle) != miopenStatusSuccess);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);

    assert_null(session_calls(&it, SESSION_STRICT));
    convolution_close(&it);
    assert_int_equal(miopenDestroy(handle), miopenStatusSuccess);
    assert_int_equal(fork_and_wait(2), 0);
}

static void *hammer(void *argument)
{
    (void)argument;
    while (!atomic_load(&stop)) {
        const char *wrong = sessions(1);
        if (wrong)
            atomic_store(&wrong_in_thread, wrong);
    }
    return NULL;
}

/* Handles and choices are made in some threads while others fork, and a child forks in its turn. */
static void *forker(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < 30; i++) {
        if (fork_and_wait(CHILD_OF_THREADS_SESSIONS) != 0)
            atomic_store(&wrong_in_thread, "a child that was forked in a thread did not end well");
    }
    return NULL;
}

static void while_other_threads_are_at_it(void **state)
{
    (void)state;
    enum { HAMMERS = 3 };
    pthread_t hammers[HAMMERS], other;
    int status = 0;

    atomic_store(&stop, false);
    for (unsigned i = 0; i < HAMMERS; i++)
        assert_int_equal(pthread_create(&hammers[i], NULL, hammer, NULL), 0);
    assert_int_equal(pthread_create(&other, NULL, forker, NULL), 0);
    for (unsigned i = 0; i < 60 && status == 0; i++)
        status = fork_and_wait(CHILD_OF_THREADS_SESSIONS);
    const pid_t child = fork();
    if (child == 0) {
        alarm(CHILD_SECONDS);
        _exit(fork_and_wait(CHILD_OF_THREADS_SESSIONS) == 0 ? 0 : 1);
    }
    int grandchild_status = -1;
    assert_int_equal(waitpid(child, &grandchild_status, 0), child);
    pthread_join(other, NULL);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < HAMMERS; i++)
        pthread_join(hammers[i], NULL);
    assert_int_equal(status, 0);
    assert_int_equal(grandchild_status, 0);
    const char *wrong = atomic_load(&wrong_in_thread);
    if (wrong)
        fail_msg("%s", wrong);
    assert_int_equal(stub_violations(), 0);
    assert_int_equal(stub_memory_live(), 0);
}

/* A lock that is not given back for long holds a fork up for a second, not for ever. */
static pthread_barrier_t barrier;

static void *holder(void *argument)
{
    void (*const take)(void) = argument ? lock_take : lock_share;
    void (*const give)(void) = argument ? lock_release : lock_unshare;

    take();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    give();
    return NULL;
}

static void a_lock_that_is_held_for_long(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 2; which++) {
        struct timespec before, after;
        pthread_t thread;

        pthread_barrier_init(&barrier, NULL, 2);
        assert_int_equal(pthread_create(&thread, NULL, holder, which ? &barrier : NULL), 0);
        pthread_barrier_wait(&barrier);
        clock_gettime(CLOCK_MONOTONIC, &before);
        assert_int_equal(fork_and_wait(2), 0);
        clock_gettime(CLOCK_MONOTONIC, &after);
        assert_in_range(after.tv_sec - before.tv_sec, 1, CHILD_SECONDS);
        pthread_barrier_wait(&barrier);
        pthread_join(thread, NULL);
        pthread_barrier_destroy(&barrier);
        assert_int_equal(fork_and_wait(2), 0);
    }
}

/* One or another is always in, for as long as it is let in. */
static void *reader(void *argument)
{
    (void)argument;
    while (!atomic_load(&stop)) {
        lock_share();
        usleep(5000);
        lock_unshare();
    }
    return NULL;
}

static void busy_readers_let_a_fork_in(void **state)
{
    (void)state;
    enum { READERS = 8, ROUNDS = 5 };
    pthread_t readers[READERS];
    struct timespec before, after;

    atomic_store(&stop, false);
    for (unsigned i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, reader, NULL), 0);
    clock_gettime(CLOCK_MONOTONIC, &before);
    for (unsigned round = 0; round < ROUNDS; round++)
        assert_int_equal(fork_and_wait(0), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    /* Kept out, each would have given up after a second. */
    assert_in_range(after.tv_sec - before.tv_sec, 0, ROUNDS - 2);
}

int main(void)
{
    /* In this order: of the first two, MIOpen's first call is still to come. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_midst_of_the_first_call),
        cmocka_unit_test(before_between_and_after),
        cmocka_unit_test(while_other_threads_are_at_it),
        cmocka_unit_test(a_lock_that_is_held_for_long),
        cmocka_unit_test(busy_readers_let_a_fork_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
