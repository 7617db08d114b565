#include "shim/timing.h"

#include "shim/trace_record.h"
#include "shim/workspace.h"

#include <stdlib.h>

#define TIMINGS   64u

#define NOT_READY 600 /* hipErrorNotReady */

struct timing {
    void *start, *stop; /* events; NULL where not made yet */
    miopenAcceleratorQueue_t stream;
    struct trace_record *record; /* NULL: free */
};

/* Used in turn: `first` is the oldest that is pending. */
struct timings {
    struct timing ring[TIMINGS];
    unsigned first, pending;
    unsigned generation;   /* of the process */
    struct timings *older; /* of the process that forked this one: left alone */
};

static bool events_exist(const struct real *real)
{
    return real->hipEventCreate && real->hipEventDestroy && real->hipEventRecord &&
           real->hipEventQuery && real->hipEventElapsedTime && real->hipPeekAtLastError &&
           real->hipGetLastError && real->hipGetDevice && real->miopenGetStream;
}

/*
 * Whether the device has passed the event. "Not ready" is no failure, but some runtimes keep it as
 * the last error, and some keep the program's own error beside it: only the former is cleared.
 */
static bool event_is_past(const struct real *real, void *event, bool *ret_failed)
{
    const int status = real->hipEventQuery(event);

    *ret_failed = status != 0 && status != NOT_READY;
    if (status != 0 && real->hipPeekAtLastError() == status)
        (void)real->hipGetLastError();
    return status == 0;
}

static void timing_take(const struct real *real, const struct timing *timing)
{
    float milliseconds = -1;

    if (hip_succeeded(real,
                      real->hipEventElapsedTime(&milliseconds, timing->start, timing->stop)) &&
        milliseconds >= 0 && milliseconds < 1e9F)
        trace_record_time(timing->record, (uint64_t)((double)milliseconds * 1e6));
}

/* Streams have their own pace, but the ring is read in one order: what is late holds the others. */
static void timings_take(const struct real *real, struct timings *timings)
{
    while (timings->pending > 0) {
        struct timing *timing = &timings->ring[timings->first];
        bool failed = false;

        if (event_is_past(real, timing->stop, &failed))
            timing_take(real, timing);
        else if (!failed)
            return;
        timing->record = NULL;
        timings->first = (timings->first + 1) % TIMINGS;
        timings->pending--;
    }
}

static bool timing_make(const struct real *real, struct timing *timing)
{
    if (!timing->start && !hip_succeeded(real, real->hipEventCreate(&timing->start)))
        timing->start = NULL;
    if (!timing->stop && !hip_succeeded(real, real->hipEventCreate(&timing->stop)))
        timing->stop = NULL;
    return timing->start && timing->stop;
}

static struct timings *timings_of(struct handle *handle)
{
    struct timings *timings = handle->timings;

    if (timings && timings->generation == trace_generation())
        return timings;
    timings = calloc(1, sizeof(*timings));
    if (!timings)
        return NULL;
    timings->generation = trace_generation();
    timings->older = handle->timings;
    handle->timings = timings;
    return timings;
}

struct timing *timing_begin(const struct real *real, struct handle *handle,
                            struct trace_record *record)
{
    miopenAcceleratorQueue_t stream = NULL;
    int device = -1;

    if (!record || !events_exist(real) ||
        real->miopenGetStream(handle->miopen, &stream) != miopenStatusSuccess ||
        stream_captures(real, stream))
        return NULL;
    /* Events belong to the device that is current when they are made, and go with its streams. */
    if (!hip_succeeded(real, real->hipGetDevice(&device)) || device != handle->device)
        return NULL;
    struct timings *timings = timings_of(handle);
    if (!timings)
        return NULL;
    timings_take(real, timings);
    if (timings->pending == TIMINGS)
        return NULL;
    struct timing *timing = &timings->ring[(timings->first + timings->pending) % TIMINGS];
    if (!timing_make(real, timing) ||
        !hip_succeeded(real, real->hipEventRecord(timing->start, stream)))
        return NULL;
    timing->stream = stream;
    timing->record = record;
    return timing;
}

void timing_end(const struct real *real, struct handle *handle, struct timing *timing,
                bool launched)
{
    if (!timing)
        return;
    if (launched && hip_succeeded(real, real->hipEventRecord(timing->stop, timing->stream)))
        handle->timings->pending++;
    else
        timing->record = NULL;
}

static void timings_end(const struct real *real, struct timings *timings)
{
    timings_take(real, timings);
    for (unsigned i = 0; i < TIMINGS; i++) {
        if (timings->ring[i].start)
            (void)hip_succeeded(real, real->hipEventDestroy(timings->ring[i].start));
        if (timings->ring[i].stop)
            (void)hip_succeeded(real, real->hipEventDestroy(timings->ring[i].stop));
    }
}

void timings_free(const struct real *real, struct handle *handle)
{
    while (handle->timings) {
        struct timings *timings = handle->timings;
        handle->timings = timings->older;
        if (events_exist(real) && timings->generation == trace_generation())
            timings_end(real, timings);
        free(timings);
    }
}
