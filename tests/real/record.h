/* What one way gave for one convolution: convolve's object, or what is known where it died. */
#pragma once

#include "job.h"

#include <jansson.h>

/*
 * The record of a finished convolve job. Always has ok, status (miopenStatus_t; null where the
 * process died), algorithm, solver, solver_id, workspace_bytes, kernels (of the measured run; of
 * the whole process where it died), max_error (null where there is no result), and message (why it
 * failed; null where it did not). Where convolve was asked for several devices the record is the
 * first's, and `all` has an object for each that it came to.
 */
json_t *record_from_job(const struct job *job);

/*
 * The record in one word, for tables and for lists of what is expected: "GEMM:91", "Direct:85",
 * "Find=7" (the call and its status), "fault", "time-limit", "died"; a result that is not right is
 * "GEMM:91:wrong". `size` 48 is enough.
 */
void record_word(const json_t *record, char *ret_word, size_t size);

/* Whether the simulated card saw no misuse of its memory, and had all of it back. */
bool record_memory_is_right(const json_t *record);

/* A member as text; "" where it is null or missing. */
const char *record_text(const json_t *record, const char *key);
