/* Launches: unpacking the arguments, running the kernel over its grid, time and log. */
#pragma once

#include "module.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct launch {
    struct function *function;
    unsigned device;
    uint32_t global[3];    /* threads in all; the last group of a dimension may be partial */
    uint32_t local[3];     /* threads of a group */
    const char *arguments; /* packed; NULL where `parameters` has them */
    size_t arguments_size;
    void **parameters; /* one pointer to each argument, or NULL */
    bool captured;     /* the stream is capturing: nothing runs */
};

/*
 * Runs a kernel to its end on this CPU, or faults. With SIM_EXECUTE=0 it only counts the time.
 * 0; -EINVAL for a grid or arguments that make no sense; -errno where the kernel could not be
 * compiled for reasons that are not its own. *ret_start and *ret_end are the device's times.
 */
int launch_run(const struct launch *launch, uint64_t *ret_start, uint64_t *ret_end);

/* Whether launches are executed: not with SIM_EXECUTE=0. */
bool execute_enabled(void);

/*
 * Says that a card's memory was written by something other than a launch: a copy, a fill, a matrix
 * product (whose lock says so itself), a module's end.
 */
void execute_memory_written(void);

/* One kernel or matrix product runs at a time. */
void execute_lock(void);
void execute_unlock(void);
