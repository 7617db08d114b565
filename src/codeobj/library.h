/*
 * The libraries on a machine that bring GPU code of their own, and what that code is to a chip:
 * whether ROCm takes it as it is, or by an override, and by which.
 */
#pragma once

#include "codeobj/paths.h"
#include "codeobj/verdict.h"
#include "facts/target.h"

struct library {
    char *path;       /* as programs of the machine name it */
    const char *what; /* "matrix products" */
    int error;        /* -errno where it could not be read */
    enum verdict verdict;
    const char *target; /* the best of its targets, of targets.list; NULL: none */
    char
        override[OVERRIDE_SIZE]; /* by which ROCm takes it; "" where it needs none, or none helps */
};

struct library_list {
    struct library *libraries; /* in the order of libraries.list, of the directories, and by name */
    size_t count;
};

struct library_source {
    const char *sysroot; /* NULL or "/": this machine */
    const struct chip *chip;
    environment_get get;
    /* Gives reports that were made before, as in struct survey; or NULL. */
    bool (*recall)(const struct path *path, struct report *ret_report, void *context);
    void *context;
};

/*
 * Looks where the dynamic linker and ROCm's packages have libraries: the system's directories and
 * /opt/rocm*, below the sysroot; on this machine also in LD_LIBRARY_PATH, the active Python
 * environment (VIRTUAL_ENV, CONDA_PREFIX) and the user's own (~/.local). Nothing is loaded or run.
 * Links bring no file in twice; below a sysroot they are not followed, as they may lead out of it.
 * 0 or -ENOMEM. Free with library_list_free().
 */
int library_list_read(const struct library_source *source, struct library_list *ret_list);

/* Whether HSA_OVERRIDE_GFX_VERSION has to be set for them. */
enum override_need {
    OVERRIDE_UNKNOWN, /* none has code that the chip can be made to take */
    OVERRIDE_NONE,    /* all of them have code that ROCm takes as it is */
    OVERRIDE_ONE,     /* all of them have code that it takes by the same value */
    OVERRIDE_DIFFERS, /* what one needs has ROCm pass over the code of another */
    OVERRIDE_NEEDS
};

/*
 * What all libraries of a list come to; what has no code for the chip has no say. *ret_value, where
 * one is needed, is the list's.
 */
enum override_need library_list_override(const struct library_list *list, const char **ret_value);

/* The word that --json shows: "unknown", "none", "one", "differs". */
const char *override_need_id(enum override_need need);

void library_list_free(struct library_list *list);
