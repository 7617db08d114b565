/*
 * Who calls the shim, and which MIOpen is theirs. A caller is an object's range of code, known by
 * the address that a call returns to; the list is read without a lock.
 *
 * A library that calls a MIOpen function last of all in its own ("return miopenCreate(h);") leaves
 * no return address in itself, and counts as whoever called it.
 */
#pragma once

#include "shim/export.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct gate;
struct real;

/* Once in the list it stays there, and nothing but its length changes. */
struct caller {
    struct caller *next;
    const struct real *real;
    uintptr_t start;
    _Atomic(size_t) bytes; /* 0: whose code it was is gone */
    const void *map;       /* the object's link map, NULL where glibc does not tell (before 2.35) */
    char path[];           /* as the dynamic linker names it */
};

extern _Atomic(struct caller *) callers;

SHIM_HOT const struct caller *caller_known(uintptr_t address)
{
    const struct caller *caller = atomic_load_explicit(&callers, memory_order_acquire);

    while (caller &&
           address - caller->start >= atomic_load_explicit(&caller->bytes, memory_order_relaxed))
        caller = caller->next;
    return caller;
}

/* Finds the MIOpen of code at an address and remembers it; NULL where none is loaded. */
const struct real *caller_search(uintptr_t address);

/*
 * Forgets the caller at an address where its library is gone and another one stands in its place.
 * (The same file that was opened again is the same caller.) Without a lock, in some ten
 * nanoseconds, where glibc is 2.35 or newer.
 */
void caller_check(uintptr_t address);

/* Once, before anything else in here: through the gate the callers come. */
void caller_open(const struct gate *gate);
