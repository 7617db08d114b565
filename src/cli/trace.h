/*
 * A trace as it is read: the shim's lines, those of one problem on one card added up over the
 * processes that had it.
 */
#pragma once

#include "base/version.h"
#include "cli/problem_text.h"
#include "policy/decision.h"

#include <jansson.h>
#include <stdio.h>

/* A solver as a line names it. Texts point into the line, and are NULL where unknown. */
struct trace_solver {
    uint64_t id;
    const char *name;
    const char *algorithm;
    uint64_t workspace_bytes;
    uint64_t runs;
};

struct trace_counters {
    uint64_t finds, runs, failures;
    int64_t last_status; /* of MIOpen's, of the latest failure; 0: none */
    uint64_t timed;      /* runs that were measured */
    uint64_t device_us;  /* of these */
};

struct trace_row {
    json_t *line; /* one of its lines; what follows points into it */
    const char *pci, *chip, *target, *miopen;
    const char *problem;          /* MIOpenDriver's line; NULL where it has none */
    char text[PROBLEM_TEXT_SIZE]; /* in short; the numbers of the line where they make no sense */
    bool answered;                /* MIOpen has told its own choice */
    struct trace_solver own;
    struct trace_solver chosen[CANDIDATES_MAX];
    unsigned chosen_count;
    unsigned used;             /* the solver that ran most; the first where none ran */
    const char *rule, *origin; /* that led there at last; NULL where unknown */
    size_t rule_number;        /* its place in the trace's rules, from 1; 0: none */
    struct trace_counters counters;
    uint64_t workspace_given_bytes, workspace_supplied_bytes; /* of one process' latest run */
};

/* What was forwarded to MIOpen, or refused, without a decision. */
struct trace_forwarded {
    const char *function, *reason;
    bool refused;
    json_t *line; /* that they point into */
    size_t count; /* of lines: one a process */
};

/* A rule that rows name. */
struct trace_rule {
    const char *name, *origin; /* where it stands; NULL where unknown */
    size_t count;              /* of rows */
};

struct trace {
    struct trace_row *rows;
    size_t rows_count;
    struct trace_rule *rules; /* in the order of their first rows */
    size_t rules_count;
    struct trace_forwarded *forwarded;
    size_t forwarded_count;
    json_t *variables; /* "NAME=value" of MIOpen's, as keys of an object */
    size_t lines, skipped;
    json_t *records; /* lines of problems, each by its process, card and problem */
};

/*
 * Reads the lines of a file; bad ones are counted, skipped and named on stderr by `name` and
 * number, the first few of them. 0, or -errno: reading failed, or memory is short. May be called
 * for several files; trace_finish() comes after the last.
 */
int trace_read(struct trace *trace, FILE *file, const char *name);

/*
 * Adds up what belongs together, and sorts: cards and releases by name, and of each what took the
 * most time on the device first, then what ran most. 0 or -ENOMEM.
 */
int trace_finish(struct trace *trace);

void trace_free(struct trace *trace);

/* What rows come to together. */
struct trace_totals {
    struct trace_counters counters;
    size_t problems, by_gemm, by_naive, by_other, without;
    size_t changed; /* MIOpen would have chosen something else */
};

/* Adds a row to totals, which start as all zero. */
void trace_totals_add(struct trace_totals *totals, const struct trace_row *row);

/* The solver that ran, or would; NULL where there is none. */
const struct trace_solver *trace_row_solver(const struct trace_row *row);

/* Whether that is another than MIOpen would have chosen, as far as is known. */
bool trace_row_changed(const struct trace_row *row);

/* "gemm", "naive", or the algorithm as MIOpen calls it; NULL where unknown. */
const char *trace_solver_word(const struct trace_solver *solver);

/* Whether both rows belong to one card and one release. */
bool trace_row_same_card(const struct trace_row *a, const struct trace_row *b);

/* "1.23 s", "45.6 ms", "789 µs"; "N/A" where nothing was measured. */
#define TIME_TEXT_SIZE 24
void trace_time_text(const struct trace_counters *counters, char ret_text[TIME_TEXT_SIZE]);
