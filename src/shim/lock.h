/*
 * The shim's locks, and what becomes of them in a fork. A child has but the thread that forked: a
 * lock that another thread held would stay locked for ever. So a fork waits for all of these, each
 * for a second at most, for a program that forks in a way nobody thought of must not hang in its
 * parent instead.
 *
 * They are all there are: a lock of another file's own would have to do the same. The handlers are
 * registered when a lock is first taken, so a process without MIOpen has none.
 */
#pragma once

#include <stdbool.h>

/*
 * The one lock of the shim's tables. Never held across a call into MIOpen, HIP, the dynamic linker
 * or malloc: what they lock, a forking thread may hold already when it comes to wait for this one.
 */
void lock_take(void);
void lock_release(void);

/*
 * The lock of the trace's file, and of what is written to it: held while that is written, never
 * across a call into MIOpen, HIP, the dynamic linker or malloc either. Not taken with the other.
 */
void lock_take_file(void);
bool lock_try_file(unsigned milliseconds); /* false: it could not be had by then */
void lock_release_file(void);

/*
 * Around what takes libc's own locks that a child would find locked as well: the dynamic linker's,
 * the environment's. Any number of threads share it, for one that runs a constructor inside the
 * dynamic linker must never wait here for one that waits for the dynamic linker.
 */
void lock_share(void);
void lock_unshare(void);
