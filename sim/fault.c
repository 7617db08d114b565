#include "fault.h"

#include "device.h"
#include "log.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void output_poison(const char *arguments, size_t size)
{
    struct memory_block output = {.bytes = 0};
    for (size_t at = 0; at + sizeof(void *) <= size; at += sizeof(void *)) {
        const void *word;
        struct memory_block block;
        memcpy(&word, arguments + at, sizeof(word));
        if (memory_find(word, &block) && block.kind != MEMORY_HOST)
            output = block;
    }
    if (output.bytes)
        memset(output.start, 0xff, output.bytes);
}

void fault_modelled(unsigned device, const char *kernel, const char *reason, const char *arguments,
                    size_t arguments_size)
{
    const char *mode = getenv("SIM_FAULT");
    if (!mode || !*mode)
        mode = "fault";
    log_event("fault", "{s:s, s:i, s:s, s:s, s:b}", "kernel", kernel, "device", (int)device, "mode",
              mode, "reason", reason, "modelled", 1);
    unsigned node = devices()->devices[device].kfd_node;
    if (!strcmp(mode, "hang")) {
        fprintf(stderr,
                "GPU node-%u does not answer (modelled: the simulated card cannot run kernel %s, "
                "%s)\n",
                node, kernel, reason);
        for (;;)
            pause();
    }
    if (!strcmp(mode, "poison")) {
        output_poison(arguments, arguments_size);
        return;
    }
    fprintf(stderr,
            "Memory access fault by GPU node-%u (modelled: the simulated card cannot run kernel "
            "%s, %s). Reason: Page not present or supervisor privilege.\n",
            node, kernel, reason);
    abort();
}

void fault_memory(unsigned device, const char *kernel, const void *address, const char *mistake)
{
    log_event("fault", "{s:s, s:i, s:s, s:b}", "kernel", kernel, "device", (int)device, "reason",
              mistake, "modelled", 0);
    fprintf(stderr, "Memory access fault by GPU node-%u on address %p: kernel %s: %s.\n",
            devices()->devices[device].kfd_node, address, kernel, mistake);
    abort();
}
