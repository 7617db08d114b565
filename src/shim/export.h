/* What the shim shows to the dynamic linker; everything else in it is hidden. */
#pragma once

#define SHIM_EXPORT __attribute__((visibility("default")))
