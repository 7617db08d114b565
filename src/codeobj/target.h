/* What code is compiled for, and what that is to a chip. */
#pragma once

#include "facts/chip.h"

#include <stdbool.h>
#include <stdint.h>

/* What code for a target is to a chip, the best first. */
enum fit {
    FIT_NATIVE,  /* compiled for the chip */
    FIT_GENERIC, /* compiled for all chips of its kind: gfx10-1-generic */
    FIT_SUBSET,  /* gfx1010 on another RDNA1 chip, which has all that gfx1010 has */
    FIT_NEAR,    /* another RDNA1 chip, which may have more */
    FIT_LATER,   /* RDNA2: what people bring by an override */
    FIT_NONE,    /* another instruction set */
    FIT_COUNT,
};

/* The name of an AMDGPU ELF's target from its e_flags; NULL for one that is not in targets.list. */
const char *target_from_flags(uint32_t flags);

/* The target of that name as target_from_flags() gives it (the same pointer), or NULL. */
const char *target_from_name(const char *name);

enum fit target_fit(const struct chip *chip, const char *target);

/*
 * Whether code for one target is a better choice for the chip than that for another; of two that
 * fit alike, gfx1030 comes first, then the lower name.
 */
bool target_better(const struct chip *chip, const char *target, const char *than);

/*
 * The value of HSA_OVERRIDE_GFX_VERSION that has ROCr take code for the target: "10.3.0" for
 * gfx1030 and for gfx10-3-generic. "" for what has no such value.
 */
#define OVERRIDE_SIZE 24
void target_override(const char *target, char ret_value[OVERRIDE_SIZE]);
