/*
 * Workspace of our own, for a program that brought none or too little. Each buffer belongs to a
 * device and a stream, whatever the handle: a stream's kernels run one after the other, so what one
 * convolution has used the next one there may use again, and a program that has a handle for each
 * thread, as PyTorch has for going forward and back, pays for one buffer. But a convolution is
 * several kernels, and those of two threads may come to one stream in turn: so a buffer is taken,
 * and nobody else gets it until all of the convolution's kernels are in the stream.
 *
 * Buffers grow, and those that lay idle longest are given up where there is no room otherwise, or
 * where there are many; hipFree waits for all work of the device before it lets go. They are freed
 * with the last handle on their device that had one.
 */
#pragma once

#include "shim/handle.h"

struct workspace {
    struct workspace *next;
    miopenAcceleratorQueue_t stream;
    void *memory;
    size_t bytes;
    uint64_t used; /* when it was taken last, in takings */
    bool taken;
};

/*
 * At least `bytes` of device memory on the handle's stream, to be given back after the last launch
 * that uses it; NULL where the cap (on all such memory of a device), the card's free memory or a
 * stream under capture forbids it.
 */
struct workspace *workspace_take(const struct real *real, const struct machine *machine,
                                 struct handle *handle, size_t bytes);

void workspace_give(struct workspace *workspace); /* NULL: nothing */

/*
 * Whether the stream is being recorded into a graph, or may be: allocation is illegal then, reuse
 * of memory would outlive it, and events tell nothing.
 */
bool stream_captures(const struct real *real, miopenAcceleratorQueue_t stream);

/* At the end of a handle. */
void workspaces_leave(struct handle *handle);
