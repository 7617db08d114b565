#include "gate/bound.h"

#include <stdatomic.h>
#include <stddef.h>

#define BOUND_MAX 64

/* A place is taken by its caller and kept for ever: a caller that comes back finds it again. */
static struct {
    _Atomic(const void *) caller;
    _Atomic(const void *) miopen;
} table[BOUND_MAX];

static _Atomic(bound_notified *) notified;

void bound_notify(bound_notified *notify)
{
    atomic_store_explicit(&notified, notify, memory_order_release);
}

void rocm_rdna1_bound(const void *caller_map, const void *miopen_map)
{
    bound_notified *notify = atomic_load_explicit(&notified, memory_order_acquire);

    if (caller_map && !miopen_map && notify)
        notify(caller_map);
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
