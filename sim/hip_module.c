/* Modules, functions and launches. */
#include "base/cleanup.h"
#include "execute.h"
#include "hip.h"
#include "module.h"

#include <errno.h>
#include <string.h>

/* Declared in hip_ext.h, which is C++ only. */
hipError_t hipExtModuleLaunchKernel(hipFunction_t function, uint32_t global_x, uint32_t global_y,
                                    uint32_t global_z, uint32_t local_x, uint32_t local_y,
                                    uint32_t local_z, size_t shared_bytes, hipStream_t stream,
                                    void **parameters, void **extra, hipEvent_t start_event,
                                    hipEvent_t stop_event, uint32_t flags);

hipError_t hipModuleLoadData(hipModule_t *handle, const void *image)
{
    struct module *module;
    if (!handle || !image)
        return hip_result(hipErrorInvalidValue);
    int result = module_load(image, &module);
    if (result)
        return hip_result(result == -EINVAL ? hipErrorInvalidImage : hipErrorOutOfMemory);
    *handle = (hipModule_t)(void *)module;
    return hipSuccess;
}

hipError_t hipModuleLoadDataEx(hipModule_t *handle, const void *image, unsigned int options_count,
                               hipJitOption *options, void **values)
{
    (void)options_count;
    (void)options;
    (void)values;
    return hipModuleLoadData(handle, image);
}

hipError_t hipModuleLoad(hipModule_t *handle, const char *path)
{
    cleanup_file FILE *file = path ? fopen(path, "re") : NULL;
    if (!file)
        return hip_result(hipErrorFileNotFound);
    cleanup_free char *image = NULL;
    size_t room = 0;
    /* A binary's first NUL ends the read: enough to tell that it is one. */
    if (getdelim(&image, &room, '\0', file) < 0)
        return hip_result(hipErrorInvalidImage);
    return hipModuleLoadData(handle, image);
}

hipError_t hipModuleUnload(hipModule_t handle)
{
    if (!handle)
        return hip_result(hipErrorInvalidHandle);
    execute_memory_written(); /* its functions may come back under other kernels' addresses */
    module_free((struct module *)(void *)handle);
    return hipSuccess;
}

hipError_t hipModuleGetFunction(hipFunction_t *handle, hipModule_t module, const char *name)
{
    if (!handle || !name)
        return hip_result(hipErrorInvalidValue);
    if (!module)
        return hip_result(hipErrorInvalidHandle);
    struct function *function = module_function((struct module *)(void *)module, name);
    if (!function)
        return hip_result(hipErrorOutOfMemory);
    *handle = (hipFunction_t)(void *)function;
    return hipSuccess;
}

/* The packed buffer that `extra` describes. 0 or -EINVAL. */
static int extra_read(void **extra, struct launch *launch)
{
    size_t *size = NULL;
    for (void **item = extra; *item != HIP_LAUNCH_PARAM_END; item += 2) {
        if (item[0] == HIP_LAUNCH_PARAM_BUFFER_POINTER)
            launch->arguments = item[1];
        else if (item[0] == HIP_LAUNCH_PARAM_BUFFER_SIZE)
            size = item[1];
        else
            return -EINVAL;
    }
    if (!launch->arguments || !size)
        return -EINVAL;
    launch->arguments_size = *size;
    return 0;
}

static hipError_t event_set(hipEvent_t handle, unsigned device, uint64_t ns)
{
    struct event *event = (struct event *)(void *)handle;
    if (event)
        *event = (struct event){.device = device, .recorded = true, .ns = ns};
    return hipSuccess;
}

hipError_t hipExtModuleLaunchKernel(hipFunction_t function, uint32_t global_x, uint32_t global_y,
                                    uint32_t global_z, uint32_t local_x, uint32_t local_y,
                                    uint32_t local_z, size_t shared_bytes, hipStream_t stream,
                                    void **parameters, void **extra, hipEvent_t start_event,
                                    hipEvent_t stop_event, uint32_t flags)
{
    (void)shared_bytes;
    (void)flags;
    struct launch launch = {
        .function = (struct function *)(void *)function,
        .device = stream_device(stream),
        .global = {global_x, global_y, global_z},
        .local = {local_x, local_y, local_z},
        .parameters = parameters,
        .captured = hip_stream_captures(stream),
    };
    uint64_t start, end;
    if (!function)
        return hip_result(hipErrorInvalidHandle);
    int result = extra ? extra_read(extra, &launch) : 0;
    if (!result)
        result = launch_run(&launch, &start, &end);
    if (result)
        return hip_from_errno(result);
    event_set(start_event, launch.device, start);
    event_set(stop_event, launch.device, end);
    return hipSuccess;
}

/* hip_ext.h gives it no C linkage: programs other than MIOpen ask for it by this name. */
__typeof__(hipExtModuleLaunchKernel) launch_from_cxx __asm__(
    "_Z24hipExtModuleLaunchKernelP18ihipModuleSymbol_tjjjjjjmP12ihipStream_tPPvS4_P11ihipEvent_tS6_"
    "j") __attribute__((alias("hipExtModuleLaunchKernel"), visibility("default")));

hipError_t hipModuleLaunchKernel(hipFunction_t function, unsigned int grid_x, unsigned int grid_y,
                                 unsigned int grid_z, unsigned int block_x, unsigned int block_y,
                                 unsigned int block_z, unsigned int shared_bytes,
                                 hipStream_t stream, void **parameters, void **extra)
{
    return hipExtModuleLaunchKernel(function, grid_x * block_x, grid_y * block_y, grid_z * block_z,
                                    block_x, block_y, block_z, shared_bytes, stream, parameters,
                                    extra, NULL, NULL, 0);
}

hipError_t hipModuleLaunchCooperativeKernel(hipFunction_t function, unsigned int grid_x,
                                            unsigned int grid_y, unsigned int grid_z,
                                            unsigned int block_x, unsigned int block_y,
                                            unsigned int block_z, unsigned int shared_bytes,
                                            hipStream_t stream, void **parameters)
{
    return hipModuleLaunchKernel(function, grid_x, grid_y, grid_z, block_x, block_y, block_z,
                                 shared_bytes, stream, parameters, NULL);
}
