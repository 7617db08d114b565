/*
 * What the trace holds of one problem on one card: a line of the file, and the counters at its end.
 * Records are as long-lived as the process; the handles of one card share them. All functions take
 * NULL for a problem that is not traced, and leave errno as it is.
 */
#pragma once

#include "shim/choice.h"

struct trace_record;

/*
 * The record of a choice's problem, made and written where it is new. That asks MIOpen once, on the
 * call's handle, which solution it would take; nothing is launched. NULL where memory is short.
 */
struct trace_record *trace_record_get(const struct real *real, const struct call *call,
                                      const struct choice *choice, const struct decision *decision);

/* A search for the problem was answered. */
void trace_record_find(struct trace_record *record, miopenStatus_t status);

/* Solver i of the choice is about to be launched. */
void trace_record_run(struct trace_record *record, unsigned i);

/* Where it needs workspace: how much the caller gave, and how much is ours. */
void trace_record_workspace(struct trace_record *record, size_t given_bytes, size_t supplied_bytes);

/* The launch, or what should have led to it, failed. */
void trace_record_failure(struct trace_record *record, miopenStatus_t status);

/* A launch took that long on the device. */
void trace_record_time(struct trace_record *record, uint64_t ns);

/* Writes the counters that have changed. */
void trace_record_save(struct trace_record *record);

/* The same for all records, with the lock of the file held. */
void trace_records_save(void);

/* In a child that was just forked: its counters and lines are its own. */
void trace_records_restart(void);

/* How often the process was forked to get here: what began before in another is not ours. */
unsigned trace_generation(void);
