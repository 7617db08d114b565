/* Kernels that are looked for by name: of --kernel, or of a log on standard input. */
#pragma once

#include "codeobj/kernel_log.h"
#include "codeobj/report.h"

#include <jansson.h>

struct lookup {
    struct kernel_log log;
    bool has_log;
    const char **names; /* that are looked for */
    bool *found;        /* one for each */
    size_t count;
};

/* Reads a log to its end; of a very long one what comes last counts. 0 or -errno. */
int lookup_read_log(struct lookup *lookup, FILE *file);

/*
 * Settles what is looked for: the option's kernel; else those of the log that a fault is laid to,
 * or the one that was launched last. False where neither option nor log is there.
 */
bool lookup_begin(struct lookup *lookup, const char *option);

/* For struct report_request; the context is a struct lookup. */
bool lookup_wants(const char *name, void *context);

/* Notes which names a report has. Whether there is one. */
bool lookup_count(struct lookup *lookup, const struct report *report);

bool lookup_missing(const struct lookup *lookup);

/* What was read out of the log, before the files. */
void lookup_print(const struct lookup *lookup);

/* For names that no file has: where else such code comes from. */
void lookup_print_missing(const struct lookup *lookup, size_t files_count);

json_t *lookup_json(const struct lookup *lookup);

void lookup_free(struct lookup *lookup);
