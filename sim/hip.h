/* What the files of the HIP stand-in share: handles, the current device, error conversion. */
#pragma once

#include "device.h"
#include "stream.h"

#include <hip/hip_runtime_api.h>
#include <stdbool.h>

struct event {
    unsigned device;
    bool recorded;
    uint64_t ns; /* the device's clock when it was recorded */
};

/* Whether launches into the stream are only recorded. */
bool hip_stream_captures(hipStream_t stream);

/* Whether some stream is capturing: calls that would wait for the device fail then. */
bool hip_any_capture(void);

/* Remembers an error for hipGetLastError() and returns it. */
hipError_t hip_result(hipError_t error);

/* HIP's error for a -errno of this project's functions, remembered as well; 0 is success. */
hipError_t hip_from_errno(int result);
