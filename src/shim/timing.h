/*
 * How long a launch took on the device, for the trace: a pair of events around it, read when the
 * device has passed them, never waited for. A ring for each handle; where it is full, where HIP
 * lacks a function, or while the stream is recorded into a graph, launches are not measured.
 */
#pragma once

#include "shim/handle.h"

struct timing;

/* Begins before a launch on the handle's stream. NULL: this one is not measured. */
struct timing *timing_begin(const struct real *real, struct handle *handle,
                            struct trace_record *record);

/* Ends behind it; a launch that failed is not counted. Takes NULL. */
void timing_end(const struct real *real, struct handle *handle, struct timing *timing,
                bool launched);

/* Takes what is done, and frees the handle's events. */
void timings_free(const struct real *real, struct handle *handle);
