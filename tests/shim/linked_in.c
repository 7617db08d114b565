/* In place of the gate, in a program that the shim is linked into: its functions are the program's.
 */
#include "gate/gate.h"

#include <dlfcn.h>

__thread struct gate_thread rocm_rdna1_thread;

static gate_entry *entries[GATE_FUNCTIONS];

static void *next(const char *name)
{
    void *volatile symbol = dlsym(RTLD_NEXT, name);

    return symbol;
}

static const struct gate gate = {
    .entries = entries,
    .next = next,
    .bound = bound_miopen,
    .unload_notify = bound_notify,
};

__attribute__((constructor)) static void open_early(void)
{
    rocm_rdna1_open(&gate, true); /* the program is linked with MIOpen */
}
