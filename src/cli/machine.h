/* Everything the commands decide from: the machine's GPUs and the rules. */
#pragma once

#include "base/root.h"
#include "base/settings.h"
#include "facts/gpus.h"
#include "policy/rule.h"

struct machine {
    struct root root;
    struct gpu_list gpus;
    struct rule_set rules;
};

/*
 * Reads a machine below `sysroot` (NULL: where the settings say). 0, or -errno after a message on
 * stderr. Free with machine_free().
 */
int machine_read(const char *sysroot, const struct settings *settings, struct machine *ret_machine);

void machine_free(struct machine *machine);

/* Whether any of the GPUs is RDNA1. */
bool machine_has_rdna1(const struct machine *machine);
