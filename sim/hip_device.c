/* Devices: which there are, and what they say of themselves. */
#include "clock.h"
#include "hip.h"
#include "log.h"
#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static _Thread_local hipError_t last_error;

hipError_t hip_result(hipError_t error)
{
    if (error != hipSuccess)
        last_error = error;
    return error;
}

hipError_t hip_from_errno(int result)
{
    switch (result) {
    case 0:
        return hipSuccess;
    case -ENOMEM:
        return hip_result(hipErrorOutOfMemory);
    case -ENOENT:
        return hip_result(hipErrorNotFound);
    case -EFAULT:
    case -EINVAL:
    case -EALREADY:
        return hip_result(hipErrorInvalidValue);
    default:
        return hip_result(hipErrorUnknown);
    }
}

hipError_t hipGetLastError(void)
{
    hipError_t error = last_error;
    last_error = hipSuccess;
    return error;
}

hipError_t hipPeekAtLastError(void)
{
    return last_error;
}

hipError_t hipExtGetLastError(void)
{
    return hipGetLastError();
}

static const struct {
    hipError_t error;
    const char *name;
    const char *text;
} errors[] = {
    {hipSuccess, "hipSuccess", "no error"},
    {hipErrorInvalidValue, "hipErrorInvalidValue", "invalid argument"},
    {hipErrorOutOfMemory, "hipErrorOutOfMemory", "out of memory"},
    {hipErrorNotFound, "hipErrorNotFound", "named symbol not found"},
    {hipErrorNoDevice, "hipErrorNoDevice", "no ROCm-capable device is detected"},
    {hipErrorInvalidDevice, "hipErrorInvalidDevice", "invalid device ordinal"},
    {hipErrorInvalidHandle, "hipErrorInvalidHandle", "invalid resource handle"},
    {hipErrorInvalidImage, "hipErrorInvalidImage", "device kernel image is invalid"},
    {hipErrorFileNotFound, "hipErrorFileNotFound", "file not found"},
    {hipErrorNotReady, "hipErrorNotReady", "device not ready"},
    {hipErrorNotSupported, "hipErrorNotSupported", "operation not supported"},
    {hipErrorStreamCaptureUnsupported, "hipErrorStreamCaptureUnsupported",
     "operation not permitted when stream is capturing"},
    {hipErrorUnknown, "hipErrorUnknown", "unknown error"},
};

static size_t error_index(hipError_t error)
{
    size_t last = sizeof(errors) / sizeof(errors[0]) - 1;
    for (size_t i = 0; i < last; i++)
        if (errors[i].error == error)
            return i;
    return last;
}

const char *hipGetErrorString(hipError_t error)
{
    return errors[error_index(error)].text;
}

const char *hipGetErrorName(hipError_t error)
{
    return errors[error_index(error)].name;
}

static const struct device *device_find(int ordinal)
{
    const struct device_list *list = devices();
    return ordinal >= 0 && (unsigned)ordinal < list->count ? &list->devices[ordinal] : NULL;
}

hipError_t hipInit(unsigned int flags)
{
    if (flags)
        return hip_result(hipErrorInvalidValue);
    return devices()->count ? hipSuccess : hip_result(hipErrorNoDevice);
}

hipError_t hipGetDeviceCount(int *count)
{
    if (!count)
        return hip_result(hipErrorInvalidValue);
    *count = (int)devices()->count;
    return *count ? hipSuccess : hip_result(hipErrorNoDevice);
}

hipError_t hipGetDevice(int *device)
{
    if (!device)
        return hip_result(hipErrorInvalidValue);
    if (!devices()->count)
        return hip_result(hipErrorNoDevice);
    *device = (int)current_device();
    return hipSuccess;
}

hipError_t hipSetDevice(int device)
{
    if (!device_find(device))
        return hip_result(devices()->count ? hipErrorInvalidDevice : hipErrorNoDevice);
    current_device_set((unsigned)device);
    return hipSuccess;
}

hipError_t hipDeviceGet(hipDevice_t *device, int ordinal)
{
    if (!device || !device_find(ordinal))
        return hip_result(device ? hipErrorInvalidDevice : hipErrorInvalidValue);
    *device = ordinal;
    return hipSuccess;
}

hipError_t hipDeviceGetName(char *name, int length, hipDevice_t ordinal)
{
    const struct device *device = device_find(ordinal);
    if (!name || length <= 0 || !device)
        return hip_result(device ? hipErrorInvalidValue : hipErrorInvalidDevice);
    snprintf(name, (size_t)length, "%s", device->chip->board);
    return hipSuccess;
}

hipError_t hipDeviceTotalMem(size_t *bytes, hipDevice_t ordinal)
{
    const struct device *device = device_find(ordinal);
    if (!bytes || !device)
        return hip_result(device ? hipErrorInvalidValue : hipErrorInvalidDevice);
    *bytes = device->memory_bytes;
    return hipSuccess;
}

hipError_t hipMemGetInfo(size_t *available, size_t *total)
{
    const struct device *device = device_find((int)current_device());
    if (!device)
        return hip_result(hipErrorNoDevice);
    if (available)
        *available = device->memory_bytes - memory_used(current_device());
    if (total)
        *total = device->memory_bytes;
    return hipSuccess;
}

hipError_t hipDeviceGetPCIBusId(char *address, int length, int ordinal)
{
    const struct device *device = device_find(ordinal);
    if (!address || length <= 0 || !device)
        return hip_result(device ? hipErrorInvalidValue : hipErrorInvalidDevice);
    snprintf(address, (size_t)length, "0000:%02x:00.0", device->pci_bus);
    return hipSuccess;
}

hipError_t hipDeviceGetByPCIBusId(int *ordinal, const char *address)
{
    char own[32];
    if (!ordinal || !address)
        return hip_result(hipErrorInvalidValue);
    for (int i = 0; i < (int)devices()->count; i++)
        if (hipDeviceGetPCIBusId(own, sizeof(own), i) == hipSuccess && !strcasecmp(own, address)) {
            *ordinal = i;
            return hipSuccess;
        }
    return hip_result(hipErrorInvalidDevice);
}

hipError_t hipGetDeviceProperties(hipDeviceProp_t *properties, int ordinal)
{
    const struct device *device = device_find(ordinal);
    if (!properties || !device)
        return hip_result(device ? hipErrorInvalidValue : hipErrorInvalidDevice);
    uint32_t version = target_version(device->target);
    bool rdna = target_is_rdna(device->target);
    hipDeviceProp_t out = {
        .totalGlobalMem = device->memory_bytes,
        .sharedMemPerBlock = 65536,
        .regsPerBlock = 65536,
        .warpSize = rdna ? 32 : 64,
        .memPitch = INT32_MAX,
        .maxThreadsPerBlock = 1024,
        .maxThreadsDim = {1024, 1024, 1024},
        .maxGridSize = {INT32_MAX, 65536, 65536},
        .clockRate = 1905000,
        .totalConstMem = INT32_MAX,
        .major = (int)(version / 10000),
        .minor = (int)(version / 100 % 100),
        .textureAlignment = 256,
        .multiProcessorCount = (int)device->units,
        .canMapHostMemory = 1,
        .concurrentKernels = 1,
        .pciBusID = (int)device->pci_bus,
        .asyncEngineCount = 8,
        .unifiedAddressing = 1,
        .memoryClockRate = 875000,
        .memoryBusWidth = 256,
        .l2CacheSize = 4 << 20,
        .maxThreadsPerMultiProcessor = 2048,
        .sharedMemPerMultiprocessor = 65536,
        .regsPerMultiprocessor = 65536,
        .cooperativeLaunch = 1,
        .memoryPoolsSupported = 1,
        .maxSharedMemoryPerMultiProcessor = 65536,
        .clockInstructionRate = 100000,
    };
    snprintf(out.name, sizeof(out.name), "%s", device->chip->board);
    snprintf(out.gcnArchName, sizeof(out.gcnArchName), "%s", device->arch);
    snprintf(out.uuid.bytes, sizeof(out.uuid.bytes), "SIMULATED-%05x", device->pci_bus);
    *properties = out;
    return hipSuccess;
}

hipError_t hipDeviceGetAttribute(int *value, hipDeviceAttribute_t attribute, int ordinal)
{
    hipDeviceProp_t properties;
    if (!value)
        return hip_result(hipErrorInvalidValue);
    hipError_t error = hipGetDeviceProperties(&properties, ordinal);
    if (error != hipSuccess)
        return error;
    static const struct {
        int attribute;
        size_t offset;
    } members[] = {
        {hipDeviceAttributeMultiprocessorCount, offsetof(hipDeviceProp_t, multiProcessorCount)},
        {hipDeviceAttributeWarpSize, offsetof(hipDeviceProp_t, warpSize)},
        {hipDeviceAttributeMaxThreadsPerBlock, offsetof(hipDeviceProp_t, maxThreadsPerBlock)},
        {hipDeviceAttributeMaxBlockDimX, offsetof(hipDeviceProp_t, maxThreadsDim[0])},
        {hipDeviceAttributeMaxBlockDimY, offsetof(hipDeviceProp_t, maxThreadsDim[1])},
        {hipDeviceAttributeMaxBlockDimZ, offsetof(hipDeviceProp_t, maxThreadsDim[2])},
        {hipDeviceAttributeMaxGridDimX, offsetof(hipDeviceProp_t, maxGridSize[0])},
        {hipDeviceAttributeMaxGridDimY, offsetof(hipDeviceProp_t, maxGridSize[1])},
        {hipDeviceAttributeMaxGridDimZ, offsetof(hipDeviceProp_t, maxGridSize[2])},
        {hipDeviceAttributeMaxRegistersPerBlock, offsetof(hipDeviceProp_t, regsPerBlock)},
        {hipDeviceAttributeClockRate, offsetof(hipDeviceProp_t, clockRate)},
        {hipDeviceAttributeMemoryClockRate, offsetof(hipDeviceProp_t, memoryClockRate)},
        {hipDeviceAttributeMemoryBusWidth, offsetof(hipDeviceProp_t, memoryBusWidth)},
        {hipDeviceAttributeL2CacheSize, offsetof(hipDeviceProp_t, l2CacheSize)},
        {hipDeviceAttributeMaxThreadsPerMultiProcessor,
         offsetof(hipDeviceProp_t, maxThreadsPerMultiProcessor)},
        {hipDeviceAttributeComputeCapabilityMajor, offsetof(hipDeviceProp_t, major)},
        {hipDeviceAttributeComputeCapabilityMinor, offsetof(hipDeviceProp_t, minor)},
        {hipDeviceAttributeConcurrentKernels, offsetof(hipDeviceProp_t, concurrentKernels)},
        {hipDeviceAttributePciBusId, offsetof(hipDeviceProp_t, pciBusID)},
        {hipDeviceAttributePciDeviceId, offsetof(hipDeviceProp_t, pciDeviceID)},
        {hipDeviceAttributePciDomainID, offsetof(hipDeviceProp_t, pciDomainID)},
        {hipDeviceAttributeIntegrated, offsetof(hipDeviceProp_t, integrated)},
        {hipDeviceAttributeCanMapHostMemory, offsetof(hipDeviceProp_t, canMapHostMemory)},
        {hipDeviceAttributeCooperativeLaunch, offsetof(hipDeviceProp_t, cooperativeLaunch)},
        {hipDeviceAttributeMemoryPoolsSupported, offsetof(hipDeviceProp_t, memoryPoolsSupported)},
    };
    static const struct {
        int attribute;
        size_t offset;
    } sizes[] = {
        {hipDeviceAttributeMaxSharedMemoryPerBlock, offsetof(hipDeviceProp_t, sharedMemPerBlock)},
        {hipDeviceAttributeTotalConstantMemory, offsetof(hipDeviceProp_t, totalConstMem)},
        {hipDeviceAttributeMaxPitch, offsetof(hipDeviceProp_t, memPitch)},
        {hipDeviceAttributeTextureAlignment, offsetof(hipDeviceProp_t, textureAlignment)},
        {hipDeviceAttributeMaxSharedMemoryPerMultiprocessor,
         offsetof(hipDeviceProp_t, maxSharedMemoryPerMultiProcessor)},
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (members[i].attribute == (int)attribute) {
            memcpy(value, (const char *)&properties + members[i].offset, sizeof(*value));
            return hipSuccess;
        }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        if (sizes[i].attribute == (int)attribute) {
            size_t size;
            memcpy(&size, (const char *)&properties + sizes[i].offset, sizeof(size));
            *value = (int)size;
            return hipSuccess;
        }
    log_event("attribute", "{s:i}", "unknown", (int)attribute);
    return hip_result(hipErrorInvalidValue);
}

hipError_t hipDeviceSynchronize(void)
{
    if (hip_any_capture())
        return hip_result(hipErrorStreamCaptureUnsupported);
    return devices()->count ? hipSuccess : hip_result(hipErrorNoDevice);
}

/* The release these headers are of, as HIP's own libraries compute it. */
static int version_number(void)
{
    return HIP_VERSION;
}

hipError_t hipRuntimeGetVersion(int *version)
{
    if (!version)
        return hip_result(hipErrorInvalidValue);
    *version = version_number();
    return hipSuccess;
}

hipError_t hipDriverGetVersion(int *version)
{
    return hipRuntimeGetVersion(version);
}
