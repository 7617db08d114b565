#include "stream.h"

#include <stddef.h>
#include <stdint.h>

static _Thread_local unsigned current;

unsigned current_device(void)
{
    return current;
}

void current_device_set(unsigned device)
{
    current = device;
}

struct stream *stream_from(void *handle)
{
    return (uintptr_t)handle > 2 ? handle : NULL;
}

unsigned stream_device(void *handle)
{
    const struct stream *stream = stream_from(handle);
    return stream ? stream->device : current;
}
