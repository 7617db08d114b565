/*
 * The rows of the bench, each a JSON object: {area, name, ours, other, ratio, wanted, unit}, and
 * where known miopen (release), low and high (the range of the ratio over several processes).
 *
 * `ratio` is always ours to other, and wanted is the most it may be: 1.01 is a cost of 1 %, 0.05 is
 * twenty times faster, 0 is none at all. null where there is no ratio, or nothing is wanted of it.
 */
#pragma once

#include "sample.h"

#include <jansson.h>

/* Everything but `other` of 0 has a ratio. `wanted` below 0: none. */
json_t *row_new(const char *area, const char *name, double ours, double other, double wanted,
                const char *unit);

/* A row of times, in nanoseconds. */
json_t *row_of_sample(const char *area, const char *name, const struct sample *sample,
                      double wanted);

/*
 * One row of the same row from `count` processes: the medians, and the range of the ratios. What is
 * in a process for good, such as where its stack begins, shifts all of its ratios, so only several
 * processes tell. NULL where they are not the same row.
 */
json_t *row_combine(json_t *const *rows, size_t count);

/* "ok" or "missed"; "too close" where the range leaves it open, "" where nothing is wanted. */
const char *row_verdict(const json_t *row);
