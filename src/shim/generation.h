/*
 * What descriptors and handles hold, as numbers: what was remembered about a set of objects holds
 * as long as their numbers are what they were. A descriptor that is set to what it held before, or
 * made anew at the same place with the same content, has its old number again: programs make all
 * their descriptors for each call.
 *
 * Each address has a slot. The first descriptor in a slot owns it until it is destroyed, and its
 * number is a hash of what was done to it; of all other objects there the changes are counted
 * together, so that one may be taken for changed that was not, which costs time and nothing else.
 */
#pragma once

#include "base/hash.h"
#include "shim/export.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define GENERATION_SLOTS 4096u

struct generation {
    _Atomic(const void *) owner;
    _Atomic(uint64_t) content;  /* the owner's */
    _Atomic(uint64_t) changes;  /* of all others */
} __attribute__((aligned(32))); /* found by a shift */

extern struct generation generations[GENERATION_SLOTS];

SHIM_HOT struct generation *generation_slot(const void *object)
{
    return &generations[((uint64_t)(uintptr_t)object * HASH_FACTOR) >> 52];
}

_Static_assert(GENERATION_SLOTS == UINT64_C(1) << (64 - 52), "slots and shift agree");

SHIM_HOT uint64_t generation_of(const void *object)
{
    const struct generation *slot = generation_slot(object);
    const void *owner = atomic_load_explicit(&slot->owner, memory_order_acquire);

    return __builtin_expect(owner == object, 1)
               ? atomic_load_explicit(&slot->content, memory_order_acquire)
               : atomic_load_explicit(&slot->changes, memory_order_acquire);
}

/* The same for what never owns a slot, since nobody sets its content: a handle. */
SHIM_HOT uint64_t generation_of_handle(const void *handle)
{
    return atomic_load_explicit(&generation_slot(handle)->changes, memory_order_acquire);
}

/* The following are to be called after the object was changed, created or destroyed. */

/* The object holds what `content` is a hash of. */
void generation_set(const void *object, uint64_t content);

/* What the object held was changed in a way that `change` is a hash of. */
void generation_add(const void *object, uint64_t change);

/* A hash of nobody knows what: another one each time. */
uint64_t generation_unknown(void);

/* The object holds nobody knows what. */
void generation_end(const void *object);

/* To be called before the object is destroyed: from then on its address may be another's. */
void generation_leave(const void *object);
