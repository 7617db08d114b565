/* Logs of faults and hangs, pasted as they are: which kernels they name. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct logged_kernel {
    char *name;  /* as the log writes it: mangled or not */
    bool fault;  /* a fault is laid to it, rather than that it was launched */
    size_t line; /* of the first mention, from 1 */
};

struct kernel_log {
    struct logged_kernel *kernels; /* each name once, in the order of their last mention */
    size_t kernels_count;
    char **files; /* of code objects that the log names, each once */
    size_t files_count;
    bool fault; /* it tells of a fault, whether of a kernel or not */
};

/*
 * Reads the forms that HIP and ROCr (AMD_LOG_LEVEL, aborted queues), MIOpen (MIOPEN_LOG_LEVEL),
 * rocgdb and ROCm's debug agent write, and takes any word that looks like a mangled name or one of
 * Tensile's. Any bytes are taken; lines without a name are passed over. 0 or -ENOMEM. Sources: the
 * table in kernel_log.c.
 */
int kernel_log_parse(const char *text, size_t size, struct kernel_log *ret_log);

void kernel_log_free(struct kernel_log *log);
