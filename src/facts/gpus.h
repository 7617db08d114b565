/* The AMD GPUs of a machine, from PCI and KFD sysfs below a root. */
#pragma once

#include "base/root.h"
#include "facts/chip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PCI_ADDRESS_SIZE 16

struct gpu {
    char pci[PCI_ADDRESS_SIZE]; /* "0000:03:00.0", lower case, as in /sys/bus/pci/devices */
    uint16_t device;            /* PCI device id; the vendor is always 1002 */
    char chip[CHIP_NAME_SIZE];  /* "gfx1010"; "" where nothing tells */
    bool rdna1;                 /* the chip is in chips[] */
    int kfd_node;               /* node number in KFD's topology; -1 where KFD does not show it */
    uint64_t vram_bytes;        /* 0 where unknown */
    unsigned compute_units;     /* 0 where unknown */
};

struct gpu_list {
    struct gpu *gpus; /* ordered by PCI address */
    size_t count;
};

/*
 * All AMD GPUs (vendor 1002, class 03xxxx, or 1200xx as compute-only cards have it) with what KFD
 * knows of them: the classes that the amdgpu driver takes. A missing
 * or unreadable file means an unknown value, never a failure. 0, or -errno where memory is short;
 * a machine without PCI has an empty list. Free with gpu_list_free().
 */
int gpu_list_read(const struct root *root, struct gpu_list *ret_list);

void gpu_list_free(struct gpu_list *list);

/* How many of the GPUs are RDNA1. */
size_t gpu_list_rdna1_count(const struct gpu_list *list);

/*
 * The GPU at one PCI address (domain optional, any case). 0; -ENODEV where no AMD GPU is there;
 * -EINVAL where `pci` is no PCI address; -ENOMEM.
 */
int gpu_read(const struct root *root, const char *pci, struct gpu *ret_gpu);
