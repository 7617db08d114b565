/*
 * For caller.sh. As a library: two functions that ask for their caller as the shim's do, at the top
 * and within inline functions. As a program: calls them from a place of which it knows the bounds.
 */
#include "shim/real.h"

uintptr_t probe_flat(int argument);
uintptr_t probe_deep(int argument);

#ifdef LIBRARY

_Atomic(struct caller *) callers;

static uintptr_t checked;

void caller_check(uintptr_t address)
{
    checked = address;
}

/* With nobody in the list each search comes here; the address is given back as if it were a copy.
 */
const struct real *caller_search(uintptr_t address)
{
    return (const struct real *)address;
}

SHIM_HOT uintptr_t inner(int argument)
{
    checked = 0;
    const struct real *real = argument ? real_get() : real_get_anew();

    return checked && checked != (uintptr_t)real ? 0 : (uintptr_t)real;
}

SHIM_HOT uintptr_t outer(int argument)
{
    return argument > 1 ? inner(1) : inner(0);
}

SHIM_ENTRY uintptr_t probe_flat(int argument)
{
    const struct real *real = real_get();

    return (uintptr_t)real + (argument > 1000 ? 1 : 0);
}

SHIM_ENTRY uintptr_t probe_deep(int argument)
{
    return outer(argument);
}

#else

#include <dlfcn.h>
#include <stdio.h>

static int is_own(uintptr_t address)
{
    Dl_info here, there;

    return dladdr((const void *)(uintptr_t)is_own, &here) != 0 &&
           dladdr((const void *)address, &there) != 0 && here.dli_fbase == there.dli_fbase;
}

int main(void)
{
    int wrong = 0;

    for (int argument = 0; argument < 3; argument++) {
        /* Volatile, so that the calls return here and are no tail of anything. */
        volatile uintptr_t flat = probe_flat(argument), deep = probe_deep(argument);
        wrong += !is_own(flat) + !is_own(deep);
    }
    if (wrong)
        printf("# %d callers are not in the program\n", wrong);
    return wrong != 0;
}

#endif
