/* The target: the name ROCm believes and compiles for, which an override may have changed. */
#pragma once

#include "facts/gpus.h"

/* A look-up in some environment: getenv() of this process, or a test's table. NULL where unset. */
typedef const char *(*environment_get)(const char *name, void *context);

struct target {
    char name[CHIP_NAME_SIZE]; /* "gfx1030"; the chip's own where there is no override; "" unknown */
    char variable[48];         /* the variable that set it, "" for none */
    bool invalid;              /* that variable's value is malformed: ROCr refuses the node */
};

/*
 * The target of a GPU under HSA_OVERRIDE_GFX_VERSION_<node>, which wins, or
 * HSA_OVERRIDE_GFX_VERSION. Values are exactly three decimal fields; anything else sets `invalid`
 * (source: ROCr libhsakmt/src/topology.c, which fails the node then).
 */
void target_read(const struct gpu *gpu, environment_get get, void *context,
                 struct target *ret_target);
