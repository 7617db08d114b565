/*
 * The chips this project exists for: RDNA1, by PCI device id and by KFD's gfx_target_version.
 * Source of the ids: Linux drivers/gpu/drm/amd/amdgpu/amdgpu_drv.c.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Longest chip or target name with its NUL: "gfx10-3-generic" and room. */
#define CHIP_NAME_SIZE 24

struct chip {
    const char *name;            /* "gfx1010" */
    const char *code_name;       /* "Navi 10" */
    uint32_t gfx_target_version; /* as KFD's topology shows it: 100100 */
    const uint16_t *devices;     /* PCI device ids of vendor 1002, ended by 0 */
};

/* All RDNA1 chips, from chips.list, ordered by name. */
extern const struct chip chips[];
extern const size_t chips_count;

/* The RDNA1 chip of a PCI device id of vendor 1002, or NULL. */
const struct chip *chip_from_pci(uint16_t device);

/* The RDNA1 chip of that name, or NULL. */
const struct chip *chip_from_name(const char *name);

/*
 * The LLVM name of any KFD gfx_target_version: 100300 gives "gfx1030", 90010 "gfx90a". Writes ""
 * for 0, which is KFD's mark of a CPU node, and for numbers that LLVM has no form of name for.
 * Source: kfd_device.c (major*10000 + minor*100 + step).
 */
void chip_name_from_version(uint32_t gfx_target_version, char ret_name[CHIP_NAME_SIZE]);
