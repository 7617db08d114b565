/*
 * File reads below a root directory. Every path of the system that this project reads goes through
 * here, so that a recorded machine in a directory can stand in for the machine itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct root {
    int dirfd;      /* an open directory; -1 when closed */
    bool contained; /* links must not lead out of it: any root but "/" */
};

#define ROOT_CLOSED                                                                                \
    (struct root)                                                                                  \
    {                                                                                              \
        .dirfd = -1                                                                                \
    }

/*
 * Opens the directory `path` ("/" for this machine) as a root. 0 or -errno. Below any root but "/"
 * every symbolic link, absolute ones and ".." included, is resolved inside the root; where the
 * kernel has no openat2(), links that lead out of it are refused with -EXDEV instead.
 */
int root_open(const char *path, struct root *ret_root);

/* Closes a root; harmless on ROOT_CLOSED. */
void root_close(struct root *root);

/*
 * Reads a whole small text file into buffer[size], NUL-terminated, one trailing newline cut off.
 * `path` may start with a slash; it is taken below the root all the same.
 * 0, or -errno; -EFBIG where it does not fit, -EILSEQ where it holds a NUL byte.
 */
int root_read_text(const struct root *root, const char *path, char *buffer, size_t size);

/*
 * Reads a file that holds one number, decimal or 0x-hexadecimal, white space around it allowed.
 * 0 or -errno; -EINVAL where it holds anything else, -ERANGE past 64 bits.
 */
int root_read_u64(const struct root *root, const char *path, uint64_t *ret_value);

/*
 * Names of a directory's entries without "." and "..", sorted by strverscmp (so "10" follows "9").
 * 0 or -errno. Free with root_names_free().
 */
int root_list(const struct root *root, const char *path, char ***ret_names, size_t *ret_count);

void root_names_free(char **names, size_t count);
