/* rocm-rdna1 run: becomes a program, in an environment in which MIOpen uses GEMM. */
#include "cli/machine_open.h"
#include "cli/output.h"
#include "cli/preload.h"
#include "cli/profile.h"
#include "cli/program.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum { OPTION_PROFILE, OPTION_NO_SHIM, OPTION_NO_AUDIT, OPTION_TRACE };

static const struct option_row options[] = {
    [OPTION_PROFILE] = PROFILE_OPTION,
    [OPTION_NO_SHIM] = {"no-shim", NULL, "set the variables only, preload nothing"},
    [OPTION_NO_AUDIT] = {"no-audit", NULL, "preload the shim only, cover no look-ups by name"},
    [OPTION_TRACE] = {"trace", "FILE", "have the shim note in FILE what becomes of convolutions"},
    {NULL, NULL, NULL},
};

/* Which libraries of ours the program gets. */
enum libraries { LIBRARIES_NONE, LIBRARIES_SHIM, LIBRARIES_ALL };

static int set_libraries(enum libraries libraries, const struct settings *settings,
                         const char *program)
{
    if (libraries == LIBRARIES_NONE)
        return 0;
    const char *privilege = program_privilege(program);
    if (privilege) {
        complain("%s: %s: the loader drops the shim from such programs; "
                 "start the program that uses MIOpen itself, or run with --no-shim",
                 program, privilege);
        return -EPERM;
    }
    const int r = preload_set(PRELOAD_SHIM, settings);
    if (r < 0 || libraries == LIBRARIES_SHIM)
        return r;
    const char *glibc = preload_glibc();
    if (preload_audit_works(glibc))
        return preload_set(PRELOAD_AUDIT, settings);
    complain("programs that look MIOpen's functions up by name (TensorFlow, JAX, Julia) are not "
             "covered: that needs glibc " AUDIT_GLIBC ", and here is %s; --no-audit silences this",
             glibc ? glibc : "another C library");
    return 0;
}

/*
 * Hands the file on to the shim, under a name that holds wherever the program goes. Whether it can
 * be written is told here, since the shim says nothing. 0, or -errno after a message.
 */
static int trace_set(const char *name)
{
    struct stat info;
    /* Looked at before it is opened, which a FIFO's reader would notice. */
    const bool fits = stat(name, &info) != 0 || S_ISREG(info.st_mode);
    cleanup_fd const int fd =
        fits ? open(name, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666) : -1;
    if (fd < 0) {
        const int r = fits ? -errno : -EINVAL;
        complain("--trace %s: %s", name, fits ? strerror(-r) : "expected a regular file");
        return r;
    }
    cleanup_free char *path = realpath(name, NULL);
    if (!path || setenv("ROCM_RDNA1_TRACE", path, 1) != 0) {
        const int r = -errno;
        complain("--trace %s: %s", name, strerror(-r));
        return r;
    }
    return 0;
}

/* How the program is to be run. */
struct way {
    enum profile profile;
    enum libraries libraries;
    const char *trace; /* a file; NULL */
};

/* Sets this process up for the program. 0, or -errno after a message. */
static int prepare(const struct way *way, const struct settings *settings, const char *program)
{
    struct machine machine;
    int r = machine_open(NULL, settings, &machine);
    if (r < 0)
        return r;
    const bool rdna1 = gpu_list_rdna1_count(&machine.gpus) > 0;
    const bool traced = way->profile == PROFILE_GEMM && way->libraries != LIBRARIES_NONE &&
                        (way->trace || settings->trace);
    if (rdna1)
        r = machine_set_environment(&machine, traced ? PROFILE_TRACED : way->profile);
    machine_free(&machine);
    if (r < 0) {
        complain("setting the environment: %s", strerror(-r));
        return r;
    }
    if (way->trace) /* empty where there is nothing to note: also an answer */
        r = trace_set(way->trace);
    return r == 0 && rdna1 && way->profile == PROFILE_GEMM
               ? set_libraries(way->libraries, settings, program)
               : r;
}

static int run(const struct arguments *arguments, const struct settings *settings)
{
    struct way way = {.profile = profile_chosen(arguments->values[OPTION_PROFILE]),
                      .libraries = arguments->values[OPTION_NO_SHIM]    ? LIBRARIES_NONE
                                   : arguments->values[OPTION_NO_AUDIT] ? LIBRARIES_SHIM
                                                                        : LIBRARIES_ALL,
                      .trace = arguments->values[OPTION_TRACE]};
    if (arguments->rest_count == 0) {
        complain("run: which program? rocm-rdna1 run -- PROGRAM ARGUMENT...");
        return STATUS_RUN_FAILED;
    }
    if (way.trace && (way.profile != PROFILE_GEMM || way.libraries == LIBRARIES_NONE)) {
        complain("run: --trace: it is the shim that writes it; not with --no-shim or --profile");
        return STATUS_RUN_FAILED;
    }
    const char *name = arguments->rest[0];
    cleanup_free char *path = NULL;
    int r = program_find(name, &path);
    if (r < 0) {
        complain("%s: %s", name, r == -ENOENT ? "no such program" : strerror(-r));
        return r == -ENOENT || r == -ENOTDIR ? STATUS_NOT_FOUND
               : r == -ENOMEM                ? STATUS_RUN_FAILED
                                             : STATUS_NOT_EXECUTABLE;
    }
    if (!settings->off && way.profile != PROFILE_OFF && prepare(&way, settings, path) < 0)
        return STATUS_RUN_FAILED;

    r = program_exec(path, arguments->rest);
    /* It was there a moment ago: what is missing is what it needs to start. */
    complain("%s: %s", path,
             r == -ENOENT ? "its interpreter or its dynamic loader is missing" : strerror(-r));
    return STATUS_NOT_EXECUTABLE;
}

const struct command command_run = {
    .name = "run",
    .summary = "run a program with GEMM forced on RDNA1 cards",
    .rest = "-- PROGRAM [ARGUMENT...]",
    .details =
        "Becomes PROGRAM, with MIOpen's variables set, the shim first in LD_PRELOAD and the audit\n"
        "library first in LD_AUDIT where this machine has an RDNA1 card; on any other machine "
        "just\n"
        "becomes PROGRAM. Variables that are set already are kept. The exit status is PROGRAM's;\n"
        "125 where rocm-rdna1 itself failed, 126 where PROGRAM cannot be executed, 127 where it\n"
        "was not found.",
    .options = options,
    .usage_status = STATUS_RUN_FAILED,
    .run = run,
};
