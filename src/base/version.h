/* Dotted version numbers and ranges of them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct version {
    unsigned major, minor, patch;
};

/* Parses "3", "3.5" or "3.5.1"; missing parts are 0. 0, or -EINVAL. */
int version_parse(const char *text, struct version *ret_version);

/* <0, 0 or >0, as strcmp. */
int version_compare(struct version a, struct version b);

/*
 * A range is a comma-separated list of comparisons that must all hold: ">=2.17,<2.20".
 * Operators: = == != < <= > >=; a bare version means "=". Returns 0, or -EINVAL for a malformed
 * range.
 */
int version_range_check(const char *range);

/* Whether `version` is within a range that version_range_check() accepts; false where it does not.
 */
bool version_in_range(struct version version, const char *range);
