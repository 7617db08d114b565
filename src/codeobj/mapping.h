/* A file of any size as bytes, without reading it. */
#pragma once

#include "codeobj/span.h"

struct mapping {
    struct span file;
    int fd; /* -1 for an empty file */
};

/*
 * 0; -EISDIR for a directory, -EACCES for what else is no regular file, -errno of opening and
 * mapping it. A fifo or a device is not waited for. A thread has one at a
 * time.
 */
int mapping_open(const char *path, struct mapping *ret_mapping);

void mapping_close(struct mapping *mapping);

/*
 * Whether the file has become shorter since. What is then missing reads as zeros, to the thread
 * that opened it: a library that is replaced while it is read ends no program.
 */
bool mapping_shrunk(const struct mapping *mapping);

/* Takes memory back that a part of the file has got by being read; it stays readable. */
void mapping_release(const struct mapping *mapping, struct span part);
