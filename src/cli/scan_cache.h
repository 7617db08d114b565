/*
 * Reports of files that were read before, in the user's cache directory: valid while the file is
 * the same by path, device, inode, size and time of change, and this program is the same, too.
 */
#pragma once

#include "codeobj/paths.h"
#include "codeobj/report.h"

struct scan_cache {
    char *directory; /* NULL: there is none to be had, nothing is kept */
    const struct chip *chip;
    const char *target; /* as in struct report_request */
    char program[64];   /* which build of this program it is */
};

/* Finds the directory. Without HOME and XDG_CACHE_HOME there is none, which is no failure. */
void scan_cache_open(const struct chip *chip, const char *target, struct scan_cache *ret_cache);

void scan_cache_close(struct scan_cache *cache);

/* What is kept of a file. False where it is none, or not of the file as it is now. */
bool scan_cache_recall(const struct scan_cache *cache, const struct path *path,
                       struct report *ret_report);

/* Keeps a report where it was dear; what fails is nobody's loss. */
void scan_cache_keep(const struct scan_cache *cache, const struct path *path,
                     const struct report *report);
