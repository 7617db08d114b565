/* The kernels that a log of launches names: what each is for. kernels.list has them. */
#pragma once

#include <stddef.h>

enum kernel_role {
    KERNEL_GEMM,      /* of a GEMM solver */
    KERNEL_NAIVE,     /* of a naive solver */
    KERNEL_BESIDE,    /* no convolution: bias, activation, normalization */
    KERNEL_FORBIDDEN, /* anything else */
};

enum kernel_role kernel_role(const char *kernel);

/*
 * A kernel's name without what only tells its data types and sizes apart: "naive_conv", "Im2Col".
 * A forbidden kernel's is its own.
 */
void kernel_short_name(const char *kernel, char *ret_name, size_t size);
