/*
 * What is preloaded, libmiopen_rdna1.so, is the gate: MIOpen's names, with nothing behind them
 * until one is called. Every process maps it and nearly none calls MIOpen, so all that costs
 * something to load stands in another library, the shim, which the gate opens at the first call.
 *
 * Both are of one build; what they know of each other is here.
 */
#pragma once

#include "gate/bound.h"

#include <stdbool.h>

/* The functions behind the gate, in the order of the list. */
enum gate_function {
#define WRAPPED(name, ...) GATE_##name,
#define CALLED(name, ...)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
    GATE_FUNCTIONS
};

/* Any function: called as what it is by callers who know it. */
typedef void gate_entry(void);

/* What the gate does for the shim. */
struct gate {
    /* Where the calls go. The shim puts its own functions here. */
    gate_entry **entries;

    /*
     * dlsym(RTLD_NEXT): what a symbol would be if the gate were not there. The shim, which was
     * opened later, stands in no order from which that could be told.
     */
    void *(*next)(const char *name);

    /* bound_miopen() */
    const void *(*bound)(const void *caller_map);

    /* bound_notify() */
    void (*unload_notify)(bound_notified *notify);
};

/*
 * What the shim keeps for each thread. It is the gate's, which has a place for it in every thread
 * from the start of the process: a library that is opened later has to find one in a small reserve,
 * and where others have used that up, it is not loaded at all.
 */
struct gate_thread {
    void *recalls;       /* of choice.c */
    unsigned locks_held; /* of lock.c */
};

extern __thread struct gate_thread rocm_rdna1_thread
    __attribute__((tls_model("initial-exec"), visibility("default")));

/*
 * The shim's one exported function: it takes its place behind the gate. In several threads, or
 * again, it does the same again. `at_start`: the program is about to start, with MIOpen linked in,
 * and the environment can still be set before anything reads it.
 */
__attribute__((visibility("default"))) void rocm_rdna1_open(const struct gate *gate, bool at_start);
typedef __typeof__(rocm_rdna1_open) gate_open_shim;
