#include "preload_convolve.h"

#include "convolution.h"

#include <stdio.h>
#include <stdlib.h>

__attribute__((visibility("default"))) int preload_convolve(void)
{
    struct convolution it;
    miopenHandle_t handle = NULL;
    const char *early = getenv("MIOPEN_DEBUG_CONV_WINOGRAD");
    miopenConvAlgoPerf_t result = {0};
    int returned = 0;

    if (miopenCreate(&handle) != miopenStatusSuccess ||
        !convolution_try_open(&it, shape_named("3x3"), handle)) {
        puts("no handle");
        return 1;
    }
    const miopenStatus_t found = call_find(&it, 1, &returned, &result, NULL, 0);
    const miopenStatus_t run = call_run_plain(&it, result.algorithm, NULL, 0);
    const char *winograd = stub_environment("MIOPEN_DEBUG_CONV_WINOGRAD");
    printf("find %d algorithm %u run %d solver %lu winograd %s, %s before\n", (int)found,
           result.algorithm, (int)run, (unsigned long)stub_last_launch()->id,
           winograd ? winograd : "-", early ? early : "-");
    fflush(stdout);
    convolution_close(&it);
    miopenDestroy(handle);
    return 0;
}
