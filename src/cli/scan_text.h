/* Reports for people: one file in full, or many as a table. */
#pragma once

#include "codeobj/report.h"
#include "codeobj/verdict.h"

struct scan_style {
    const struct chip *chip;
    bool color;
    bool all;    /* every kernel with findings, those of class D too */
    bool sites;  /* each place */
    bool lookup; /* only the kernels that were asked for */
};

/* One file in full. */
void scan_print_report(const struct report *report, const struct scan_style *style);

/* What stands behind all findings: what they say and what they cannot. */
void scan_print_meaning(const struct chip *chip);

/* Many files: a line each, and what they come to together. */
struct scan_table {
    struct libscols_table *table;
    size_t files[VERDICT_COUNT]; /* whether they have a line or not */
    size_t unlisted;
};

/* 0, or -errno. Free with scan_table_free() in any case. */
int scan_table_begin(const struct scan_style *style, struct scan_table *ret_table);

/* `listed`: a line, also where there is nothing in it for the chip. */
int scan_table_add(struct scan_table *table, const struct report *report,
                   const struct scan_style *style, bool listed);

int scan_table_print(const struct scan_table *table, const struct scan_style *style);

void scan_table_free(struct scan_table *table);
