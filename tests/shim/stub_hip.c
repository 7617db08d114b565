/* The stub of libamdhip64: devices, streams and memory, as far as the shim looks at them. */
#include "stub_enter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEVICES_MAX 4
#define INVALID     1 /* hipErrorInvalidValue */

static char addresses_of[DEVICES_MAX][32] = {"0000:03:00.0"};
static int devices_count = 1;
static _Thread_local int current_device;
static _Thread_local int last_error;
static atomic_size_t free_memory = (size_t)8 << 30;
static atomic_uint live;
static atomic_bool capture;

struct block {
    uint64_t magic;
    size_t bytes;
    int device;
    struct block *next;
    bool launching; /* a convolution's kernels are on the way to the stream */
    bool used;
    miopenAcceleratorQueue_t stream; /* that has used it */
} __attribute__((aligned(64)));

static struct block *blocks;
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint launch_pause;

#define MAGIC UINT64_C(0x5ca1ab1eb10cfeed)

static void blocks_hold(void)
{
    pthread_mutex_lock(&blocks_lock);
}

static void blocks_release(void)
{
    pthread_mutex_unlock(&blocks_lock);
}

/* A child that is forked while another thread has the lock would wait for it for ever. */
static __attribute__((constructor)) void blocks_survive_forks(void)
{
    (void)pthread_atfork(blocks_hold, blocks_release, blocks_release);
}

void stub_set_devices(const char *const *addresses, int count)
{
    devices_count = count;
    for (int i = 0; i < count; i++)
        snprintf(addresses_of[i], sizeof(addresses_of[i]), "%s", addresses[i]);
}

void stub_set_mixed_devices(void)
{
    stub_set_devices((const char *const[]){"0000:0c:00.0", "0000:1b:00.0"}, 2);
}

void stub_set_free_memory(size_t bytes)
{
    atomic_store(&free_memory, bytes);
}

void stub_set_capture(bool capturing)
{
    atomic_store(&capture, capturing);
}

unsigned stub_memory_live(void)
{
    return atomic_load(&live);
}

static const struct block *block_of(const void *memory)
{
    const struct block *block = (const struct block *)memory - 1;
    if (block->magic != MAGIC)
        stub_violation("no memory of hipMalloc");
    return block;
}

int stub_memory_device(const void *memory)
{
    return block_of(memory)->device;
}

size_t stub_memory_bytes(const void *memory)
{
    return block_of(memory)->bytes;
}

void stub_set_launch_pause(unsigned microseconds)
{
    atomic_store(&launch_pause, microseconds);
}

/* The block that holds the address, or NULL; with the lock held. */
static struct block *block_around(const void *memory)
{
    struct block *block = blocks;

    while (block && ((const char *)memory < (const char *)(block + 1) ||
                     (const char *)memory >= (const char *)(block + 1) + block->bytes))
        block = block->next;
    return block;
}

void stub_memory_begin(const void *memory, miopenAcceleratorQueue_t stream)
{
    pthread_mutex_lock(&blocks_lock);
    struct block *block = block_around(memory);
    if (block) {
        if (block->launching)
            stub_violation("two convolutions at once in the same memory");
        if (block->used && block->stream != stream)
            stub_violation("two streams use the same memory");
        block->launching = block->used = true;
        block->stream = stream;
    }
    pthread_mutex_unlock(&blocks_lock);
    if (block && atomic_load(&launch_pause))
        usleep(atomic_load(&launch_pause));
}

void stub_memory_end(const void *memory)
{
    pthread_mutex_lock(&blocks_lock);
    struct block *block = block_around(memory);
    if (block)
        block->launching = false;
    pthread_mutex_unlock(&blocks_lock);
}

int stub_last_error(void)
{
    return last_error;
}

static int result(int status)
{
    if (status != 0)
        last_error = status;
    return status;
}

/* As STUB_ENTER, but a failure is HIP's last error as well. */
#define HIP_ENTER(name, ...)                                                                       \
    do {                                                                                           \
        const int status_ = STUB_STATUS(name, __VA_ARGS__);                                        \
        if (status_ != STUB_NORMAL)                                                                \
            return result(status_);                                                                \
    } while (0)

int hipGetLastError(void)
{
    const int status = STUB_STATUS(hipGetLastError, 0);
    const int error = last_error;

    last_error = 0;
    return status != STUB_NORMAL ? status : error;
}

int hipGetDevice(int *device)
{
    HIP_ENTER(hipGetDevice, device);
    *device = current_device;
    return 0;
}

int hipSetDevice(int device)
{
    HIP_ENTER(hipSetDevice, device);
    if (device < 0 || device >= devices_count)
        return result(INVALID);
    current_device = device;
    return 0;
}

int hipDeviceGetPCIBusId(char *address, int size, int device)
{
    HIP_ENTER(hipDeviceGetPCIBusId, address, size, device);
    if (device < 0 || device >= devices_count)
        return result(INVALID);
    snprintf(address, (size_t)size, "%s", addresses_of[device]);
    return 0;
}

int hipDeviceTotalMem(size_t *bytes, int device)
{
    HIP_ENTER(hipDeviceTotalMem, bytes, device);
    if (device < 0 || device >= devices_count)
        return result(INVALID);
    *bytes = (size_t)8 << 30;
    return 0;
}

/* NULL for the streams that nobody makes: the null stream, the legacy one, that of each thread. */
static miopenAcceleratorQueue_t stream_made(miopenAcceleratorQueue_t stream)
{
    return (uintptr_t)stream > 2 ? stream : NULL;
}

int hipStreamGetDevice(miopenAcceleratorQueue_t stream, int *device)
{
    HIP_ENTER(hipStreamGetDevice, stream, device);
    stream = stream_made(stream);
    *device = stream ? stream->device : current_device;
    return 0;
}

int hipStreamIsCapturing(miopenAcceleratorQueue_t stream, int *status)
{
    HIP_ENTER(hipStreamIsCapturing, stream, status);
    stream = stream_made(stream);
    if (!stream && atomic_load(&capture))
        return result(906); /* hipErrorStreamCaptureImplicit */
    *status = stream ? stream->capturing : 0;
    return 0;
}

int hipMemGetInfo(size_t *free_bytes, size_t *total_bytes)
{
    HIP_ENTER(hipMemGetInfo, free_bytes, total_bytes);
    *free_bytes = atomic_load(&free_memory);
    *total_bytes = (size_t)8 << 30;
    return 0;
}

int hipMalloc(void **memory, size_t bytes)
{
    HIP_ENTER(hipMalloc, memory, bytes);
    if (atomic_load(&capture))
        stub_violation("hipMalloc while a stream is recorded");
    struct block *block = NULL;
    if (bytes > ((size_t)1 << 30) || posix_memalign((void **)&block, 64, sizeof(*block) + bytes))
        return result(2);
    *block = (struct block){.magic = MAGIC, .bytes = bytes, .device = current_device};
    pthread_mutex_lock(&blocks_lock);
    block->next = blocks;
    blocks = block;
    pthread_mutex_unlock(&blocks_lock);
    *memory = block + 1;
    atomic_fetch_add(&live, 1);
    return 0;
}

/* Where it is told to fail, the memory goes all the same: nobody could free it any more. */
int hipFree(void *memory)
{
    const int status = STUB_STATUS(hipFree, memory);

    if (atomic_load(&capture))
        stub_violation("hipFree while a stream is recorded");
    if (memory) {
        struct block *block = (struct block *)memory - 1;
        if (block->magic != MAGIC) {
            stub_violation("hipFree of what hipMalloc did not give");
            return result(INVALID);
        }
        pthread_mutex_lock(&blocks_lock);
        struct block **link = &blocks;
        while (*link != block)
            link = &(*link)->next;
        *link = block->next;
        if (block->launching)
            stub_violation("hipFree of what a launch is about to use");
        pthread_mutex_unlock(&blocks_lock);
        block->magic = 0;
        atomic_fetch_sub(&live, 1);
        free(block);
    }
    return result(status == STUB_NORMAL ? 0 : status);
}

/* --- Events ---------------------------------------------------------------------------------- */

#define NOT_READY 600 /* hipErrorNotReady */

struct event {
    uint64_t magic;
    int device;
    bool recorded;
};

static atomic_uint events_live;
static atomic_bool events_held;
static atomic_uint event_microseconds = 1000;

unsigned stub_events_live(void)
{
    return atomic_load(&events_live);
}

void stub_hold_events(bool hold)
{
    atomic_store(&events_held, hold);
}

void stub_set_event_time(unsigned microseconds)
{
    atomic_store(&event_microseconds, microseconds);
}

void stub_set_last_error(int error)
{
    last_error = error;
}

static struct event *event_of(void *handle)
{
    struct event *event = handle;
    if (!event || event->magic != MAGIC) {
        stub_violation("no event");
        return NULL;
    }
    return event;
}

int hipPeekAtLastError(void)
{
    HIP_ENTER(hipPeekAtLastError, 0);
    return last_error;
}

int hipEventCreate(void **handle)
{
    HIP_ENTER(hipEventCreate, handle);
    struct event *event = malloc(sizeof(*event));
    if (!event)
        return result(2);
    *event = (struct event){.magic = MAGIC, .device = current_device};
    *handle = event;
    atomic_fetch_add(&events_live, 1);
    return 0;
}

/* Where it is told to fail, the event goes all the same, as memory does. */
int hipEventDestroy(void *handle)
{
    const int status = STUB_STATUS(hipEventDestroy, handle);
    struct event *event = event_of(handle);

    if (event) {
        event->magic = 0;
        free(event);
        atomic_fetch_sub(&events_live, 1);
    }
    return result(status == STUB_NORMAL ? 0 : status);
}

int hipEventRecord(void *handle, miopenAcceleratorQueue_t stream)
{
    HIP_ENTER(hipEventRecord, handle, stream);
    struct event *event = event_of(handle);
    if (!event)
        return result(INVALID);
    stream = stream_made(stream);
    if (stream ? stream->capturing : atomic_load(&capture))
        stub_violation("an event on a stream that is recorded");
    if (event->device != (stream ? stream->device : current_device))
        stub_violation("an event of another device");
    event->recorded = true;
    return 0;
}

int hipEventQuery(void *handle)
{
    HIP_ENTER(hipEventQuery, handle);
    const struct event *event = event_of(handle);
    if (!event || !event->recorded)
        return result(INVALID);
    return atomic_load(&events_held) ? result(NOT_READY) : 0;
}

int hipEventElapsedTime(float *milliseconds, void *start, void *stop)
{
    HIP_ENTER(hipEventElapsedTime, milliseconds, start, stop);
    const struct event *from = event_of(start), *to = event_of(stop);
    if (!from || !to || !from->recorded || !to->recorded)
        return result(INVALID);
    *milliseconds = (float)atomic_load(&event_microseconds) / 1000.0F;
    return 0;
}
