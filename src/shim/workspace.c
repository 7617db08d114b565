#include "shim/workspace.h"

#include "shim/lock.h"

#include <stdlib.h>

/* Of the memory that is free or ours, the part that ours may come to by default. */
#define FREE_MEMORY_SHARE 2

/* A program that makes a stream for each step must not fill the card with buffers. */
#define BUFFERS_MAX       8u

/* hipStreamPerThread: a stream of its own in each thread. */
#define STREAM_PER_THREAD ((miopenAcceleratorQueue_t)(uintptr_t)2)

/* All buffers of one device; `real` stands for the copy of HIP that counts it. Never freed. */
struct pool {
    struct pool *next;
    const struct real *real;
    int device;
    unsigned handles; /* that have taken a buffer */
    uint64_t takings;
    struct workspace *buffers;
};

static struct pool *pools; /* with all that hangs there: under the lock of the tables */

/*
 * Runs on the handle's device whatever the thread's current one is; device_leave() puts that back.
 * False where that cannot be had: memory of another device would be of no use.
 */
static bool device_enter(const struct real *real, int device, int *ret_previous)
{
    int current = -1;

    if (device < 0 || !real->hipGetDevice || !real->hipSetDevice)
        return false;
    if (!hip_succeeded(real, real->hipGetDevice(&current)))
        return false;
    if (current != device && !hip_succeeded(real, real->hipSetDevice(device)))
        return false;
    *ret_previous = current;
    return true;
}

static void device_leave(const struct real *real, int device, int previous)
{
    if (previous != device)
        (void)hip_succeeded(real, real->hipSetDevice(previous));
}

/* The default stream answers with an error while another one is recorded: that counts as well. */
bool stream_captures(const struct real *real, miopenAcceleratorQueue_t stream)
{
    int status = 0;

    return real->hipStreamIsCapturing &&
           (!hip_succeeded(real, real->hipStreamIsCapturing(stream, &status)) || status != 0);
}

static struct pool *pool_find(const struct real *real, int device)
{
    struct pool *pool = pools;

    while (pool && (pool->real->hipMalloc != real->hipMalloc || pool->device != device))
        pool = pool->next;
    return pool;
}

static struct pool *pool_of(const struct handle *handle)
{
    struct pool *fresh = NULL;

    lock_take();
    struct pool *pool = pool_find(handle->real, handle->device);
    lock_release();
    if (pool || !(fresh = calloc(1, sizeof(*fresh))))
        return pool;
    *fresh = (struct pool){.real = handle->real, .device = handle->device};

    lock_take();
    pool = pool_find(handle->real, handle->device);
    if (!pool) {
        fresh->next = pools;
        pools = pool = fresh;
    }
    lock_release();
    if (pool != fresh)
        free(fresh);
    return pool;
}

/* Of the stream's own that nobody has: the smallest that is enough, else the largest. */
static struct workspace *buffer_find(const struct pool *pool, miopenAcceleratorQueue_t stream,
                                     size_t bytes)
{
    struct workspace *best = NULL;

    for (struct workspace *it = pool->buffers; it; it = it->next) {
        if (it->taken || it->stream != stream)
            continue;
        if (!best || (best->bytes < bytes ? it->bytes > best->bytes
                                          : it->bytes >= bytes && it->bytes < best->bytes))
            best = it;
    }
    return best;
}

static void buffer_unlink(struct pool *pool, const struct workspace *buffer)
{
    struct workspace **link = &pool->buffers;

    while (*link != buffer)
        link = &(*link)->next;
    *link = buffer->next;
}

/* Work that is queued may still use the memory: hipFree waits for the device before it lets go. */
static void buffer_free(const struct real *real, struct workspace *buffer)
{
    if (buffer && buffer->memory)
        (void)hip_succeeded(real, real->hipFree(buffer->memory));
    free(buffer);
}

/* What a pool holds, of which `idle_bytes` could be free again. */
struct holding {
    uint64_t bytes, idle_bytes;
    unsigned count;
};

static struct holding pool_holding(const struct pool *pool)
{
    struct holding holding = {.count = 0};

    lock_take();
    for (const struct workspace *it = pool->buffers; it; it = it->next, holding.count++) {
        holding.bytes += it->bytes;
        holding.idle_bytes += it->taken ? 0 : it->bytes;
    }
    lock_release();
    return holding;
}

/*
 * Gives up an idle buffer: one of the stream's own, of which a larger one is to be, before the one
 * that nobody has had for the longest time. False where there is none.
 */
static bool pool_shrink(struct pool *pool, miopenAcceleratorQueue_t stream, bool its_own_alone)
{
    struct workspace *victim = NULL;

    lock_take();
    for (struct workspace *it = pool->buffers; it; it = it->next) {
        const bool own = it->stream == stream;

        if (it->taken || (its_own_alone && !own))
            continue;
        if (!victim || (own && victim->stream != stream) ||
            (own == (victim->stream == stream) && it->used < victim->used))
            victim = it;
    }
    if (victim)
        buffer_unlink(pool, victim);
    lock_release();
    buffer_free(pool->real, victim);
    return victim;
}

static uint64_t memory_free(const struct real *real)
{
    size_t free_bytes = 0, total_bytes = 0;

    return real->hipMemGetInfo &&
                   hip_succeeded(real, real->hipMemGetInfo(&free_bytes, &total_bytes))
               ? free_bytes
               : UINT64_MAX; /* the allocation itself will tell */
}

/* What our memory on the device may come to. */
static uint64_t pool_cap(const struct pool *pool, const struct machine *machine)
{
    if (machine->settings.max_workspace_bytes != UINT64_MAX)
        return machine->settings.max_workspace_bytes;

    const uint64_t free_bytes = memory_free(pool->real);
    return free_bytes == UINT64_MAX ? UINT64_MAX
                                    : (free_bytes + pool_holding(pool).bytes) / FREE_MEMORY_SHARE;
}

/* Makes room under the cap, and keeps the number of buffers at bay. */
static bool pool_make_room(struct pool *pool, miopenAcceleratorQueue_t stream, size_t bytes,
                           uint64_t cap_bytes)
{
    for (;;) {
        const struct holding holding = pool_holding(pool);
        const bool fits = bytes <= cap_bytes && holding.bytes <= cap_bytes - bytes;

        if (bytes > cap_bytes || (!fits && holding.bytes - holding.idle_bytes > cap_bytes - bytes))
            return false;
        if (fits && holding.count < BUFFERS_MAX)
            return true;
        if (!pool_shrink(pool, stream, false))
            return fits;
    }
}

static void *memory_allocate(struct pool *pool, miopenAcceleratorQueue_t stream, size_t bytes)
{
    const struct real *real = pool->real;

    for (;;) {
        void *memory = NULL;
        uint64_t attainable;

        if (hip_succeeded(real, real->hipMalloc(&memory, bytes)) && memory)
            return memory;
        if (__builtin_add_overflow(memory_free(real), pool_holding(pool).idle_bytes, &attainable))
            attainable = UINT64_MAX;
        if (attainable < bytes || !pool_shrink(pool, stream, false))
            return NULL;
    }
}

/* A new buffer, taken, on the current device; NULL where there is no room that could be made. */
static struct workspace *buffer_new(struct pool *pool, const struct machine *machine,
                                    miopenAcceleratorQueue_t stream, size_t bytes)
{
    struct workspace *buffer = calloc(1, sizeof(*buffer));

    if (!buffer)
        return NULL;
    *buffer = (struct workspace){.stream = stream, .bytes = bytes, .taken = true};
    if (pool_make_room(pool, stream, bytes, pool_cap(pool, machine)))
        buffer->memory = memory_allocate(pool, stream, bytes);
    if (!buffer->memory) {
        free(buffer);
        return NULL;
    }
    while (pool_shrink(pool, stream, true))
        continue; /* what was too small is of no more use */

    lock_take();
    buffer->used = ++pool->takings;
    buffer->next = pool->buffers;
    pool->buffers = buffer;
    lock_release();
    return buffer;
}

struct workspace *workspace_take(const struct real *real, const struct machine *machine,
                                 struct handle *handle, size_t bytes)
{
    miopenAcceleratorQueue_t stream = NULL;
    int previous = -1;

    if (!real->hipMalloc || !real->hipFree || !real->miopenGetStream)
        return NULL;
    if (real->miopenGetStream(handle->miopen, &stream) != miopenStatusSuccess)
        return NULL;
    if (stream == STREAM_PER_THREAD || stream_captures(real, stream))
        return NULL;
    struct pool *pool = pool_of(handle);
    if (!pool)
        return NULL;

    lock_take();
    struct workspace *buffer = buffer_find(pool, stream, bytes);
    const bool enough = buffer && buffer->bytes >= bytes;
    if (enough) {
        buffer->taken = true;
        buffer->used = ++pool->takings;
    }
    if (!handle->has_workspace) {
        handle->has_workspace = true;
        pool->handles++;
    }
    lock_release();
    if (enough)
        return buffer;

    if (!device_enter(real, handle->device, &previous))
        return NULL;
    buffer = buffer_new(pool, machine, stream, bytes);
    device_leave(real, handle->device, previous);
    return buffer;
}

void workspace_give(struct workspace *workspace)
{
    if (!workspace)
        return;
    lock_take();
    workspace->taken = false;
    lock_release();
}

void workspaces_leave(struct handle *handle)
{
    struct workspace *buffers = NULL;
    int previous = -1;

    if (!handle->has_workspace)
        return;
    lock_take();
    struct pool *pool = pool_find(handle->real, handle->device);
    if (pool && --pool->handles == 0) {
        buffers = pool->buffers;
        pool->buffers = NULL;
    }
    lock_release();
    if (!buffers)
        return;

    const bool entered = device_enter(handle->real, handle->device, &previous);
    while (buffers) {
        struct workspace *next = buffers->next;
        buffer_free(handle->real, buffers);
        buffers = next;
    }
    if (entered)
        device_leave(handle->real, handle->device, previous);
}
