/* Memory: allocation, copies and fills, each checked against the table of blocks. */
#include "execute.h"
#include "hip.h"
#include "log.h"
#include "memory.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static hipError_t allocate(enum memory_kind kind, void **pointer, size_t bytes)
{
    if (!pointer)
        return hip_result(hipErrorInvalidValue);
    if (!devices()->count)
        return hip_result(hipErrorNoDevice);
    *pointer = NULL;
    if (!bytes)
        return hipSuccess;
    if (hip_any_capture())
        return hip_result(hipErrorStreamCaptureUnsupported);
    unsigned device = current_device();
    int result =
        memory_allocate(device, devices()->devices[device].memory_bytes, kind, bytes, pointer);
    log_event("malloc", "{s:I, s:i, s:b, s:i}", "bytes", (json_int_t)bytes, "device", (int)device,
              "host", kind == MEMORY_HOST, "result", result);
    return hip_from_errno(result);
}

/* A mistake that a real runtime might not notice: said on stderr and in the log. */
static void mistake(const char *call, const void *address, const char *what)
{
    log_event("mistake", "{s:s, s:s}", "call", call, "what", what);
    fprintf(stderr, "simulated card: %s at %p: %s\n", call, address, what);
}

static hipError_t release(const char *call, void *pointer)
{
    if (!pointer)
        return hipSuccess;
    struct memory_block block = {.bytes = 0};
    memory_find(pointer, &block);
    int result = memory_free(pointer);
    if (result == -EALREADY)
        mistake(call, pointer, "this block was freed before");
    else if (result == -EINVAL)
        mistake(call, pointer, "no block starts here");
    else if (result == -EOVERFLOW)
        mistake(call, pointer, "something wrote behind the end of this block");
    execute_memory_written();
    log_event("free", "{s:I, s:i, s:i}", "bytes", (json_int_t)block.bytes, "device",
              (int)block.device, "result", result);
    return result == -EOVERFLOW ? hipSuccess : hip_from_errno(result);
}

hipError_t hipMalloc(void **pointer, size_t bytes)
{
    return allocate(MEMORY_DEVICE, pointer, bytes);
}

hipError_t hipExtMallocWithFlags(void **pointer, size_t bytes, unsigned int flags)
{
    (void)flags;
    return allocate(MEMORY_DEVICE, pointer, bytes);
}

hipError_t hipMallocManaged(void **pointer, size_t bytes, unsigned int flags)
{
    (void)flags;
    return allocate(MEMORY_MANAGED, pointer, bytes);
}

hipError_t hipHostMalloc(void **pointer, size_t bytes, unsigned int flags)
{
    (void)flags;
    return allocate(MEMORY_HOST, pointer, bytes);
}

/* Memory of the host's own: the simulated card reaches all of it as it is. */
hipError_t hipHostRegister(void *pointer, size_t bytes, unsigned int flags)
{
    (void)flags;
    return pointer && bytes ? hipSuccess : hip_result(hipErrorInvalidValue);
}

hipError_t hipHostUnregister(void *pointer)
{
    return pointer ? hipSuccess : hip_result(hipErrorInvalidValue);
}

hipError_t hipHostGetDevicePointer(void **device, void *pointer, unsigned int flags)
{
    (void)flags;
    if (!device || !pointer)
        return hip_result(hipErrorInvalidValue);
    *device = pointer;
    return hipSuccess;
}

hipError_t hipFree(void *pointer)
{
    if (pointer && hip_any_capture())
        return hip_result(hipErrorStreamCaptureUnsupported);
    return release("hipFree", pointer);
}

hipError_t hipHostFree(void *pointer)
{
    return release("hipHostFree", pointer);
}

/* The asynchronous pair works on a capturing stream: it becomes part of what is captured. */
hipError_t hipMallocAsync(void **pointer, size_t bytes, hipStream_t stream)
{
    if (!pointer || !devices()->count)
        return hip_result(hipErrorInvalidValue);
    unsigned device = stream_device(stream);
    *pointer = NULL;
    if (!bytes)
        return hipSuccess;
    int result = memory_allocate(device, devices()->devices[device].memory_bytes, MEMORY_DEVICE,
                                 bytes, pointer);
    log_event("malloc", "{s:I, s:i, s:b, s:i}", "bytes", (json_int_t)bytes, "device", (int)device,
              "host", 0, "result", result);
    return hip_from_errno(result);
}

hipError_t hipFreeAsync(void *pointer, hipStream_t stream)
{
    (void)stream;
    return release("hipFreeAsync", pointer);
}

hipError_t hipMemPtrGetInfo(void *pointer, size_t *bytes)
{
    struct memory_block block;
    if (!pointer || !bytes || !memory_find(pointer, &block))
        return hip_result(hipErrorInvalidValue);
    *bytes = block.bytes;
    return hipSuccess;
}

hipError_t hipPointerGetAttributes(hipPointerAttribute_t *attributes, const void *pointer)
{
    struct memory_block block;
    if (!attributes || !memory_find(pointer, &block))
        return hip_result(hipErrorInvalidValue);
    memset(attributes, 0, sizeof(*attributes));
    attributes->type = block.kind == MEMORY_HOST      ? hipMemoryTypeHost
                       : block.kind == MEMORY_MANAGED ? hipMemoryTypeManaged
                                                      : hipMemoryTypeDevice;
    attributes->device = (int)block.device;
    attributes->devicePointer = block.start;
    attributes->hostPointer = block.kind != MEMORY_DEVICE ? block.start : NULL;
    return hipSuccess;
}

/* Whether the address is on the side that the kind of copy says. */
static bool side_matches(const void *address, bool must_be_device)
{
    struct memory_block block;
    bool device = memory_find(address, &block) && block.kind != MEMORY_HOST;
    return device == must_be_device;
}

static hipError_t copy(const char *call, void *to, const void *from, size_t bytes,
                       hipMemcpyKind kind)
{
    if (!bytes)
        return hipSuccess;
    if (!to || !from)
        return hip_result(hipErrorInvalidValue);
    log_event("copy", "{s:I, s:i}", "bytes", (json_int_t)bytes, "kind", (int)kind);
    if (memory_check(to, bytes) || memory_check(from, bytes)) {
        mistake(call, memory_check(to, bytes) ? to : from,
                "the copy leaves its block of device memory");
        return hip_result(hipErrorInvalidValue);
    }
    if ((kind == hipMemcpyHostToDevice && !side_matches(to, true)) ||
        (kind == hipMemcpyDeviceToHost && !side_matches(from, true))) {
        mistake(call, to, "the kind of copy does not fit the addresses");
        return hip_result(hipErrorInvalidValue);
    }
    memmove(to, from, bytes);
    execute_memory_written();
    return hipSuccess;
}

hipError_t hipMemcpy(void *to, const void *from, size_t bytes, hipMemcpyKind kind)
{
    return copy("hipMemcpy", to, from, bytes, kind);
}

hipError_t hipMemcpyAsync(void *to, const void *from, size_t bytes, hipMemcpyKind kind,
                          hipStream_t stream)
{
    if (hip_stream_captures(stream))
        return hipSuccess;
    return copy("hipMemcpyAsync", to, from, bytes, kind);
}

hipError_t hipMemcpyWithStream(void *to, const void *from, size_t bytes, hipMemcpyKind kind,
                               hipStream_t stream)
{
    if (hip_stream_captures(stream))
        return hip_result(hipErrorStreamCaptureUnsupported);
    return copy("hipMemcpyWithStream", to, from, bytes, kind);
}

static hipError_t fill(const char *call, void *to, int value, size_t bytes)
{
    struct memory_block block;
    if (!bytes)
        return hipSuccess;
    log_event("fill", "{s:I}", "bytes", (json_int_t)bytes);
    if (!memory_find(to, &block) || memory_check(to, bytes)) {
        mistake(call, to, "the fill leaves its block of device memory");
        return hip_result(hipErrorInvalidValue);
    }
    memset(to, value, bytes);
    execute_memory_written();
    return hipSuccess;
}

hipError_t hipMemset(void *to, int value, size_t bytes)
{
    return fill("hipMemset", to, value, bytes);
}

hipError_t hipMemsetAsync(void *to, int value, size_t bytes, hipStream_t stream)
{
    if (hip_stream_captures(stream))
        return hipSuccess;
    return fill("hipMemsetAsync", to, value, bytes);
}

/* Blocks still allocated when the process ends, in the log: the program's leaks. */
static void leak_log(const struct memory_block *block, void *context)
{
    (void)context;
    log_event("leak", "{s:I, s:i, s:b}", "bytes", (json_int_t)block->bytes, "device",
              (int)block->device, "host", block->kind == MEMORY_HOST);
}

__attribute__((destructor)) static void leaks_log(void)
{
    if (log_enabled())
        memory_each(leak_log, NULL);
}
