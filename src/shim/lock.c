#include "shim/lock.h"

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#define FORK_WAITS_SECONDS 1

static pthread_mutex_t tables = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t linker = PTHREAD_RWLOCK_INITIALIZER; /* glibc's kind lets readers pass */
static pthread_mutex_t file = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool registered;

/* Of the thread that forks, and of its child. */
static __thread bool tables_held __attribute__((tls_model("initial-exec")));
static __thread bool file_held __attribute__((tls_model("initial-exec")));
static __thread bool linker_held __attribute__((tls_model("initial-exec")));

static void fork_prepare(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += FORK_WAITS_SECONDS;
    linker_held = pthread_rwlock_timedwrlock(&linker, &until) == 0;
    tables_held = pthread_mutex_timedlock(&tables, &until) == 0;
    file_held = pthread_mutex_timedlock(&file, &until) == 0;
}

static void fork_parent(void)
{
    if (file_held)
        pthread_mutex_unlock(&file);
    if (tables_held)
        pthread_mutex_unlock(&tables);
    if (linker_held)
        pthread_rwlock_unlock(&linker);
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
    struct timespec until;

    pthread_once(&once, fork_register);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)milliseconds * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return pthread_mutex_timedlock(&file, &until) == 0;
}

void lock_release_file(void)
{
    pthread_mutex_unlock(&file);
}

void lock_share(void)
{
    pthread_once(&once, fork_register);
    pthread_rwlock_rdlock(&linker);
}

void lock_unshare(void)
{
    pthread_rwlock_unlock(&linker);
}
