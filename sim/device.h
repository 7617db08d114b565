/*
 * The simulated cards of this process, as SIM_DEVICES describes them: what silicon they are, and
 * what ROCm takes them for under HSA_OVERRIDE_GFX_VERSION.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICES_MAX 16
#define TARGET_SIZE 48

struct chip_facts {
    const char *name;  /* "gfx1010" */
    const char *board; /* "AMD Radeon RX 5700 XT" */
    uint16_t pci_device;
    uint8_t pci_revision;
    unsigned units; /* as HIP counts them */
    unsigned memory_gib;
    const char *suffix; /* ":xnack-": what follows the target's name in gcnArchName */
};

struct device {
    const struct chip_facts *chip;
    char target[TARGET_SIZE]; /* "gfx1030": what ROCm believes; the chip's name without override */
    char arch[TARGET_SIZE];   /* "gfx1010:xnack-": the target as HIP's gcnArchName has it */
    unsigned units;
    uint64_t memory_bytes;
    unsigned pci_bus; /* 0000:<bus>:00.0 */
    unsigned kfd_node;
};

struct device_list {
    struct device devices[DEVICES_MAX];
    unsigned count;
};

/* A look-up in some environment, as getenv(). */
typedef const char *(*device_environment)(const char *name);

/* The facts of a chip by name, or NULL. */
const struct chip_facts *chip_facts_find(const char *name);

/* KFD's gfx_target_version of a name: "gfx1010" gives 100100, "gfx90a" 90010. 0 for other text. */
uint32_t target_version(const char *name);

/* Whether HIP sees 32 lanes in a wave and two compute units in each unit: gfx10 and later. */
bool target_is_rdna(const char *name);

/*
 * Parses "gfx1010:cu=20:mem=8GiB,gfx1100"; NULL is one gfx1010, "" is no device. Overrides are
 * applied as ROCr does: HSA_OVERRIDE_GFX_VERSION_<node> wins over HSA_OVERRIDE_GFX_VERSION, and a
 * value that is not three numbers makes the whole topology fail (ROCr libhsakmt/src/topology.c), so
 * there are no devices then. ROCR_VISIBLE_DEVICES and HIP_VISIBLE_DEVICES choose among the devices
 * by number. 0, or -EINVAL with a message for people.
 */
int device_list_parse(const char *text, device_environment get, struct device_list *ret_list,
                      char *ret_error, size_t error_size);

/* The devices of this process, read once; a mistake in SIM_DEVICES is told on stderr, once. */
const struct device_list *devices(void);
