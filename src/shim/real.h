/*
 * The real MIOpen, found without loading it, and the HIP it stands on. A process may have several
 * copies (a system's, and the one of a Python wheel): each caller is served by its own.
 */
#pragma once

#include "shim/caller.h"
#include "shim/export.h"
#include "shim/miopen_api.h"

struct real {
    const struct real *next; /* another copy */
    /*
     * dlopen handle of the copy; its look-ups reach its HIP as well. It is kept, so the library
     * stays when the program closes it: handles and choices point into it. Whoever asks for the
     * same SONAME later gets this one, as if it had never been closed.
     */
    void *library;
#define WRAPPED(name, ...) __typeof__(name) *name;
#define CALLED(name, ...)  __typeof__(name) *name;
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED

#define HIP(name, parameters) int(*name) parameters;
#include "shim/hip.list"
#undef HIP
};

/*
 * The real MIOpen of whoever called the function behind the gate that this is inlined into; NULL
 * where none is loaded, which a later call may find changed. Cheap after the first call of a
 * caller, safe in any thread and in constructors that run before the gate's own.
 */
SHIM_HOT const struct real *real_get(void)
{
    const uintptr_t address = (uintptr_t)__builtin_return_address(0);
    const struct caller *caller = caller_known(address);

    return __builtin_expect(caller != NULL, 1) ? caller->real : caller_search(address);
}

/*
 * The same for functions that make an object, which must be of the caller's own copy: they notice
 * where the caller's code now stands where a library was that has been unloaded.
 */
SHIM_HOT const struct real *real_get_anew(void)
{
    caller_check((uintptr_t)__builtin_return_address(0));
    return real_get();
}

/*
 * The copy that a dlopen handle stands for, looked up where it is new; takes over the handle's
 * reference. NULL where memory is short.
 */
const struct real *real_of_library(void *library);

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
