/*
 * The decision: which solvers a problem gets on a chip under a target, and which rules led there.
 * Pure: no I/O, no clock, no environment. Everything that forces, shows or explains calls this.
 */
#pragma once

#include "base/version.h"
#include "policy/problem.h"
#include "policy/rule.h"

#define CANDIDATES_MAX 4
#define REASONS_MAX    8

struct query {
    const char *chip;      /* "gfx1010"; any other GPU's name, or "", is never decided upon */
    const char *target;    /* "gfx1030"; the chip's name where there is no override */
    struct version miopen; /* 0.0.0 where unknown: version ranges then do not match */
    uint64_t memory_bytes; /* of the card; 0 where unknown */
    const struct problem *problem; /* NULL: the decision for the card as a whole */
};

struct decision {
    bool forced; /* false: leave MIOpen alone (other chips, or a rule that says so) */
    /* Families that have a solver allowed (for the problem's direction); all where not forced. */
    bool allowed[FAMILY_COUNT];
    /*
     * In order of preference; only solvers that can apply to the problem. Empty without a problem,
     * where nothing is forced, and where none of the allowed solvers can do the problem.
     */
    const struct solver *candidates[CANDIDATES_MAX];
    unsigned candidates_count;
    enum family preferred; /* the family that stands first; FAMILY_COUNT where there is none */
    /* The rules that matched, in the order applied; of more than REASONS_MAX the last ones. */
    const struct rule *reasons[REASONS_MAX];
    unsigned reasons_count;
};

/*
 * Decides. The rules must outlive the decision, which points at them.
 *
 * A chip that is not RDNA1 is never decided upon. On one that is, every solver of the families gemm
 * and naive is allowed at first, gemm before naive. Then the rules are gone through in order, and
 * each one that matches does this:
 *
 * - Allow replaces what is allowed; Allow=any leaves the choice to MIOpen (forced is false) until a
 *   later Allow takes it back.
 * - Deny takes solvers out of what is allowed.
 * - Prefer moves its solvers to the front, those of its first word first; the others keep their
 *   order among themselves.
 *
 * Where no rule matches at all, what stood at first is the decision, and its one reason is a rule
 * without a file that says so: a missing rule must not lead back to the kernels that hang.
 */
void decision_for(const struct rule_set *rules, const struct query *query,
                  struct decision *ret_decision);

/* Whether the decision lets that solver run: it is a candidate, or nothing is forced. */
bool decision_allows(const struct decision *decision, uint64_t solver_id);
