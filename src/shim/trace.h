/* What happened, for people who ask: the file that ROCM_RDNA1_TRACE names. */
#pragma once

#include "shim/export.h"

#include <stdatomic.h>
#include <stdbool.h>

extern _Atomic(bool) trace_running;

/* Whether there is a trace in this process. */
SHIM_HOT bool trace_is_on(void)
{
    return __builtin_expect(atomic_load_explicit(&trace_running, memory_order_relaxed), 0);
}

/* Begins the trace in a file. False where that cannot be written: then there is none. */
bool trace_begin(const char *path);

void trace_note(const char *what, const char *function, const char *reason);

/*
 * Notes that a call of `function` was forwarded unchanged where a decision might have been wanted,
 * and why: once for each function and reason. Both are literals. Nothing where there is no trace.
 */
SHIM_HOT void trace_forwarded(const char *function, const char *reason)
{
    if (trace_is_on())
        trace_note("forwarded", function, reason);
}

/*
 * The same of a call that no kernel is safe for: its functions are told that there is no solver.
 */
SHIM_HOT void trace_refused(const char *function, const char *reason)
{
    if (trace_is_on())
        trace_note("refused", function, reason);
}
