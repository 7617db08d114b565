/* Our libraries in the dynamic loader's variables: the shim in LD_PRELOAD, the audit library in
 * LD_AUDIT.
 */
#pragma once

#include "base/settings.h"

enum preload { PRELOAD_SHIM, PRELOAD_AUDIT };

/*
 * Where a library of ours is: as the settings say, else beside this program in a build tree, else
 * where it is installed. An absolute path of a file that can be read and that the variable can
 * hold. 0, or -errno after a message on stderr. free() it.
 */
int preload_find(enum preload preload, const struct settings *settings, char **ret_path);

/*
 * The variable's value with the library first: `before` (NULL: not set) as it was where a library
 * of the same file name is in it already. NULL where memory is short. free() it.
 */
char *preload_with(enum preload preload, const char *before, const char *library);

/*
 * GLIBC_TUNABLES' value that makes up for what auditing takes: the linker then sets thread-local
 * storage up before it has seen the program's libraries, so that those which need a fixed place in
 * it (jemalloc takes 2632 bytes) must make do with a reserve, by default 512 bytes and some, or the
 * program does not start. A reserve that `before` (NULL: not set) names stays. Each thread's stack
 * pays for it, and one of PTHREAD_STACK_MIN must still do. NULL where memory is short. free() it.
 */
char *preload_tunables(const char *before);

/*
 * Finds a library and sets its variable, and those that it needs besides. 0, or -errno after a
 * message on stderr.
 */
int preload_set(enum preload preload, const struct settings *settings);

/*
 * The oldest glibc that tells an audit library about every binding: before it, those that are made
 * at once, as MIOpen's users mostly have them, went unmentioned (NEWS of glibc 2.35).
 */
#define AUDIT_GLIBC "2.35"

/* Whether a glibc of that version is new enough; false for NULL and what is no version. */
bool preload_audit_works(const char *glibc);

/* The version of the glibc that this program runs on; NULL where it is another C library. */
const char *preload_glibc(void);
