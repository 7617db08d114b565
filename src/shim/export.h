/* What the shim shows to the dynamic linker; everything else in it is hidden. */
#pragma once

#define SHIM_EXPORT __attribute__((visibility("default")))

/* For what every warm call runs through: one frame, its arguments where they arrived. */
#define SHIM_HOT    static inline __attribute__((always_inline))
