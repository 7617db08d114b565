#include "gate/gate.h"
#include "shim/caller.h"
#include "shim/miopen_api.h"
#include "shim/process.h"

/* Threads that are here at once store the same. */
static void entries_fill(gate_entry **entries)
{
#define WRAPPED(name, ...)                                                                         \
    __atomic_store_n(&entries[GATE_##name], (gate_entry *)name, __ATOMIC_RELAXED);
#define CALLED(name, ...)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
}

void rocm_rdna1_open(const struct gate *gate, bool at_start)
{
    caller_open(gate);
    entries_fill(gate->entries);
    if (at_start)
        (void)machine_get();
}
