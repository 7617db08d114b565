/* The functions that let the host call an OpenCL kernel, made from the kernel's own declaration. */
#pragma once

#include <stdio.h>

/*
 * Finds `void kernel(…)` in preprocessed OpenCL source and appends to `out` the functions of
 * kernel/launch.h, which unpack the arguments and call it. 0; -ENOENT where the source has no such
 * kernel; -EINVAL where its parameters are not understood.
 */
int opencl_thunk_write(const char *source, const char *kernel, FILE *out);
