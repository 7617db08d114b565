#include "shim/handle.h"

#include "facts/target.h"
#include "shim/export.h"
#include "shim/timing.h"
#include "shim/trace_record.h"
#include "shim/workspace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct table handles;

static void handle_free(struct handle *handle)
{
    if (!handle)
        return;
    workspaces_leave(handle);
    timings_free(handle->real, handle);
    emulations_free(handle->real, &handle->emulations);
    for (unsigned i = 0; i < HANDLE_BUCKETS; i++) {
        struct choice *choice = handle->choices[i];
        while (choice) {
            struct choice *next = choice->next;
            trace_record_save(choice->record);
            free(choice);
            choice = next;
        }
    }
    free(handle);
}

/* A handle keeps the device that was current when it was made (MIOpen src/hip/handlehip.cpp). */
static int device_of(const struct real *real, miopenHandle_t miopen, bool just_made)
{
    miopenAcceleratorQueue_t stream = NULL;
    int device = -1;

    if (!just_made && real->hipStreamGetDevice && real->miopenGetStream &&
        real->miopenGetStream(miopen, &stream) == miopenStatusSuccess && stream &&
        hip_succeeded(real, real->hipStreamGetDevice(stream, &device)))
        return device;
    return real->hipGetDevice && hip_succeeded(real, real->hipGetDevice(&device)) ? device : -1;
}

/*
 * A card of a machine that has RDNA1 cards alone, where nobody tells which one it is: to force is
 * right on each. The chip may then be another card's, and so may rules be that are for one chip: of
 * several the first by name is taken, since gfx1010 lacks what any of the others lacks. NULL where
 * one of the cards is none of these.
 */
static const struct gpu *gpu_of_any(const struct machine *machine)
{
    const struct gpu *gpu = &machine->gpus.gpus[0];

    if (gpu_list_rdna1_count(&machine->gpus) != machine->gpus.count)
        return NULL;
    for (size_t i = 1; i < machine->gpus.count; i++) {
        if (strcmp(machine->gpus.gpus[i].chip, gpu->chip) < 0)
            gpu = &machine->gpus.gpus[i];
    }
    return gpu;
}

/*
 * The silicon is told by the PCI address, since every name that HIP gives follows
 * HSA_OVERRIDE_GFX_VERSION.
 */
static const struct gpu *gpu_of(const struct real *real, const struct machine *machine, int device,
                                bool *ret_by_address)
{
    *ret_by_address = true;
    char address[64] = "";

    if (device >= 0 && real->hipDeviceGetPCIBusId &&
        hip_succeeded(real, real->hipDeviceGetPCIBusId(address, sizeof(address), device))) {
        address[sizeof(address) - 1] = '\0';
        for (size_t i = 0; i < machine->gpus.count; i++) {
            if (strcasecmp(machine->gpus.gpus[i].pci, address) == 0)
                return &machine->gpus.gpus[i];
        }
    }

    *ret_by_address = false;
    return gpu_of_any(machine);
}

static struct handle *handle_new(const struct real *real, const struct machine *machine,
                                 miopenHandle_t miopen, bool just_made)
{
    struct handle *handle = calloc(1, sizeof(*handle));
    if (!handle)
        return NULL;
    handle->miopen = miopen;
    handle->real = real;
    handle->pass = (struct choice){.handle = handle, .real = real, .forced = false};
    handle->refuse = (struct choice){.handle = handle, .real = real, .forced = true};
    handle->device = device_of(real, miopen, just_made);

    bool by_address = false;
    const struct gpu *gpu = gpu_of(real, machine, handle->device, &by_address);
    if (gpu) {
        struct target target;

        target_read(gpu, process_environment, NULL, &target);
        memcpy(handle->chip, gpu->chip, sizeof(handle->chip));
        memcpy(handle->target, target.name, sizeof(handle->target));
        handle->forced = gpu->rdna1;
        if (by_address)
            memcpy(handle->pci, gpu->pci, sizeof(handle->pci));
    }

    size_t bytes = 0;
    if (handle->device >= 0 && real->hipDeviceTotalMem &&
        hip_succeeded(real, real->hipDeviceTotalMem(&bytes, handle->device)))
        handle->memory_bytes = bytes;

    size_t major = 0, minor = 0, patch = 0;
    if (real->miopenGetVersion &&
        real->miopenGetVersion(&major, &minor, &patch) == miopenStatusSuccess)
        handle->version = (struct version){(unsigned)major, (unsigned)minor, (unsigned)patch};

    struct handle *kept = (struct handle *)table_keep(&handles, miopen, &handle->record);
    if (kept != handle)
        handle_free(handle);
    return kept;
}

struct handle *handle_get(const struct real *real, const struct machine *machine,
                          miopenHandle_t miopen)
{
    struct handle *handle = (struct handle *)table_find(&handles, miopen);

    if (!handle) {
        const int saved_errno = errno;
        handle = handle_new(real, machine, miopen, false);
        errno = saved_errno;
    }
    return handle;
}

const struct real *handle_real(const struct real *caller, miopenHandle_t miopen)
{
    const struct handle *handle = (const struct handle *)table_find(&handles, miopen);

    return handle ? handle->real : caller;
}

/* An address may come back after a destroy that the shim did not see: what it was is forgotten. */
static void handle_made(const struct real *real, miopenHandle_t miopen)
{
    const int saved_errno = errno;
    const struct machine *machine = machine_get();

    generation_leave(miopen);
    if (machine) {
        handle_free((struct handle *)table_take(&handles, miopen));
        handle_new(real, machine, miopen, true);
    }
    errno = saved_errno;
}

SHIM_ENTRY miopenStatus_t miopenCreate(miopenHandle_t *handle)
{
    const struct real *real = real_get_anew();
    if (!real || !real->miopenCreate)
        return miopenStatusNotInitialized;
    machine_get(); /* the environment, before MIOpen's first look at it */

    miopenStatus_t status = real->miopenCreate(handle);
    if (status == miopenStatusSuccess && handle)
        handle_made(real, *handle);
    return status;
}

SHIM_ENTRY miopenStatus_t miopenCreateWithStream(miopenHandle_t *handle,
                                                 miopenAcceleratorQueue_t stream)
{
    const struct real *real = real_get_anew();
    if (!real || !real->miopenCreateWithStream)
        return miopenStatusNotInitialized;
    machine_get();

    miopenStatus_t status = real->miopenCreateWithStream(handle, stream);
    if (status == miopenStatusSuccess && handle)
        handle_made(real, *handle);
    return status;
}

SHIM_ENTRY miopenStatus_t miopenDestroy(miopenHandle_t handle)
{
    const struct real *caller = real_get();
    const struct real *real = handle_real(caller, handle);
    if (!real || !real->miopenDestroy)
        return miopenStatusNotInitialized;

    const int saved_errno = errno;
    generation_leave(handle);
    handle_free((struct handle *)table_take(&handles, handle));
    errno = saved_errno;
    return real->miopenDestroy(handle);
}
