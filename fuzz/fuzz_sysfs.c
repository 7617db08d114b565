/*
 * Any bytes as a file of sysfs, of libdrm's table of names, as a PCI address or as an override: no
 * crash, and what is found once is found again. The first byte says which of them the rest is.
 */
#include "facts/gpu_name.h"
#include "facts/gpus.h"
#include "facts/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CARD  "sys/bus/pci/devices/0000:03:00.0/"
#define NODES "sys/class/kfd/kfd/topology/nodes/"

/* A good machine; each input replaces one of its files. */
static const struct {
    const char *path;
    const char *content;
} files[] = {
    {CARD "vendor", "0x1002\n"},
    {CARD "device", "0x731f\n"},
    {CARD "class", "0x030000\n"},
    {CARD "revision", "0xc1\n"},
    {CARD "mem_info_vram_total", "8573157376\n"},
    {NODES "1/properties", "simd_count 80\nsimd_per_cu 2\ngfx_target_version 100100\n"
                           "location_id 768\ndomain 0\n"},
    {"usr/share/libdrm/amdgpu.ids", "731F,\tC1,\tAMD Radeon RX 5700 XT\n"},
};

#define FILES (sizeof(files) / sizeof(files[0]))

/* In memory: an input is a file written and read twice. */
static char machine_dir[] = "/dev/shm/fuzz_sysfs.XXXXXX";
static struct root machine = ROOT_CLOSED;

/* Removes a path below the machine and every directory above it that is empty then. */
static void path_remove(const char *path)
{
    char name[256];
    snprintf(name, sizeof(name), "%s/%s", machine_dir, path);
    while (strlen(name) >= strlen(machine_dir) && remove(name) == 0)
        *strrchr(name, '/') = '\0';
}

static void machine_remove(void)
{
    for (size_t i = 0; i < FILES; i++)
        path_remove(files[i].path);
}

static void file_write(size_t file, const void *content, size_t size)
{
    const int fd =
        openat(machine.dirfd, files[file].path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, content, size) != (ssize_t)size || close(fd) != 0)
        abort();
}

static void machine_write(void)
{
    if (!mkdtemp(machine_dir) || root_open(machine_dir, &machine) < 0)
        abort();
    atexit(machine_remove);
    for (size_t i = 0; i < FILES; i++) {
        char path[256];
        snprintf(path, sizeof(path), "%s", files[i].path);
        for (char *slash = path; (slash = strchr(slash, '/')); *slash++ = '/') {
            *slash = '\0';
            if (mkdirat(machine.dirfd, path, 0755) != 0 && errno != EEXIST)
                abort();
        }
        file_write(i, files[i].content, strlen(files[i].content));
    }
}

static const char *same_value(const char *name, void *context)
{
    (void)name;
    return context;
}

static void machine_check(char *text)
{
    struct gpu_list list;
    struct gpu gpu;
    if (gpu_list_read(&machine, &list) < 0 || list.count > 1)
        abort();
    for (size_t i = 0; i < list.count; i++) {
        char name[GPU_NAME_SIZE];
        struct target target;
        gpu_name_read(&machine, &list.gpus[i], name);
        target_read(&list.gpus[i], same_value, text, &target);
        if (gpu_read(&machine, list.gpus[i].pci, &gpu) < 0 ||
            strcmp(gpu.chip, list.gpus[i].chip) != 0 || gpu.kfd_node != list.gpus[i].kfd_node ||
            (target.invalid && strcmp(target.name, gpu.chip) != 0))
            abort();
    }
    gpu_list_free(&list);
    if (gpu_read(&machine, text, &gpu) == 0 && strcmp(gpu.pci, "0000:03:00.0") != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (machine.dirfd < 0)
        machine_write();
    char *text = strndup((const char *)data + 1, size - 1);
    if (!text)
        return 0;
    const size_t file = data[0] % (FILES + 1);
    if (file < FILES)
        file_write(file, data + 1, size - 1);
    machine_check(text);
    if (file < FILES)
        file_write(file, files[file].content, strlen(files[file].content));
    free(text);
    return 0;
}
