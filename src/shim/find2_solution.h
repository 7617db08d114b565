/* Solutions of Find 2.0: MIOpen's own objects, and what the shim knows of each. */
#pragma once

#include "shim/choice.h"
#include "shim/replica.h"
#include "shim/solution_blob.h"
#include "shim/table.h"

struct find2_solution {
    struct record record;
    const struct real *real; /* the copy of MIOpen that made it */
    enum solution_kind kind;
    bool known; /* false: of a form that the shim cannot read, whatever the kind */
    /* Of a known convolution. */
    const struct solver *solver; /* NULL: one that no decision has */
    struct problem problem;      /* as the solvers see it */
    struct replica replica;
};

/*
 * Makes a solution of MIOpen's for a problem (as the solvers see it) and a solver, without a
 * search. 0; -ENOTSUP where this MIOpen does not take it for what it is, -ENOMEM.
 */
int find2_solution_make(const struct real *real, const struct problem *problem,
                        const struct usable *usable, float time_ms, miopenSolution_t *ret_solution);

/* MIOpen has made a solution of its own: one without a convolution, or one that is yet to be read.
 */
void find2_solution_found(const struct real *real, miopenSolution_t solution, bool convolution);

/*
 * What is known of a solution; where nothing is, it is had from MIOpen as for saving, once. NULL
 * where memory is short.
 */
const struct find2_solution *find2_solution_get(const struct real *real, miopenSolution_t solution);
