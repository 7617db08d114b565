/*
 * The trace's file: lines that are appended by any number of processes and threads, and of which
 * each owner overwrites the end in place. No descriptor stays open, since programs close what is
 * not theirs. Only a regular file will do: nothing here ever waits for a reader or a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* The end of a line that changes; all of its forms are of one length. */
#define TRACE_TAIL_MAX 400

/* Where a line stands. All zero: nowhere yet. */
struct trace_place {
    bool written;
    dev_t device;
    ino_t inode;
    off_t tail; /* bytes before it in the file */
    size_t tail_length;
    char tail_bytes[TRACE_TAIL_MAX];
};

/*
 * Names the file, and makes it where it is not there. 0, or -errno: it cannot be written, is no
 * regular file, or is where the program's output goes. To be called once, before any other.
 */
int trace_file_begin(const char *path);

/* The most parts that a line has before its tail. */
#define TRACE_PARTS_MAX 2

/*
 * Appends the parts and the tail, which ends with the newline, as a line. 0 or -errno; the place is
 * set on success. A disk that is full leaves nothing behind. Takes no lock of this process: calls
 * come one after the other.
 */
int trace_file_append(const struct iovec *parts, unsigned count, const char *tail,
                      size_t tail_length, struct trace_place *ret_place);

/*
 * Overwrites the tail where the line still stands as it was written; -ESTALE where it does not (the
 * file was removed, emptied or edited) or was never written: it is to be appended again. Else 0 or
 * -errno.
 */
int trace_file_update(struct trace_place *place, const char *tail, size_t tail_length);
