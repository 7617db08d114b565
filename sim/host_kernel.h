/* Kernels compiled for the host: from a code object's source to functions that can be called. */
#pragma once

#include "kernel/launch.h"

#include <jansson.h>
#include <stdbool.h>

struct host_kernel {
    void (*group)(const struct sim_launch *launch);
    void (*thread)(const struct sim_launch *launch, unsigned index);
    bool has_barrier;
    unsigned arguments_count;
    const unsigned (*arguments)[2]; /* offset and size of each in the packed buffer */
};

/*
 * Compiles one kernel of a code object for this machine and loads it; the result is kept in the
 * directory SIM_CACHE under a hash of all that went in, so that it is compiled once. Safe for
 * several processes at once. 0; -ENOTSUP where the language or the source cannot be run on the
 * host, with the reason; -errno where files or the compiler could not be had.
 */
int host_kernel_load(const json_t *object, const char *kernel, struct host_kernel *ret_kernel,
                     char *ret_reason, size_t reason_size);
