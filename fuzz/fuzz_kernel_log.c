/* Logs of any bytes: no crash, and each name is one, once. */
#include "codeobj/kernel_log.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kernel_log log;
    if (kernel_log_parse((const char *)data, size, &log) < 0)
        abort();
    for (size_t i = 0; i < log.kernels_count; i++) {
        if (!*log.kernels[i].name || log.kernels[i].line == 0)
            abort();
        for (size_t k = 0; k < i; k++)
            if (strcmp(log.kernels[i].name, log.kernels[k].name) == 0)
                abort();
    }
    for (size_t i = 0; i < log.files_count; i++)
        if (log.files[i][0] != '/')
            abort();
    kernel_log_free(&log);
    return 0;
}
