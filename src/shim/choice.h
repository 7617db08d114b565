/*
 * A choice: the decision for one problem on one handle, made good with the library: the solvers
 * that a probe has confirmed, with the workspace each needs.
 */
#pragma once

#include "gate/gate.h"
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
    struct handle *handle;   /* NULL: unknown */
    const struct real *real; /* the handle's; NULL: unknown */
    unsigned trials;         /* probes that came into trouble, this one's included; 0: settled */
    bool forced;             /* false: the call is MIOpen's own business, forward it */
    struct trace_record *record; /* NULL: not traced */
    unsigned count;
    bool quick; /* forced, usable[0] is there, and nobody wants to know of the calls */
    struct usable usable[CANDIDATES_MAX]; /* in order of preference */
};

/* What a thread remembers of its latest calls, so that a warm call reads no descriptor. */
struct recall {
    struct call call;
    uint64_t generation;
    struct choice *choice;
};

#define RECALLS 128u /* slots of each direction: a network's layers; a power of two */

/*
 * The thread's, by direction and slot; NULL: none yet. Behind the slots is a place for what each
 * held before.
 */
SHIM_HOT struct recall (*recalls_get(void))[2 * RECALLS]
{
    return rocm_rdna1_thread.recalls;
}

SHIM_HOT uint64_t call_generation(const struct call *call)
{
    return generation_of_handle(call->handle) + generation_of(call->a) + generation_of(call->b) +
           generation_of(call->convolution) + generation_of(call->c);
}

/* By content as well: layers whose descriptors are made for each call share their addresses. */
SHIM_HOT unsigned call_slot(const struct call *call, uint64_t generation)
{
    uint64_t mixed = generation + (uint64_t)(uintptr_t)call->a + 3 * (uint64_t)(uintptr_t)call->c;

    return (unsigned)((mixed * HASH_FACTOR) >> 32) % RECALLS;
}

/* Programs compare times, and no kernel was timed: milliseconds, for the choice's solver i. */
#define STANDING_TIME(i) (1.0F + 9.0F * (float)(i))

/*
 * The choice for a call; made where it is new. Never NULL: where it is in doubt whether the card is
 * one to be forced, one that is not. On one that is nothing is in doubt: where memory is short, or
 * where the descriptors cannot be read, no kernel is safe, and the choice is one without a solver.
 */
struct choice *choice_make(const struct real *real, const struct call *call);

/* Whether it is this call's, of whose direction it is. */
SHIM_HOT bool recall_holds(const struct recall *recall, const struct call *call,
                           uint64_t generation)
{
    return recall->call.handle == call->handle && recall->call.a == call->a &&
           recall->call.b == call->b && recall->call.c == call->c &&
           recall->call.convolution == call->convolution && recall->generation == generation;
}

SHIM_HOT struct choice *choice_get(const struct real *real, const struct call *call)
{
    struct recall(*const recalls)[2 * RECALLS] = recalls_get();

    if (__builtin_expect(recalls != NULL, 1)) {
        const uint64_t generation = call_generation(call);
        const struct recall *recall = &recalls[call->direction][call_slot(call, generation)];

        if (__builtin_expect(recall_holds(recall, call, generation), 1))
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

/*
 * Of a choice that has any, the solver with that id, or the first: a foreign id becomes the
 * preferred solver.
 */
SHIM_HOT struct usable *choice_usable(struct choice *choice, uint64_t id)
{
    struct usable *first = choice->usable;

    if (__builtin_expect(first->solver->id == id, 1))
        return first;
    for (struct usable *usable = first + 1; usable < first + choice->count; usable++) {
        if (usable->solver->id == id)
            return usable;
    }
    return first;
}
