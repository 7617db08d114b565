/* GPU faults: the card's own errors in a program, and modelled ones for what cannot run here. */
#pragma once

#include <stddef.h>

/*
 * A kernel that this CPU cannot run, assembly above all, was launched. What follows is modelled and
 * says so: SIM_FAULT=fault (the default) ends the process as a memory fault of the GPU does, hang
 * never returns, poison fills the kernel's output with NaN and returns. MIOpen's kernels take their
 * output last, so that is the last argument that points into device memory.
 */
void fault_modelled(unsigned device, const char *kernel, const char *reason, const char *arguments,
                    size_t arguments_size);

/* A program's real mistake that a GPU would answer with a fault: told on stderr, then abort(). */
__attribute__((noreturn)) void fault_memory(unsigned device, const char *kernel,
                                            const void *address, const char *mistake);
