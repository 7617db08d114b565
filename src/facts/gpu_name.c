#include "facts/gpu_name.h"

#include "base/cleanup.h"

#include <string.h>

#define NAMES_FILE "/usr/share/libdrm/amdgpu.ids"
/* The file has 25 KB; one that is far larger is not what it claims to be. */
#define NAMES_SIZE (1024 * 1024)

/* The name on a line "device,<tab>revision,<tab>name" of that device and revision, or NULL. */
static const char *line_name(const char *line, unsigned device, unsigned revision)
{
    char *end;
    if (strtoul(line, &end, 16) != device || end == line || *end != ',')
        return NULL;
    const char *second = end + 1;
    if (strtoul(second, &end, 16) != revision || end == second || *end != ',')
        return NULL;
    return end + 1 + strspn(end + 1, " \t");
}

void gpu_name_read(const struct root *root, const struct gpu *gpu, char ret_name[GPU_NAME_SIZE])
{
    const struct chip *chip = chip_from_pci(gpu->device);
    snprintf(ret_name, GPU_NAME_SIZE, "%s", chip ? chip->code_name : "");

    char path[64];
    uint64_t revision;
    snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/revision", gpu->pci);
    cleanup_free char *names = malloc(NAMES_SIZE);
    if (!names || root_read_u64(root, path, &revision) < 0 || revision > 0xff ||
        root_read_text(root, NAMES_FILE, names, NAMES_SIZE) < 0)
        return;
    char *rest = names;
    for (char *line; (line = strsep(&rest, "\n"));) {
        const char *name = line_name(line, gpu->device, (unsigned)revision);
        if (name && *name) {
            snprintf(ret_name, GPU_NAME_SIZE, "%s", name);
            return;
        }
    }
}
