/*
 * The machine as every carrier of a decision sees it: its GPUs, and the rules that decide for them.
 * The command line and the shim read it here and nowhere else, so that they cannot disagree.
 */
#pragma once

#include "base/root.h"
#include "base/settings.h"
#include "facts/gpus.h"
#include "policy/environment.h"
#include "policy/rule.h"

struct machine {
    struct settings settings;
    struct root root; /* where it was read */
    struct gpu_list gpus;
    struct rule_set rules;
};

/*
 * Reads a machine below `sysroot` (NULL: where the settings say), the rules included, unless
 * ROCM_RDNA1_RULES names directories outright: these are taken as they are. 0, or -errno: the root
 * cannot be opened, or memory is short. Free with machine_free().
 */
int machine_read(const char *sysroot, const struct settings *settings, struct machine *ret_machine);

void machine_free(struct machine *machine);

/*
 * Sets the profile's variables in this process, where they apply to the machine; what the user has
 * set stays. 0 or -errno.
 */
int machine_set_environment(const struct machine *machine, enum profile profile);
