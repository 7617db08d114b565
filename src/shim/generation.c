#include "shim/generation.h"

struct generation generations[GENERATION_SLOTS];

/* No object is ever changed by two threads at a time, so only becoming the owner is contended. */
static bool slot_take(struct generation *slot, const void *object)
{
    const void *owner = atomic_load_explicit(&slot->owner, memory_order_relaxed);

    return owner == object ||
           (!owner && atomic_compare_exchange_strong(&slot->owner, &owner, object));
}

/* The address is part of the number: descriptors that swap their contents are others. */
void generation_set(const void *object, uint64_t content)
{
    struct generation *slot = generation_slot(object);

    if (object && slot_take(slot, object))
        atomic_store_explicit(&slot->content, hash_add(content, (uintptr_t)object),
                              memory_order_release);
    else
        atomic_fetch_add_explicit(&slot->changes, 1, memory_order_acq_rel);
}

void generation_add(const void *object, uint64_t change)
{
    struct generation *slot = generation_slot(object);

    if (object && atomic_load_explicit(&slot->owner, memory_order_relaxed) == object)
        atomic_store_explicit(
            &slot->content,
            hash_add(atomic_load_explicit(&slot->content, memory_order_relaxed), change),
            memory_order_release);
    else
        atomic_fetch_add_explicit(&slot->changes, 1, memory_order_acq_rel);
}

uint64_t generation_unknown(void)
{
    static _Atomic(uint64_t) count;

    return hash_add(UINT64_MAX, atomic_fetch_add_explicit(&count, 1, memory_order_relaxed));
}

void generation_end(const void *object)
{
    generation_add(object, generation_unknown());
}

void generation_leave(const void *object)
{
    struct generation *slot = generation_slot(object);

    if (object && atomic_load_explicit(&slot->owner, memory_order_relaxed) == object)
        atomic_store_explicit(&slot->owner, NULL, memory_order_release);
    atomic_fetch_add_explicit(&slot->changes, 1, memory_order_acq_rel);
}
