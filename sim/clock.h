/*
 * The virtual clock of each simulated card. Launches advance it by a formula of their size, so that
 * what measures times, such as MIOpen's Find, gets the same ranking every time. The times are
 * modelled: they keep an order that real cards have and mean nothing beyond that.
 */
#pragma once

#include <stdint.h>

struct device;

/* Nanoseconds a kernel with that many threads takes. */
uint64_t clock_kernel_ns(const struct device *device, const char *kernel, uint64_t threads);

/* Nanoseconds a matrix product of that many multiplications takes. */
uint64_t clock_gemm_ns(const struct device *device, uint64_t multiplications);

/* Adds to a device's clock and returns the time before. */
uint64_t clock_advance(unsigned device, uint64_t ns);

uint64_t clock_now(unsigned device);
