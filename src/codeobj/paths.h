/* The files that a person means by the paths of a command line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct path {
    char *name;
    bool named; /* given itself, not found in a directory */
    uint64_t size_bytes;
    int error; /* -errno where it is there but cannot be read, or was named and is not there */
};

struct path_list {
    struct path *paths; /* in the order of the command line, below a directory by name */
    size_t count;
    /* Files and directories that were met, by device and inode: links bring nothing in twice. */
    void *met;
};

/*
 * Adds a file, or all files below a directory that may hold GPU code by their first bytes; symbolic
 * links are followed, and what was met before is passed over. Directories of /proc, /sys and the
 * like are not entered. What cannot be read stands in the list with its error. 0 or -ENOMEM.
 */
int path_list_add(struct path_list *list, const char *path);

void path_list_free(struct path_list *list);
