/* What the shim shows to the dynamic linker; everything else in it is hidden. */
#pragma once

/* A canary guards buffers, of which these frames have none; it cost each call six instructions. */
#define SHIM_EXPORT __attribute__((visibility("default"), no_stack_protector))

/* For what every warm call runs through: one frame, its arguments where they arrived. */
#define SHIM_HOT    static inline __attribute__((always_inline))
