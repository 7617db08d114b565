/* Streams, events and the state of stream capture. Everything a stream is given runs at once. */
#include "clock.h"
#include "hip.h"

#include <pthread.h>
#include <stdlib.h>

static unsigned captures;

bool hip_stream_captures(hipStream_t handle)
{
    const struct stream *stream = stream_from(handle);
    return stream && stream->captures;
}

bool hip_any_capture(void)
{
    return __atomic_load_n(&captures, __ATOMIC_RELAXED);
}

hipError_t hipStreamCreateWithPriority(hipStream_t *handle, unsigned int flags, int priority)
{
    (void)priority;
    if (!handle)
        return hip_result(hipErrorInvalidValue);
    if (!devices()->count)
        return hip_result(hipErrorNoDevice);
    struct stream *stream = calloc(1, sizeof(*stream));
    if (!stream)
        return hip_result(hipErrorOutOfMemory);
    stream->device = current_device();
    stream->flags = flags;
    *handle = (hipStream_t)(void *)stream;
    return hipSuccess;
}

hipError_t hipStreamCreateWithFlags(hipStream_t *handle, unsigned int flags)
{
    return hipStreamCreateWithPriority(handle, flags, 0);
}

hipError_t hipStreamCreate(hipStream_t *handle)
{
    return hipStreamCreateWithPriority(handle, 0, 0);
}

hipError_t hipStreamDestroy(hipStream_t handle)
{
    struct stream *stream = stream_from(handle);
    if (!stream)
        return hip_result(hipErrorInvalidHandle);
    if (hip_stream_captures(handle))
        __atomic_fetch_sub(&captures, 1, __ATOMIC_RELAXED);
    free(stream);
    return hipSuccess;
}

hipError_t hipStreamSynchronize(hipStream_t handle)
{
    if (hip_stream_captures(handle))
        return hip_result(hipErrorStreamCaptureUnsupported);
    return hipSuccess;
}

hipError_t hipStreamQuery(hipStream_t handle)
{
    return hipStreamSynchronize(handle);
}

hipError_t hipStreamWaitEvent(hipStream_t handle, hipEvent_t event, unsigned int flags)
{
    (void)handle;
    (void)flags;
    return event ? hipSuccess : hip_result(hipErrorInvalidHandle);
}

hipError_t hipStreamGetDevice(hipStream_t handle, hipDevice_t *device)
{
    if (!device)
        return hip_result(hipErrorInvalidValue);
    *device = (int)stream_device(handle);
    return hipSuccess;
}

hipError_t hipStreamGetFlags(hipStream_t handle, unsigned int *flags)
{
    const struct stream *stream = stream_from(handle);
    if (!flags)
        return hip_result(hipErrorInvalidValue);
    *flags = stream ? stream->flags : 0;
    return hipSuccess;
}

hipError_t hipStreamIsCapturing(hipStream_t handle, hipStreamCaptureStatus *status)
{
    const struct stream *stream = stream_from(handle);
    if (!status)
        return hip_result(hipErrorInvalidValue);
    *status =
        stream && stream->captures ? hipStreamCaptureStatusActive : hipStreamCaptureStatusNone;
    return hipSuccess;
}

hipError_t hipStreamGetCaptureInfo(hipStream_t handle, hipStreamCaptureStatus *status,
                                   unsigned long long *id)
{
    if (id)
        *id = (uintptr_t)handle;
    return hipStreamIsCapturing(handle, status);
}

hipError_t hipStreamBeginCapture(hipStream_t handle, hipStreamCaptureMode mode)
{
    (void)mode;
    struct stream *stream = stream_from(handle);
    if (!stream)
        return hip_result(hipErrorStreamCaptureImplicit);
    if (stream->captures)
        return hip_result(hipErrorIllegalState);
    stream->captures = true;
    __atomic_fetch_add(&captures, 1, __ATOMIC_RELAXED);
    return hipSuccess;
}

/* The graph is an empty one: what was captured is in the log, and cannot be launched. */
hipError_t hipStreamEndCapture(hipStream_t handle, hipGraph_t *graph)
{
    struct stream *stream = stream_from(handle);
    if (!graph || !stream)
        return hip_result(hipErrorInvalidValue);
    if (!stream->captures)
        return hip_result(hipErrorIllegalState);
    stream->captures = false;
    __atomic_fetch_sub(&captures, 1, __ATOMIC_RELAXED);
    *graph = (hipGraph_t)malloc(1);
    return *graph ? hipSuccess : hip_result(hipErrorOutOfMemory);
}

hipError_t hipGraphDestroy(hipGraph_t graph)
{
    free(graph);
    return hipSuccess;
}

hipError_t hipEventCreateWithFlags(hipEvent_t *handle, unsigned flags)
{
    (void)flags;
    if (!handle)
        return hip_result(hipErrorInvalidValue);
    struct event *event = calloc(1, sizeof(*event));
    if (!event)
        return hip_result(hipErrorOutOfMemory);
    *handle = (hipEvent_t)(void *)event;
    return hipSuccess;
}

hipError_t hipEventCreate(hipEvent_t *handle)
{
    return hipEventCreateWithFlags(handle, 0);
}

hipError_t hipEventDestroy(hipEvent_t handle)
{
    if (!handle)
        return hip_result(hipErrorInvalidHandle);
    free(handle);
    return hipSuccess;
}

hipError_t hipEventRecord(hipEvent_t handle, hipStream_t stream)
{
    struct event *event = (struct event *)(void *)handle;
    if (!event)
        return hip_result(hipErrorInvalidHandle);
    event->device = stream_device(stream);
    event->ns = clock_now(event->device);
    event->recorded = true;
    return hipSuccess;
}

hipError_t hipEventSynchronize(hipEvent_t handle)
{
    return handle ? hipSuccess : hip_result(hipErrorInvalidHandle);
}

hipError_t hipEventQuery(hipEvent_t handle)
{
    return hipEventSynchronize(handle);
}

hipError_t hipEventElapsedTime(float *milliseconds, hipEvent_t start_handle, hipEvent_t end_handle)
{
    const struct event *start = (struct event *)(void *)start_handle;
    const struct event *end = (struct event *)(void *)end_handle;
    if (!milliseconds)
        return hip_result(hipErrorInvalidValue);
    if (!start || !end || !start->recorded || !end->recorded)
        return hip_result(hipErrorInvalidHandle);
    *milliseconds = (float)((double)(end->ns - start->ns) * 1e-6);
    return hipSuccess;
}
