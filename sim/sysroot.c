/*
 * sysroot DIR: writes the files below /sys that tell of the simulated cards that SIM_DEVICES
 * describes: PCI devices, and KFD's topology with node 0 as the CPU.
 */
#include "device.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *root;

/* Makes every directory above the last slash of a path. */
static int parents_make(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0777) && errno != EEXIST)
            return -errno;
        *slash = '/';
    }
    return 0;
}

__attribute__((format(printf, 3, 4))) static void file_write(const char *dir, const char *name,
                                                             const char *format, ...)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s/%s", root, dir, name);
    int result = parents_make(path);
    FILE *file = result ? NULL : fopen(path, "we");
    if (!file) {
        fprintf(stderr, "sysroot: %s: %s\n", path, strerror(result ? -result : errno));
        exit(EXIT_FAILURE);
    }
    va_list arguments;
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    if (fclose(file)) {
        fprintf(stderr, "sysroot: %s: %s\n", path, strerror(errno));
        exit(EXIT_FAILURE);
    }
}

static void pci_write(const struct device *device)
{
    char dir[96];
    snprintf(dir, sizeof(dir), "sys/bus/pci/devices/0000:%02x:00.0", device->pci_bus);
    file_write(dir, "vendor", "0x1002\n");
    file_write(dir, "device", "0x%04x\n", device->chip->pci_device);
    file_write(dir, "class", "0x030000\n");
    file_write(dir, "revision", "0x%02x\n", device->chip->pci_revision);
    file_write(dir, "subsystem_vendor", "0x1002\n");
    file_write(dir, "subsystem_device", "0x0000\n");
    file_write(dir, "mem_info_vram_total", "%llu\n", (unsigned long long)device->memory_bytes);
}

static void node_write(const struct device *device)
{
    bool rdna = target_is_rdna(device->chip->name);
    unsigned simds = device->units * 4; /* two units of two SIMDs each on RDNA, one of four else */
    char dir[96];
    snprintf(dir, sizeof(dir), "sys/class/kfd/kfd/topology/nodes/%u", device->kfd_node);
    file_write(dir, "gpu_id", "%u\n", 0x1000 + device->kfd_node);
    file_write(dir, "name", "%s\n", rdna ? "navi" : "vega");
    file_write(dir, "properties",
               "cpu_cores_count 0\nsimd_count %u\nmem_banks_count 1\ncaches_count 0\n"
               "io_links_count 1\np2p_links_count 0\ncpu_core_id_base 0\n"
               "simd_id_base 2147487744\nmax_waves_per_simd %u\nlds_size_in_kb 64\n"
               "gds_size_in_kb 0\nnum_gws 64\nwave_front_size %u\narray_count 4\n"
               "simd_arrays_per_engine 2\ncu_per_simd_array 10\nsimd_per_cu %u\n"
               "max_slots_scratch_cu 32\ngfx_target_version %u\nvendor_id 4098\ndevice_id %u\n"
               "location_id %u\ndomain 0\ndrm_render_minor %u\nhive_id 0\nnum_sdma_engines 2\n"
               "num_sdma_xgmi_engines 0\nnum_sdma_queues_per_engine 8\nnum_cp_queues 8\n"
               "max_engine_clk_fcompute 2100\nlocal_mem_size 0\nfw_version 144\n"
               "capability 671588992\nsdma_fw_version 35\nunique_id 0\nnum_xcc 1\n"
               "max_engine_clk_ccompute 3700\n",
               simds, rdna ? 20 : 10, rdna ? 32 : 64, rdna ? 2 : 4,
               target_version(device->chip->name), device->chip->pci_device, device->pci_bus << 8,
               127 + device->kfd_node);
    char bank[128];
    snprintf(bank, sizeof(bank), "%s/mem_banks/0", dir);
    file_write(bank, "properties",
               "heap_type 1\nsize_in_bytes %llu\nflags 0\nwidth 256\nmem_clk_max 875\n",
               (unsigned long long)device->memory_bytes);
}

/* Overrides and visibility change what ROCm makes of the cards, not what they are. */
static const char *nothing_set(const char *name)
{
    (void)name;
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: sysroot DIR\n"
                        "Writes the sysfs tree of the cards in SIM_DEVICES below DIR.\n");
        return 2;
    }
    root = argv[1];
    struct device_list list;
    char error[256];
    if (device_list_parse(getenv("SIM_DEVICES"), nothing_set, &list, error, sizeof(error))) {
        fprintf(stderr, "sysroot: %s\n", error);
        return EXIT_FAILURE;
    }
    const char *cpu = "sys/class/kfd/kfd/topology/nodes/0";
    file_write(cpu, "gpu_id", "0\n");
    file_write(cpu, "name", "\n");
    file_write(cpu, "properties",
               "cpu_cores_count 8\nsimd_count 0\nmem_banks_count 1\ngfx_target_version 0\n"
               "vendor_id 0\ndevice_id 0\nlocation_id 0\ndomain 0\n");
    /* A bridge of another vendor, as every machine has: readers must pass over it. */
    const char *bridge = "sys/bus/pci/devices/0000:00:00.0";
    file_write(bridge, "vendor", "0x1022\n");
    file_write(bridge, "device", "0x1480\n");
    file_write(bridge, "class", "0x060000\n");
    for (unsigned i = 0; i < list.count; i++) {
        pci_write(&list.devices[i]);
        node_write(&list.devices[i]);
    }
    return 0;
}
