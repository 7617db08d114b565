/* The machine as the shim sees it: read once, at a process's first call into MIOpen. */
#pragma once

#include "facts/gpus.h"
#include "policy/rule.h"

#include <stddef.h>

struct machine {
    struct gpu_list gpus;
    struct rule_set rules;
    uint64_t max_workspace_bytes; /* UINT64_MAX: the default share of free memory */
};

/*
 * The machine, or NULL where the shim has nothing to do: turned off, or no RDNA1 card. The first
 * call also sets the decision's environment (where every card is RDNA1), before MIOpen, which keeps
 * what it has read once, reads it.
 */
const struct machine *machine_get(void);
