/* Streams and the current device of a thread: what HIP and rocBLAS both need to know. */
#pragma once

#include <stdbool.h>

struct stream {
    unsigned device;
    unsigned flags;
    bool captures; /* launches are only recorded */
};

/* The calling thread's current device; 0 at first. */
unsigned current_device(void);
void current_device_set(unsigned device);

/* The stream behind a HIP handle; NULL for the null stream, hipStreamLegacy, hipStreamPerThread. */
struct stream *stream_from(void *handle);

/* The device a HIP stream handle belongs to: the null stream and its kin to the current one. */
unsigned stream_device(void *handle);
