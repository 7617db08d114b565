#include "shim/workspace.h"

/* Of the memory that is free when a buffer is made, the part it may take at most. */
#define FREE_MEMORY_SHARE 2

/*
 * Runs on the handle's device whatever the thread's current one is; device_leave() puts that back.
 * False where that cannot be had: memory of another device would be of no use.
 */
static bool device_enter(const struct real *real, const struct handle *handle, int *ret_previous)
{
    int current = -1;

    if (handle->device < 0 || !real->hipGetDevice || !real->hipSetDevice)
        return false;
    if (!hip_succeeded(real, real->hipGetDevice(&current)))
        return false;
    if (current != handle->device && !hip_succeeded(real, real->hipSetDevice(handle->device)))
        return false;
    *ret_previous = current;
    return true;
}

static void device_leave(const struct real *real, const struct handle *handle, int previous)
{
    if (previous != handle->device)
        (void)hip_succeeded(real, real->hipSetDevice(previous));
}

/* `held` of the bytes that are in use would be free again. */
static bool within_cap(const struct real *real, const struct machine *machine, size_t bytes,
                       size_t held)
{
    size_t free_bytes = 0, total_bytes = 0;

    if (machine->settings.max_workspace_bytes != UINT64_MAX)
        return bytes <= machine->settings.max_workspace_bytes;
    if (!real->hipMemGetInfo ||
        !hip_succeeded(real, real->hipMemGetInfo(&free_bytes, &total_bytes)))
        return true; /* the allocation itself will tell */
    return bytes <= (free_bytes + held) / FREE_MEMORY_SHARE;
}

/* The default stream answers with an error while another one is recorded. */
bool stream_captures(const struct real *real, miopenAcceleratorQueue_t stream)
{
    int status = 0;

    return real->hipStreamIsCapturing &&
           (!hip_succeeded(real, real->hipStreamIsCapturing(stream, &status)) || status != 0);
}

/* Queued kernels may still use the memory: hipFree waits for the device before it lets go. */
static void workspace_drop(const struct real *real, struct workspace *workspace)
{
    if (workspace->memory)
        (void)hip_succeeded(real, real->hipFree(workspace->memory));
    *workspace = (struct workspace){.stream = workspace->stream};
}

static void workspace_grow(const struct real *real, const struct machine *machine,
                           struct workspace *workspace, size_t bytes)
{
    void *memory = NULL;

    if (!within_cap(real, machine, bytes, workspace->bytes))
        return;
    workspace_drop(real, workspace);
    if (!hip_succeeded(real, real->hipMalloc(&memory, bytes)) || !memory)
        return;
    workspace->memory = memory;
    workspace->bytes = bytes;
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

    int previous = -1;
    if (!device_enter(real, handle, &previous))
        return NULL;
    struct workspace *workspace = workspace_of(real, handle, stream);
    if (workspace->bytes < bytes)
        workspace_grow(real, machine, workspace, bytes);
    device_leave(real, handle, previous);
    return workspace->bytes < bytes ? NULL : workspace->memory;
}

void workspaces_free(const struct real *real, struct handle *handle)
{
    int previous = -1;

    if (handle->workspaces_count == 0)
        return;
    const bool entered = device_enter(real, handle, &previous);
    for (unsigned i = 0; i < handle->workspaces_count; i++)
        workspace_drop(real, &handle->workspaces[i]);
    handle->workspaces_count = 0;
    if (entered)
        device_leave(real, handle, previous);
}
