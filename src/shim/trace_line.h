/*
 * The lines of the trace: JSON objects, one a line. A problem's line is made of three parts: who
 * says it (trace_line_begin), what never changes (trace_line_problem), and the counters, of which
 * every form has one length, so that they can be overwritten in place.
 */
#pragma once

#include "policy/decision.h"
#include "shim/json.h"
#include "shim/miopen_api.h"
#include "shim/trace_file.h"

#include <stdint.h>

/* Solutions that MIOpen is asked for: more than it has for any problem on these cards. */
#define TRACE_ANSWERS_MAX 16

/* What a line says of a problem beside its counters. */
struct trace_subject {
    const char *pci; /* "" where unknown */
    const char *chip;
    const char *target;
    struct version version;
    const struct problem *problem;
    const struct decision *decision;
    const struct trace_solver *solvers; /* the choice's, in order of preference */
    unsigned solvers_count;
    /* MIOpen's own answer. */
    bool asked;
    miopenStatus_t status;
    size_t answers_count;
    miopenConvSolution_t answers[TRACE_ANSWERS_MAX]; /* MIOpen's favourite first */
};

struct trace_solver {
    const struct solver *solver;
    size_t workspace_bytes;
};

struct trace_counts {
    uint64_t finds;
    uint64_t runs[CANDIDATES_MAX]; /* begun, by solver */
    uint64_t failures;
    int last_status;                                          /* of the latest failure; 0: none */
    uint64_t workspace_given_bytes, workspace_supplied_bytes; /* of the latest run that needs any */
    uint64_t timed;                                           /* runs that were measured */
    uint64_t device_ns;                                       /* these together */
};

/* "{" and the process: its number, its program's name, the time. */
void trace_line_begin(struct json *json);

/* The problem, MIOpen's answer and the environment it was given in, the decision. */
void trace_line_problem(struct json *json, const struct trace_subject *subject);

/* The counters of `runs_count` solvers, "}" and a newline. The length; 0 where it has no room.
 */
size_t trace_line_counts(const struct trace_counts *counts, unsigned runs_count,
                         char ret_tail[TRACE_TAIL_MAX]);
