/* What was found in one file: its targets, and for the one that a chip would use, its kernels. */
#pragma once

#include "codeobj/code.h"
#include "codeobj/container.h"
#include "codeobj/target.h"

#include <stdatomic.h>
#include <stdio.h>

struct report_request {
    const struct chip *chip;
    const char *target; /* from target_from_name(): that one; NULL: the best for the chip */
    bool sites;         /* keep each place, not only how many there are */
    bool class_d;       /* keep kernels too that have findings of class D only */
    /* Which functions are looked at, and kept whatever is found; NULL: all. Called from any thread.
     */
    bool (*wanted)(const char *name, void *context);
    void *context;
    _Atomic uint64_t *seen_bytes; /* what was looked at is added to it; NULL: nobody asks */
};

struct target_count {
    const char *name; /* of targets.list, or "unknown" */
    uint64_t code_objects;
    uint64_t kernels;
};

/* A kernel, or another function, that has findings or was asked for. */
struct kernel {
    char *name;
    char *place;      /* where its code object is in the file; "" for the file itself */
    bool launched;    /* a program can launch it; else other functions call it */
    uint64_t address; /* in the code object */
    uint64_t instructions;
    uint64_t counts[FINDING_COUNT];
    enum finding_class class; /* the first that it has a finding of; CLASS_COUNT for none */
    struct site *sites;       /* by address; none unless they were asked for */
    size_t sites_count;
};

struct class_count {
    uint64_t kernels; /* whose first class it is */
    uint64_t sites;   /* of all findings of the class, in kernels and other functions */
};

#define NOTES_SHOWN 10

struct report {
    char *path;
    uint64_t size_bytes;
    enum container_kind kind;
    struct target_count *targets; /* in the order of their worth for the chip, then by name */
    size_t targets_count;
    const char *target; /* that was looked at, of targets.list; NULL where there is none */
    uint64_t kernels;
    uint64_t functions; /* that are no kernels */
    uint64_t instructions;
    uint64_t undecoded; /* words */
    uint64_t counts[FINDING_COUNT];
    struct class_count classes[CLASS_COUNT];
    struct kernel *rows; /* by class, name and place */
    size_t rows_count;
    char *notes[NOTES_SHOWN];
    uint64_t notes_count; /* those that are no longer kept included */
};

/*
 * Reads one file. 0; -ENOMEM; -EISDIR, -EACCES where it is no regular file; -errno of opening it.
 * What is damaged within is a note, not a failure. Free with report_free().
 */
int report_read(const char *path, const struct report_request *request, struct report *ret_report);

/* Harmless on an empty one. */
void report_free(struct report *report);

/* For what reads reports back: counts a kernel in and takes its row over. 0, or -ENOMEM. */
int report_row_add(struct report *report, struct kernel *row);

void kernel_free(struct kernel *kernel);
