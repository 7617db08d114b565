/* A rule from the inside: for the files that read, match and apply rules. */
#pragma once

#include "policy/decision.h"
#include "policy/rule.h"
#include "policy/solver.h"

#include <stdint.h>

/* A set of solvers: bit i stands for solvers[i]. */
typedef uint32_t solver_mask;

#define SOLVER(...) +1
enum {
    SOLVERS_LISTED = 0
#include "policy/solvers.list"
};
#undef SOLVER

_Static_assert(SOLVERS_LISTED <= 32, "solver_mask has a bit for each solver of solvers.list");

/* No file of people's comes near; of a larger one nothing is used. */
#define RULE_FILE_BYTES_MAX (1024 * 1024)

/* Each word of Prefer= names at least one solver, and each solver need be named only once. */
#define PREFERENCES_MAX     SOLVERS_LISTED

struct rule {
    char *name;
    char *why;
    char *origin;

    /* What it matches; zero or NULL where the key is absent, which matches everything. */
    uint32_t chips;      /* bit i stands for chips[i] */
    char *targets;       /* words separated by single spaces */
    char *miopen;        /* a range that version_range_check() accepts */
    unsigned directions; /* bit i stands for enum direction i */
    unsigned types;      /* bit i stands for enum data_type i, of the weights */
    unsigned layouts;    /* bits as layout_bit() gives them */

    /* What it does. */
    bool allows;     /* Allow= is there: it replaces what was allowed */
    bool allows_any; /* Allow=any */
    solver_mask allow;
    solver_mask deny;
    solver_mask preferences[PREFERENCES_MAX];
    unsigned preferences_count;
};

/* The bit of a layout in struct rule: default and channel-last of 2-D, of 3-D, then "other". */
unsigned layout_bit(enum layout layout, unsigned spatial);

/* All solvers of a family. */
solver_mask family_mask(enum family family);

/* Whether the rule is for the query. `chip` is the bit of the query's chip. */
bool rule_matches(const struct rule *rule, const struct query *query, uint32_t chip);

/* Frees what a rule holds. */
void rule_clear(struct rule *rule);

/* Moves the rule into the set, or keeps a message about one that was dropped. 0 or -ENOMEM. */
int rule_set_add(struct rule_set *set, struct rule *rule);
int rule_set_add_error(struct rule_set *set, const char *message);

/* What a parser of a value says about a bad one. */
struct rule_complaint {
    char text[400];
};

/* The keys, in the order of rule_keys.list. */
struct rule_key {
    const char *name;
    const char *help;
    /* Writes the value into the rule. `value` is scratch space. 0, -EINVAL with a complaint,
     * -ENOMEM. */
    int (*parse)(struct rule *rule, char *value, struct rule_complaint *ret_complaint);
};

extern const struct rule_key rule_keys[];
extern const unsigned rule_keys_count;

/* The key of that name; NULL with the name that was perhaps meant in `ret_meant`, or NULL there. */
const struct rule_key *rule_key_find(const char *name, const char **ret_meant);
