/* What stands behind the gate's functions. */
#pragma once

/* A canary guards buffers, of which these frames have none; it cost each call six instructions. */
#define SHIM_ENTRY __attribute__((no_stack_protector))

/* For what every warm call runs through: one frame, its arguments where they arrived. */
#define SHIM_HOT   static inline __attribute__((always_inline))
