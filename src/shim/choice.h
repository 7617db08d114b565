/*
 * A choice: the decision for one problem on one handle, made good with the library: the solvers
 * that a probe has confirmed, with the workspace each needs.
 */
#pragma once

#include "policy/decision.h"
#include "shim/call.h"
#include "shim/export.h"
#include "shim/generation.h"

#include <stdatomic.h>

enum build {
    BUILD_UNTRIED,
    BUILD_DONE,   /* the run functions know the solver on this choice's handle */
    BUILD_FAILED, /* tried again only as long as no other solver of the choice is built */
};

struct usable {
    const struct solver *solver;
    size_t workspace_bytes;
    _Atomic(enum build) build;
};

struct choice {
    struct choice *next;
    struct problem problem;
    uint64_t hash;
    struct handle *handle;       /* NULL: unknown */
    const struct real *real;     /* the handle's; NULL: unknown */
    bool forced;                 /* false: the call is MIOpen's own business, forward it */
    struct trace_record *record; /* NULL: not traced */
    unsigned count;
    struct usable usable[CANDIDATES_MAX]; /* in order of preference */
};

/* What a thread remembers of its latest calls, so that a warm call reads no descriptor. */
struct recall {
    struct call call;
    uint64_t generation;
    struct choice *choice;
};

#define RECALLS 256u /* a network's layers in all directions, few collisions; a power of two */

extern __thread struct recall *recalls __attribute__((tls_model("initial-exec")));

SHIM_HOT uint64_t call_generation(const struct call *call)
{
    return generation_of(call->handle) + generation_of(call->a) + generation_of(call->b) +
           generation_of(call->convolution) + generation_of(call->c);
}

/* By content as well: layers whose descriptors are made for each call share their addresses. */
SHIM_HOT unsigned call_slot(const struct call *call, uint64_t generation)
{
    uint64_t mixed = generation + (uint64_t)(uintptr_t)call->a + 3 * (uint64_t)(uintptr_t)call->b +
                     5 * (uint64_t)(uintptr_t)call->c + 7 * (uint64_t)(uintptr_t)call->handle +
                     (uint64_t)call->direction * 64;

    return (unsigned)((mixed * HASH_FACTOR) >> 32) % RECALLS;
}

/* Programs compare times, and no kernel was timed: milliseconds, for the choice's solver i. */
#define STANDING_TIME(i) (1.0F + 9.0F * (float)(i))

/*
 * The choice for a call; made where it is new. Never NULL: on any doubt one that is not forced, and
 * where memory is short on a card that is, one without a solver.
 */
struct choice *choice_make(const struct real *real, const struct call *call);

SHIM_HOT struct choice *choice_get(const struct real *real, const struct call *call)
{
    if (__builtin_expect(recalls != NULL, 1)) {
        const uint64_t generation = call_generation(call);
        const struct recall *recall = &recalls[call_slot(call, generation)];

        if (recall->call.handle == call->handle && recall->call.a == call->a &&
            recall->call.b == call->b && recall->call.c == call->c &&
            recall->call.convolution == call->convolution &&
            recall->call.direction == call->direction && recall->generation == generation)
            return recall->choice;
    }

    const struct call copy = call_copy(call);
    return choice_make(real, &copy);
}

/*
 * The copy of MIOpen for a call: that of its handle, which another library than the caller may have
 * made, or the caller's.
 */
SHIM_HOT const struct real *choice_real(const struct choice *choice, const struct real *caller)
{
    return choice->real ? choice->real : caller;
}

/*
 * Compiles usable[i] on the call's handle, so that the run functions find it. Status of MIOpen's
 * CompileSolution; at once success where it is done already, and at once a failure where it failed
 * before and another solver stands in.
 */
miopenStatus_t choice_compile(const struct real *real, const struct call *call,
                              struct choice *choice, unsigned i);

/*
 * Compiles usable[wanted], or else the first of the others that compiles: any of a choice is right.
 * Where none does, the status of the wanted one.
 */
miopenStatus_t choice_compile_any(const struct real *real, const struct call *call,
                                  struct choice *choice, unsigned wanted, unsigned *ret_i);

/* The index of the solver with that id, or 0: a foreign id becomes the preferred solver. */
SHIM_HOT unsigned choice_index(const struct choice *choice, uint64_t id)
{
    for (unsigned i = 0; i < choice->count; i++) {
        if (choice->usable[i].solver->id == id)
            return i;
    }
    return 0;
}
