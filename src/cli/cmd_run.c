/* rocm-rdna1 run: becomes a program, in an environment in which MIOpen uses GEMM. */
#include "cli/machine_open.h"
#include "cli/output.h"
#include "cli/preload.h"
#include "cli/profile.h"
#include "cli/program.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

enum { OPTION_PROFILE, OPTION_NO_SHIM, OPTION_NO_AUDIT };

static const struct option_row options[] = {
    [OPTION_PROFILE] = PROFILE_OPTION,
    [OPTION_NO_SHIM] = {"no-shim", NULL, "set the variables only, preload nothing"},
    [OPTION_NO_AUDIT] = {"no-audit", NULL, "preload the shim only, cover no look-ups by name"},
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

/* Sets this process up for the program. 0, or -errno after a message. */
static int prepare(enum profile profile, enum libraries libraries, const struct settings *settings,
                   const char *program)
{
    struct machine machine;
    int r = machine_open(NULL, settings, &machine);
    if (r < 0)
        return r;
    const bool rdna1 = gpu_list_rdna1_count(&machine.gpus) > 0;
    if (rdna1)
        r = machine_set_environment(&machine, profile);
    machine_free(&machine);
    if (r < 0) {
        complain("setting the environment: %s", strerror(-r));
        return r;
    }
    return rdna1 && profile == PROFILE_GEMM ? set_libraries(libraries, settings, program) : 0;
}

static int run(const struct arguments *arguments, const struct settings *settings)
{
    const enum profile profile = profile_chosen(arguments->values[OPTION_PROFILE]);
    if (arguments->rest_count == 0) {
        complain("run: which program? rocm-rdna1 run -- PROGRAM ARGUMENT...");
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
    const enum libraries libraries = arguments->values[OPTION_NO_SHIM]    ? LIBRARIES_NONE
                                     : arguments->values[OPTION_NO_AUDIT] ? LIBRARIES_SHIM
                                                                          : LIBRARIES_ALL;
    if (!settings->off && profile != PROFILE_OFF && prepare(profile, libraries, settings, path) < 0)
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
