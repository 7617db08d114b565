/* The real MIOpen of this process, found without loading it, and the HIP it stands on. */
#pragma once

#include "shim/miopen_api.h"

struct real {
    void *library; /* dlopen handle of the real libMIOpen; its look-ups reach its HIP as well */
#define WRAPPED(name) __typeof__(name) *name;
#define CALLED(name)  __typeof__(name) *name;
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED

    /* HIP (hip_runtime_api.h), 0 is success; NULL where the runtime lacks it. */
    int (*hipGetLastError)(void);
    int (*hipGetDevice)(int *device);
    int (*hipSetDevice)(int device);
    int (*hipDeviceGetPCIBusId)(char *address, int size, int device);
    int (*hipStreamGetDevice)(miopenAcceleratorQueue_t stream, int *device); /* since 5.6 */
    int (*hipStreamIsCapturing)(miopenAcceleratorQueue_t stream, int *status);
    int (*hipMemGetInfo)(size_t *free_bytes, size_t *total_bytes);
    int (*hipMalloc)(void **memory, size_t bytes);
    int (*hipFree)(void *memory);
};

/*
 * The real MIOpen; NULL where none is loaded, which a later call may find changed. Cheap after the
 * first success, safe in any thread and in constructors that run before the shim's own.
 */
const struct real *real_get(void);
