/*
 * Programs run on the simulated card: each in its own process with an empty HOME, several at a
 * time, with a limit on their time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum way { WAY_PLAIN, WAY_ORIGINAL, WAY_ENV, WAY_SHIM, WAY_COUNT };

extern const char *const way_names[WAY_COUNT];

/* A machine of simulated cards. */
struct card {
    char name[64];       /* "gfx1010", "gfx1010-as-gfx1030" */
    const char *devices; /* SIM_DEVICES */
    char override[16];   /* HSA_OVERRIDE_GFX_VERSION; "" where there is none */
    char sysroot[320];   /* its sysfs tree, from card_prepare() */
};

/* Where things are that all jobs need; absolute paths. */
struct places {
    const char *way;     /* the script */
    const char *cli;     /* rocm-rdna1 */
    const char *shim;    /* libmiopen_rdna1.so */
    const char *rules;   /* data/rules */
    const char *sysroot; /* the program that writes a sysfs tree */
    char scratch[256];   /* a directory of our own, from places_open() */
};

struct job {
    const char *const *argv; /* NULL-terminated; stays the caller's */
    const struct card *card;
    enum way way;
    unsigned limit_seconds;
    void *user; /* the caller's */

    /* Filled by jobs_run(). The texts are the caller's to free; never NULL afterwards. */
    char *out, *err;
    char *log;     /* path of the simulated card's log, until jobs_run() has returned from `done` */
    int exit_code; /* -1 where a signal ended it */
    int signal;    /* 0 where it exited */
    bool timed_out;
    double seconds,
        cpu_seconds; /* of the clock; of the processor, children that it waited for included */
};

/* Makes the scratch directory. 0 or -errno. */
int places_open(struct places *places);

/* Removes it with all it holds. */
void places_close(struct places *places);

/* Writes the card's sysfs tree into the scratch directory. 0, or -errno after a message. */
int card_prepare(const struct places *places, struct card *card);

/*
 * Runs all jobs, `at_once` at a time, and calls `done` after each, in the order of their ends.
 * 0, or -errno where a process could not be started.
 */
int jobs_run(const struct places *places, struct job *jobs, size_t count, unsigned at_once,
             void (*done)(struct job *job, void *context), void *context);

void job_free(struct job *job);
