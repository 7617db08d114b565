#include "facts/gpus.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <errno.h>
#include <string.h>

#define PCI_DEVICES         "/sys/bus/pci/devices"
#define KFD_NODES           "/sys/class/kfd/kfd/topology/nodes"

#define VENDOR_AMD          0x1002

/* Room for a path of ours with one directory entry's name (255 bytes) in it. */
#define PATH_SIZE           512

/* More compute units than any GPU can have: such a number is not believed. */
#define COMPUTE_UNITS_LIMIT 65536

struct pci_address {
    uint32_t domain;
    uint32_t location; /* bus, device and function as KFD's location_id: bus << 8 | dev << 3 | fn */
};

/* A GPU node of KFD's topology. */
struct kfd_node {
    int number;
    struct pci_address address;
    uint32_t gfx_target_version; /* 0 where unknown */
    unsigned compute_units;      /* 0 where unknown */
};

/* One hexadecimal field of at most `digits` digits, and the character that must follow it. */
static bool hex_field(const char **text, unsigned digits, char end, uint32_t *ret_value)
{
    uint32_t value = 0;
    const char *at = *text;
    for (unsigned i = 0; i < digits && *at != end; i++, at++) {
        const char lower = (char)(*at | 0x20);
        if (*at >= '0' && *at <= '9')
            value = value << 4 | (uint32_t)(*at - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value << 4 | (uint32_t)(lower - 'a' + 10);
        else
            return false;
    }
    if (at == *text || *at != end)
        return false;
    *ret_value = value;
    *text = end ? at + 1 : at;
    return true;
}

/* "[domain:]bus:device.function". */
static bool address_parse(const char *text, struct pci_address *ret_address)
{
    uint32_t domain = 0;
    uint32_t bus;
    uint32_t device;
    uint32_t function;
    const char *first_colon = strchr(text, ':');
    if (first_colon && strchr(first_colon + 1, ':') && !hex_field(&text, 7, ':', &domain))
        return false;
    if (!hex_field(&text, 2, ':', &bus) || !hex_field(&text, 2, '.', &device) ||
        !hex_field(&text, 1, '\0', &function) || device > 0x1f || function > 7)
        return false;
    *ret_address = (struct pci_address){domain, bus << 8 | device << 3 | function};
    return true;
}

static void address_format(struct pci_address address, char ret_text[PCI_ADDRESS_SIZE])
{
    snprintf(ret_text, PCI_ADDRESS_SIZE, "%04x:%02x:%02x.%x", address.domain & 0xfffffff,
             address.location >> 8 & 0xff, address.location >> 3 & 0x1f, address.location & 7);
}

static int address_compare(struct pci_address a, struct pci_address b)
{
    if (a.domain != b.domain)
        return a.domain < b.domain ? -1 : 1;
    return (a.location > b.location) - (a.location < b.location);
}

/* A number of a PCI device's directory, where it is there and within `limit`. */
static bool device_number(const struct root *root, const char *pci, const char *file,
                          uint64_t limit, uint64_t *ret_value)
{
    char path[PATH_SIZE];
    uint64_t value;
    snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", pci, file);
    if (root_read_u64(root, path, &value) < 0 || value > limit)
        return false;
    *ret_value = value;
    return true;
}

/* The value of one line "name value" of a KFD properties file; 0 where it is not there. */
static uint64_t property(const char *properties, const char *name, uint64_t limit)
{
    const size_t length = strlen(name);
    for (const char *line = properties; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, length) != 0 || line[length] != ' ')
            continue;
        char number[32];
        const char *start = line + length + 1;
        const size_t digits = strcspn(start, "\n");
        uint64_t value;
        if (digits >= sizeof(number))
            return 0;
        memcpy(number, start, digits);
        number[digits] = '\0';
        return text_parse_u64(number, &value) == 0 && value <= limit ? value : 0;
    }
    return 0;
}

/* Reads one node. False for CPU nodes and for what cannot be read. */
static bool node_read(const struct root *root, const char *name, struct kfd_node *ret_node)
{
    char path[PATH_SIZE];
    char properties[8192];
    uint64_t number;
    snprintf(path, sizeof(path), KFD_NODES "/%s/properties", name);
    if (text_parse_u64(name, &number) < 0 || number > INT32_MAX ||
        root_read_text(root, path, properties, sizeof(properties)) < 0)
        return false;
    const uint64_t simds = property(properties, "simd_count", UINT32_MAX);
    const uint64_t simds_per_unit = property(properties, "simd_per_cu", UINT32_MAX);
    if (simds == 0)
        return false;
    const uint64_t units = simds_per_unit ? simds / simds_per_unit : 0;
    *ret_node = (struct kfd_node){
        .number = (int)number,
        .address.domain = (uint32_t)property(properties, "domain", UINT32_MAX),
        .address.location = (uint32_t)property(properties, "location_id", UINT16_MAX),
        .gfx_target_version = (uint32_t)property(properties, "gfx_target_version", UINT32_MAX),
        .compute_units = units < COMPUTE_UNITS_LIMIT ? (unsigned)units : 0,
    };
    return true;
}

/* All GPU nodes; none where KFD's topology cannot be read. 0 or -ENOMEM. free() them. */
static int nodes_read(const struct root *root, struct kfd_node **ret_nodes, size_t *ret_count)
{
    char **names = NULL;
    size_t names_count = 0;
    if (root_list(root, KFD_NODES, &names, &names_count) == -ENOMEM)
        return -ENOMEM;
    struct kfd_node *nodes = calloc(names_count + 1, sizeof(*nodes));
    size_t count = 0;
    for (size_t i = 0; nodes && i < names_count; i++)
        count += node_read(root, names[i], &nodes[count]);
    root_names_free(names, names_count);
    if (!nodes)
        return -ENOMEM;
    *ret_nodes = nodes;
    *ret_count = count;
    return 0;
}

/* Whether an AMD GPU is at that address; then also all that PCI tells of it. */
static bool device_read(const struct root *root, struct pci_address address, struct gpu *ret_gpu)
{
    struct gpu gpu = {.kfd_node = -1};
    uint64_t vendor;
    uint64_t class;
    uint64_t device = 0;
    address_format(address, gpu.pci);
    if (!device_number(root, gpu.pci, "vendor", UINT16_MAX, &vendor) || vendor != VENDOR_AMD)
        return false;
    if (!device_number(root, gpu.pci, "class", 0xffffff, &class) ||
        (class >> 16 != 0x03 && class >> 8 != 0x1200))
        return false;
    device_number(root, gpu.pci, "device", UINT16_MAX, &device);
    device_number(root, gpu.pci, "mem_info_vram_total", UINT64_MAX, &gpu.vram_bytes);
    gpu.device = (uint16_t)device;
    *ret_gpu = gpu;
    return true;
}

/* Adds what KFD knows. The PCI id tells the chip first: nothing can change it. */
static void gpu_join(struct gpu *gpu, struct pci_address address, const struct kfd_node *nodes,
                     size_t count)
{
    const struct chip *chip = chip_from_pci(gpu->device);
    if (chip)
        snprintf(gpu->chip, sizeof(gpu->chip), "%s", chip->name);
    for (size_t i = 0; i < count; i++) {
        if (address_compare(nodes[i].address, address) != 0)
            continue;
        gpu->kfd_node = nodes[i].number;
        gpu->compute_units = nodes[i].compute_units;
        if (!chip)
            chip_name_from_version(nodes[i].gfx_target_version, gpu->chip);
        break;
    }
    gpu->rdna1 = chip_from_name(gpu->chip) != NULL;
}

static int compare_gpus(const void *a, const void *b)
{
    struct pci_address first = {0};
    struct pci_address second = {0};
    address_parse(((const struct gpu *)a)->pci, &first);
    address_parse(((const struct gpu *)b)->pci, &second);
    return address_compare(first, second);
}

int gpu_list_read(const struct root *root, struct gpu_list *ret_list)
{
    cleanup_free struct kfd_node *nodes = NULL;
    size_t nodes_count = 0;
    int r = nodes_read(root, &nodes, &nodes_count);
    if (r < 0)
        return r;

    char **names = NULL;
    size_t names_count = 0;
    if (root_list(root, PCI_DEVICES, &names, &names_count) == -ENOMEM)
        return -ENOMEM;

    struct gpu_list list = {0};
    for (size_t i = 0; i < names_count; i++) {
        struct pci_address address;
        struct gpu gpu;
        if (!address_parse(names[i], &address) || !device_read(root, address, &gpu))
            continue;
        gpu_join(&gpu, address, nodes, nodes_count);
        struct gpu *larger = reallocarray(list.gpus, list.count + 1, sizeof(gpu));
        if (!larger) {
            r = -ENOMEM;
            break;
        }
        list.gpus = larger;
        list.gpus[list.count++] = gpu;
    }
    root_names_free(names, names_count);
    if (r < 0) {
        gpu_list_free(&list);
        return r;
    }
    if (list.count > 0)
        qsort(list.gpus, list.count, sizeof(*list.gpus), compare_gpus);
    *ret_list = list;
    return 0;
}

void gpu_list_free(struct gpu_list *list)
{
    free(list->gpus);
    *list = (struct gpu_list){0};
}

int gpu_read(const struct root *root, const char *pci, struct gpu *ret_gpu)
{
    struct pci_address address;
    struct gpu gpu;
    if (!address_parse(pci, &address))
        return -EINVAL;
    if (!device_read(root, address, &gpu))
        return -ENODEV;
    cleanup_free struct kfd_node *nodes = NULL;
    size_t nodes_count = 0;
    const int r = nodes_read(root, &nodes, &nodes_count);
    if (r < 0)
        return r;
    gpu_join(&gpu, address, nodes, nodes_count);
    *ret_gpu = gpu;
    return 0;
}

size_t gpu_list_rdna1_count(const struct gpu_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->gpus[i].rdna1;
    return count;
}
