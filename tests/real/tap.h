/* Results of a test program as TAP (Test Anything Protocol), which Meson reads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tap {
    size_t results, failures;
};

/* One result, with its name by printf's rules. Returns `good`. */
bool tap_result(struct tap *tap, bool good, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A result that could not be had, and why; counted by Meson as skipped. */
void tap_skip(struct tap *tap, const char *name, const char *why);

/* A line that explains the results around it. */
void tap_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the program's output; its exit status: 0 where all was good and there was anything. */
int tap_end(const struct tap *tap);
