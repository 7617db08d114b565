/*
 * Rules: sections of .rules files that say what a decision allows, denies or prefers, and why.
 * The format and each key stand in rules(5); the keys in one table, rule_keys.list.
 */
#pragma once

#include "base/root.h"
#include "policy/solver.h"

#include <stdbool.h>
#include <stddef.h>

struct rule; /* one section; opaque outside rule*.c and decision.c */

struct rule_error {
    char *message; /* "50-navi10.rules:12: MatchMiopen: "2.17.*": expected a range such as …" */
};

struct rule_set {
    struct rule *rules; /* in the order of evaluation: file name, then place in the file */
    size_t count;
    struct rule_error *errors; /* sections that were dropped, and why */
    size_t errors_count;
    bool built_in; /* no directory could be read: the rules are those compiled in */
};

/*
 * Reads every *.rules file of `dirs` (paths below root, lowest priority first, NULL-terminated).
 * A file in a later directory replaces one of the same name in an earlier; a link to /dev/null or
 * an empty file masks it. All are then read in the order of their names. A bad section is dropped
 * and reported, the rest stands. Where no directory exists, the shipped rules that are compiled in
 * are used, so that a misplaced installation fails towards GEMM and not towards a hang. 0, or
 * -errno where memory is short. Free with rule_set_free().
 */
int rule_set_read(const struct root *root, const char *const *dirs, struct rule_set *ret_set);

/* Parses one file's text; `file` names it in messages. Adds to the set. 0 or -ENOMEM. */
int rule_set_parse(struct rule_set *set, const char *file, const char *text, size_t length);

void rule_set_free(struct rule_set *set);

const char *rule_name(const struct rule *rule); /* the section's heading */
const char *rule_why(const struct rule *rule);
const char *rule_origin(const struct rule *rule); /* "50-rdna1.rules:3" */
