#include "shim/lock.h"

#include "gate/gate.h"

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#define FORK_WAITS_MS     1000
#define FORK_HOLDS_OFF_MS 100

static pthread_mutex_t tables = PTHREAD_MUTEX_INITIALIZER;
/*
 * glibc's kind lets readers pass a waiting writer, and busy ones would keep a fork out for ever. So
 * they come in by an entrance which a waiting fork closes; but not for long, for what a reader
 * holds of the dynamic linker's another one may need that must end before the fork gets in.
 */
static pthread_rwlock_t linker = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t entrance = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t file = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool registered;

/* Of the thread that forks, and of its child: locks_held of its gate_thread. */
enum { HELD_ENTRANCE = 1, HELD_LINKER = 2, HELD_TABLES = 4, HELD_FILE = 8 };

static struct timespec after(unsigned milliseconds)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)milliseconds * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return until;
}

static void fork_prepare(void)
{
    const struct timespec until = after(FORK_WAITS_MS);
    unsigned held = 0;

    if (pthread_mutex_timedlock(&entrance, &until) == 0)
        held |= HELD_ENTRANCE;
    if (pthread_rwlock_timedwrlock(&linker, &until) == 0)
        held |= HELD_LINKER;
    if (pthread_mutex_timedlock(&tables, &until) == 0)
        held |= HELD_TABLES;
    if (pthread_mutex_timedlock(&file, &until) == 0)
        held |= HELD_FILE;
    rocm_rdna1_thread.locks_held = held;
}

static void fork_parent(void)
{
    const unsigned held = rocm_rdna1_thread.locks_held;

    if (held & HELD_FILE)
        pthread_mutex_unlock(&file);
    if (held & HELD_TABLES)
        pthread_mutex_unlock(&tables);
    if (held & HELD_LINKER)
        pthread_rwlock_unlock(&linker);
    if (held & HELD_ENTRANCE)
        pthread_mutex_unlock(&entrance);
}

/*
 * Given back and made anew: whoever took them has another number here, and those who waited for
 * them are counted in them but are gone.
 */
static void fork_child(void)
{
    fork_parent();
    pthread_mutex_init(&file, NULL);
    pthread_mutex_init(&tables, NULL);
    pthread_rwlock_init(&linker, NULL);
    pthread_mutex_init(&entrance, NULL);
    registered = true;
}

/* A child that was forked in the midst of it does it again, unless the handlers came with it. */
static void fork_register(void)
{
    if (!registered)
        (void)pthread_atfork(fork_prepare, fork_parent, fork_child);
}

void lock_take(void)
{
    pthread_once(&once, fork_register);
    pthread_mutex_lock(&tables);
}

void lock_release(void)
{
    pthread_mutex_unlock(&tables);
}

void lock_take_file(void)
{
    pthread_once(&once, fork_register);
    pthread_mutex_lock(&file);
}

bool lock_try_file(unsigned milliseconds)
{
    pthread_once(&once, fork_register);
    const struct timespec until = after(milliseconds);
    return pthread_mutex_timedlock(&file, &until) == 0;
}

void lock_release_file(void)
{
    pthread_mutex_unlock(&file);
}

void lock_share(void)
{
    pthread_once(&once, fork_register);
    const struct timespec until = after(FORK_HOLDS_OFF_MS);
    if (pthread_mutex_timedlock(&entrance, &until) == 0)
        pthread_mutex_unlock(&entrance);
    pthread_rwlock_rdlock(&linker);
}

void lock_unshare(void)
{
    pthread_rwlock_unlock(&linker);
}
