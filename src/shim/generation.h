/*
 * Which descriptors and handles have changed: a counter a slot, a slot for each address. What was
 * remembered about a set of objects holds as long as their counters stand. Two addresses may share
 * a slot; then a change of one ends what was known of the other, which costs time and nothing else.
 */
#pragma once

#include "shim/export.h"

#include <stdatomic.h>
#include <stdint.h>

#define GENERATION_SLOTS 4096u

extern atomic_uint generations[GENERATION_SLOTS];

SHIM_HOT atomic_uint *generation_slot(const void *object)
{
    uint64_t mixed = (uint64_t)(uintptr_t)object * 0x9E3779B97F4A7C15u; /* Fibonacci hashing */

    return &generations[mixed >> 52];
}

SHIM_HOT uint64_t generation_of(const void *object)
{
    return atomic_load_explicit(generation_slot(object), memory_order_acquire);
}

/* To be called after an object was changed, created or destroyed. */
static inline void generation_end(const void *object)
{
    atomic_fetch_add_explicit(generation_slot(object), 1, memory_order_acq_rel);
}

_Static_assert(GENERATION_SLOTS == UINT64_C(1) << (64 - 52), "slots and shift agree");
