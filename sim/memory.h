/*
 * The memory of the simulated cards: every block has an owner and an end. Device memory is ordinary
 * host memory; a guard page behind each block and no access to freed blocks make a kernel that
 * strays fail where it does so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum memory_kind {
    MEMORY_DEVICE,
    MEMORY_MANAGED, /* the device's, which the host may write as well: hipMallocManaged() */
    MEMORY_HOST,    /* pinned host memory, hipHostMalloc() */
};

struct memory_block {
    char *start;
    size_t bytes;
    enum memory_kind kind;
    unsigned device;
};

/*
 * Allocates; fresh memory up to MEMORY_POISON_MAX bytes holds NaN in every floating-point type.
 * 0; -ENOMEM where the device's memory (device_bytes in all) is used up.
 */
#define MEMORY_POISON_MAX (16U << 20)
int memory_allocate(unsigned device, uint64_t device_bytes, enum memory_kind kind, size_t bytes,
                    void **ret_start);

/*
 * Frees. 0; -EINVAL where no block starts there; -EALREADY where one was freed before; -EOVERFLOW
 * where the bytes behind the block were written (it is freed all the same).
 */
int memory_free(void *start);

/* The block that has this address, or false. */
bool memory_find(const void *address, struct memory_block *ret_block);

/*
 * Checks that a copy or fill of `bytes` from an address stays inside its block. 0 for addresses of
 * the host's own memory as well; -EFAULT past the end of a block, or in a freed one.
 */
int memory_check(const void *address, size_t bytes);

/* Whether the address is in a block that was freed, as far as that is remembered. */
bool memory_is_stale(const void *address);

/* Bytes in use on a device. */
uint64_t memory_used(unsigned device);

/* Calls back for every block that is still allocated. */
void memory_each(void (*visit)(const struct memory_block *block, void *context), void *context);
