#include "start.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* The smallest process there is: in any other the share of the library is less. */
#define PROGRAM "/bin/true"

struct environments {
    char variables[2][2][512]; /* LD_PRELOAD=… and LD_AUDIT=…, by `ours` */
};

static int start(void *context, bool ours, unsigned count)
{
    struct environments *environments = context;
    char *argv[] = {(char[]){PROGRAM}, NULL};
    char *preload = environments->variables[ours][0], *audit = environments->variables[ours][1];
    char *environment[] = {preload, *audit ? audit : NULL, NULL};

    for (unsigned i = 0; i < count; i++) {
        pid_t pid;
        int status = 0;
        const int error = posix_spawn(&pid, PROGRAM, NULL, NULL, argv, environment);

        if (error)
            return -error;
        if (waitpid(pid, &status, 0) < 0)
            return -errno;
        if (status != 0)
            return -ECHILD;
    }
    return 0;
}

/*
 * The processor's time of all children so far, in the kernel as well: which core a process starts
 * on, and how long it waits for one, is none of the library's doing.
 */
static double children_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static void environment_set(char variables[2][512], const struct start *start)
{
    snprintf(variables[0], sizeof(variables[0]), "LD_PRELOAD=%s", start->preload);
    variables[1][0] = '\0';
    if (start->audit)
        snprintf(variables[1], sizeof(variables[1]), "LD_AUDIT=%s", start->audit);
}

int start_measure(const struct start *ours, const struct start *other, double seconds,
                  struct sample *ret_sample)
{
    struct environments environments = {0};
    const struct contest contest = {
        .run = start, .context = &environments, .clock = children_seconds};
    int r;

    environment_set(environments.variables[true], ours);
    environment_set(environments.variables[false], other);
    r = sample_take(&contest, seconds, ret_sample);
    if (r < 0)
        fprintf(stderr, "bench: starting %s: %s\n", PROGRAM, strerror(-r));
    return r;
}
