#include "shim/workspace.h"

/* Of the memory that is free when a buffer is made, the part it may take at most. */
#define FREE_MEMORY_SHARE 2

/* Runs on the handle's device whatever the thread's current one is, and puts that back. */
static int device_enter(const struct real *real, const struct handle *handle)
{
    int current = -1;

    if (handle->device < 0 || !real->hipGetDevice || !real->hipSetDevice)
        return -1;
    if (real->hipGetDevice(&current) != 0 || current == handle->device)
        return -1;
    real->hipSetDevice(handle->device);
    return current;
}

static void device_leave(const struct real *real, int previous)
{
    if (previous >= 0)
        real->hipSetDevice(previous);
}

static bool within_cap(const struct real *real, const struct machine *machine, size_t bytes)
{
    size_t free_bytes = 0, total_bytes = 0;

    if (machine->max_workspace_bytes != UINT64_MAX)
        return bytes <= machine->max_workspace_bytes;
    if (!real->hipMemGetInfo || real->hipMemGetInfo(&free_bytes, &total_bytes) != 0)
        return true; /* the allocation itself will tell */
    return bytes <= free_bytes / FREE_MEMORY_SHARE;
}

/* Allocation is illegal while a stream is recorded into a graph, and reuse would outlive it. */
static bool stream_captures(const struct real *real, miopenAcceleratorQueue_t stream)
{
    int status = 0;

    return real->hipStreamIsCapturing && real->hipStreamIsCapturing(stream, &status) == 0 &&
           status != 0;
}

/* Queued kernels may still use the memory: hipFree waits for the device before it lets go. */
static void workspace_drop(const struct real *real, struct workspace *workspace)
{
    if (workspace->memory)
        real->hipFree(workspace->memory);
    *workspace = (struct workspace){.stream = workspace->stream};
}

static void workspace_make(const struct real *real, const struct machine *machine,
                           struct workspace *workspace, size_t bytes)
{
    if (!within_cap(real, machine, bytes))
        return;
    if (real->hipMalloc(&workspace->memory, bytes) == 0) {
        workspace->bytes = bytes;
        return;
    }
    workspace->memory = NULL;
    /* The program must not find our failure when it asks for the last error of its own calls. */
    if (real->hipGetLastError)
        (void)real->hipGetLastError();
}

static struct workspace *workspace_of(const struct real *real, struct handle *handle,
                                      miopenAcceleratorQueue_t stream)
{
    for (unsigned i = 0; i < handle->workspaces_count; i++) {
        if (handle->workspaces[i].stream == stream)
            return &handle->workspaces[i];
    }
    if (handle->workspaces_count == HANDLE_WORKSPACES) {
        workspace_drop(real, &handle->workspaces[0]);
        handle->workspaces[0] = handle->workspaces[--handle->workspaces_count];
    }
    struct workspace *workspace = &handle->workspaces[handle->workspaces_count++];
    *workspace = (struct workspace){.stream = stream};
    return workspace;
}

void *workspace_get(const struct real *real, const struct machine *machine, struct handle *handle,
                    size_t bytes)
{
    miopenAcceleratorQueue_t stream = NULL;

    if (!real->hipMalloc || !real->hipFree || !real->miopenGetStream)
        return NULL;
    if (real->miopenGetStream(handle->miopen, &stream) != miopenStatusSuccess)
        return NULL;
    if (stream_captures(real, stream))
        return NULL;

    int previous = device_enter(real, handle);
    struct workspace *workspace = workspace_of(real, handle, stream);
    if (workspace->bytes < bytes) {
        workspace_drop(real, workspace);
        workspace_make(real, machine, workspace, bytes);
    }
    device_leave(real, previous);
    return workspace->memory;
}

void workspaces_free(const struct real *real, struct handle *handle)
{
    if (handle->workspaces_count == 0)
        return;
    int previous = device_enter(real, handle);
    for (unsigned i = 0; i < handle->workspaces_count; i++)
        workspace_drop(real, &handle->workspaces[i]);
    handle->workspaces_count = 0;
    device_leave(real, previous);
}
