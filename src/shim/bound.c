#include "shim/bound.h"

#include "shim/caller.h"

#define BOUND_MAX 64

/* A place is taken by its caller and kept for ever: a caller that comes back finds it again. */
static struct {
    _Atomic(const void *) caller;
    _Atomic(const void *) miopen;
} table[BOUND_MAX];

static void caller_gone(const void *map)
{
    struct caller *caller = atomic_load_explicit(&callers, memory_order_acquire);

    for (; caller; caller = caller->next) {
        if (caller->map == map)
            atomic_store_explicit(&caller->bytes, 0, memory_order_relaxed);
    }
}

void rocm_rdna1_bound(const void *caller_map, const void *miopen_map)
{
    if (caller_map && !miopen_map)
        caller_gone(caller_map);
    for (unsigned i = 0; i < BOUND_MAX && caller_map; i++) {
        const void *caller = atomic_load_explicit(&table[i].caller, memory_order_acquire);
        const void *none = NULL;

        if (!caller && !miopen_map)
            return;
        if (!caller && atomic_compare_exchange_strong(&table[i].caller, &caller, caller_map))
            caller = caller_map;
        if (caller != caller_map)
            continue;
        if (miopen_map)
            (void)atomic_compare_exchange_strong(&table[i].miopen, &none, miopen_map);
        else
            atomic_store_explicit(&table[i].miopen, NULL, memory_order_release);
        return;
    }
}

const void *bound_miopen(const void *caller_map)
{
    for (unsigned i = 0; i < BOUND_MAX; i++) {
        if (atomic_load_explicit(&table[i].caller, memory_order_acquire) == caller_map)
            return atomic_load_explicit(&table[i].miopen, memory_order_acquire);
    }
    return NULL;
}
