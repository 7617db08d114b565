/* The names that GPUs are sold under. */
#pragma once

#include "facts/gpus.h"

#define GPU_NAME_SIZE 96

/*
 * A GPU's name for people: by PCI id and revision from libdrm's table below the root
 * (/usr/share/libdrm/amdgpu.ids: "731F,<tab>C1,<tab>AMD Radeon RX 5700 XT"), else the code name of
 * an RDNA1 chip ("Navi 10"), else "".
 */
void gpu_name_read(const struct root *root, const struct gpu *gpu, char ret_name[GPU_NAME_SIZE]);
