/* The target: the name ROCm believes and compiles for, which an override may have changed. */
#pragma once

#include "facts/gpus.h"

/* A look-up in some environment: getenv() of this process, or a test's table. NULL where unset. */
typedef const char *(*environment_get)(const char *name, void *context);

struct target {
    char
        name[CHIP_NAME_SIZE]; /* "gfx1030"; the chip's own where there is no override; "" unknown */
    char variable[48];        /* the variable that set it, "" for none */
    bool invalid; /* that variable's value is malformed: ROCr then shows no GPU at all */
};

/* An environment_get of this process. */
const char *process_environment(const char *name, void *context);

/*
 * The target of a GPU under HSA_OVERRIDE_GFX_VERSION_<node>, which wins, or
 * HSA_OVERRIDE_GFX_VERSION. Values are three decimal numbers, at most 63.255.255; anything else,
 * the empty value included, sets `invalid` and leaves the chip's name. 0.0.0 counts as no override.
 * Source: ROCr libhsakmt/src/topology.c (a malformed value on any node fails the whole snapshot of
 * the topology, so that the process sees no GPU) and core/runtime/amd_gpu_agent.cpp.
 */
void target_read(const struct gpu *gpu, environment_get get, void *context,
                 struct target *ret_target);
