/* What happened, for people who ask: the file that ROCM_RDNA1_TRACE names. */
#pragma once

/*
 * Notes that a call of `function` was forwarded unchanged where a decision might have been wanted,
 * and why: once for each function and reason. Both are literals. Nothing where there is no trace.
 */
void trace_forwarded(const char *function, const char *reason);
