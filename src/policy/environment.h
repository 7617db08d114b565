/* The environment of a decision: what option D sets, and `rocm-rdna1 env` and `run` hand on. */
#pragma once

#include "facts/gpus.h"
#include "facts/target.h"
#include "policy/rule.h"

#include <stdbool.h>
#include <stddef.h>

enum profile {
    PROFILE_GEMM,     /* ours */
    PROFILE_ORIGINAL, /* the recipe this project started from, to the letter, for comparison */
    PROFILE_OFF,      /* nothing */
    /* gemm without the switches, which would hide what MIOpen would choose by itself: for a trace
       under the shim, which decides alone then, as it does beside other GPUs. Not for people. */
    PROFILE_TRACED,
};

struct variable {
    char name[64];
    char value[32]; /* where it is kept: what the user has set, cut to fit and made printable */
    char why[160];  /* one sentence for people */
    bool kept;      /* the user has set it to something: shown, never changed */
};

#define VARIABLES_MAX 16

struct environment {
    struct variable variables[VARIABLES_MAX];
    size_t count;
    bool applies; /* false: nothing is set; `why` says the reason (no RDNA1 card, mixed, off) */
    char why[200];
};

/* "gemm", "original", "off"; -EINVAL. */
int profile_parse(const char *text, enum profile *ret_profile);

/*
 * The variables for this machine's GPUs under the rules. `get` looks up what the user has set.
 * gemm: for each family of solvers that the decision for the cards denies, the variables that
 * switch it off. They reach all of a process, so they are set only where every GPU is RDNA1 and
 * forced; and only for families that are denied on every one of them.
 * original: all of that recipe's variables, in its order, where an RDNA1 card is present, whatever
 * else is.
 */
void environment_for(const struct rule_set *rules, const struct gpu_list *gpus,
                     enum profile profile, environment_get get, void *context,
                     struct environment *ret_environment);
