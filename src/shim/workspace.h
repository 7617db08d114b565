/*
 * Workspace of our own, for a program that brought none or too little. One buffer for each handle
 * and stream: a handle serves one thread at a time and a stream's kernels run one after the other,
 * so a buffer is never used twice at once. It grows, and is freed with its handle.
 */
#pragma once

#include "shim/handle.h"

/*
 * At least `bytes` of device memory on the handle's stream; NULL where the cap, the card's free
 * memory or a stream under capture forbids it.
 */
void *workspace_get(const struct real *real, const struct machine *machine, struct handle *handle,
                    size_t bytes);

/*
 * Whether the stream is being recorded into a graph, or may be: allocation is illegal then, reuse
 * of memory would outlive it, and events tell nothing.
 */
bool stream_captures(const struct real *real, miopenAcceleratorQueue_t stream);

void workspaces_free(const struct real *real, struct handle *handle);
