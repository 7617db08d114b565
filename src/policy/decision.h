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
    const char *chip;             /* "gfx1010"; any other GPU's name, or "", is never decided upon */
    const char *target;           /* "gfx1030"; the chip's name where there is no override */
    struct version miopen;        /* 0.0.0 where unknown: version ranges then do not match */
    const struct problem *problem; /* NULL: the decision for the card as a whole */
};

struct decision {
    bool forced; /* false: leave MIOpen alone (other chips, or a rule that says so) */
    bool allowed[FAMILY_COUNT];
    /* In order of preference; only solvers that can apply to the problem. Empty without a problem. */
    const struct solver *candidates[CANDIDATES_MAX];
    unsigned candidates_count;
    enum family preferred;        /* the family that stands first */
    const struct rule *reasons[REASONS_MAX]; /* the rules that matched, in the order applied */
    unsigned reasons_count;
};

/* Decides. The rules must outlive the decision, which points at them. */
void decision_for(const struct rule_set *rules, const struct query *query,
                  struct decision *ret_decision);

/* Whether the decision lets that solver run: it is a candidate. */
bool decision_allows(const struct decision *decision, uint64_t solver_id);
