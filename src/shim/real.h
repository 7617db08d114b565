/* The real MIOpen of this process, found without loading it, and the HIP it stands on. */
#pragma once

#include "shim/export.h"
#include "shim/miopen_api.h"

#include <stdatomic.h>

struct real {
    void *library; /* dlopen handle of the real libMIOpen; its look-ups reach its HIP as well */
#define WRAPPED(name, ...) __typeof__(name) *name;
#define CALLED(name, ...)  __typeof__(name) *name;
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED

#define HIP(name, parameters) int(*name) parameters;
#include "shim/hip.list"
#undef HIP
};

extern _Atomic(const struct real *) real_found;

/* The way of real_get() as long as nothing is found. */
const struct real *real_search(void);

/*
 * The real MIOpen; NULL where none is loaded, which a later call may find changed. Cheap after the
 * first success, safe in any thread and in constructors that run before the shim's own.
 */
SHIM_HOT const struct real *real_get(void)
{
    const struct real *real = atomic_load_explicit(&real_found, memory_order_acquire);

    return __builtin_expect(real != NULL, 1) ? real : real_search();
}

/*
 * Whether a HIP call of ours succeeded. A failure is taken off HIP's record: the program must not
 * find it when it asks for the last error of its own calls.
 */
static inline bool hip_succeeded(const struct real *real, int status)
{
    if (status != 0 && real->hipGetLastError)
        (void)real->hipGetLastError();
    return status == 0;
}
