#include "device.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct chip_facts chips[] = {
#define CHIP(name_, board_, device_, revision_, units_, gib_, suffix_)                             \
    {.name = (name_),                                                                              \
     .board = (board_),                                                                            \
     .pci_device = (device_),                                                                      \
     .pci_revision = (revision_),                                                                  \
     .units = (units_),                                                                            \
     .memory_gib = (gib_),                                                                         \
     .suffix = (suffix_)},
#include "chips.list"
#undef CHIP
};

const struct chip_facts *chip_facts_find(const char *name)
{
    for (size_t i = 0; i < sizeof(chips) / sizeof(chips[0]); i++)
        if (!strcmp(chips[i].name, name))
            return &chips[i];
    return NULL;
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

uint32_t target_version(const char *name)
{
    size_t length = strlen(name);
    if (length < 6 || length > 7 || strncmp(name, "gfx", 3) != 0)
        return 0;
    int minor = hex_digit(name[length - 2]);
    int step = hex_digit(name[length - 1]);
    uint32_t major = 0;
    for (const char *digit = name + 3; digit < name + length - 2; digit++) {
        if (!isdigit((unsigned char)*digit))
            return 0;
        major = major * 10 + (uint32_t)(*digit - '0');
    }
    if (minor < 0 || step < 0)
        return 0;
    return major * 10000 + (uint32_t)minor * 100 + (uint32_t)step;
}

bool target_is_rdna(const char *name)
{
    return target_version(name) >= 100000;
}

/* Reads a decimal number and moves behind it; false where there is none. */
static bool number_read(const char **text, unsigned long *ret_number)
{
    char *end;
    unsigned long number = strtoul(*text, &end, 10);
    if (end == *text)
        return false;
    *text = end;
    *ret_number = number;
    return true;
}

/* One option of a device, "cu=20" or "mem=8GiB". */
static bool option_apply(const char *option, struct device *device)
{
    unsigned long value;
    if (!strncmp(option, "cu=", 3)) {
        option += 3;
        if (!number_read(&option, &value) || *option || value < 1 || value > 4096)
            return false;
        device->units = (unsigned)value;
        return true;
    }
    if (strncmp(option, "mem=", 4) != 0)
        return false;
    option += 4;
    if (!number_read(&option, &value) || value < 1 || value > 1UL << 20)
        return false;
    if (strcmp(option, "GiB") != 0 && strcmp(option, "MiB") != 0)
        return false;
    device->memory_bytes = (uint64_t)value << (*option == 'G' ? 30 : 20);
    return true;
}

/* Three numbers within ROCr's limits, "10.3.0". */
static bool version_read(const char *text, unsigned ret_fields[3])
{
    static const unsigned limits[3] = {63, 255, 255};
    for (unsigned i = 0; i < 3; i++) {
        unsigned long field;
        if (!number_read(&text, &field) || field > limits[i] || *text != (i < 2 ? '.' : '\0'))
            return false;
        ret_fields[i] = (unsigned)field;
        text++;
    }
    return true;
}

/* 0, or -EINVAL where the variable's value is not three numbers. */
static int override_apply(struct device *device, device_environment get, char *ret_error,
                          size_t error_size)
{
    char variable[64];
    snprintf(variable, sizeof(variable), "HSA_OVERRIDE_GFX_VERSION_%u", device->kfd_node);
    const char *value = get(variable);
    if (!value) {
        snprintf(variable, sizeof(variable), "HSA_OVERRIDE_GFX_VERSION");
        value = get(variable);
    }
    if (!value)
        return 0;
    unsigned fields[3];
    if (!version_read(value, fields)) {
        snprintf(ret_error, error_size, "%s=%s: not a version such as 10.3.0; ROCr finds no GPU",
                 variable, value);
        return -EINVAL;
    }
    if (fields[0] || fields[1] || fields[2])
        snprintf(device->target, sizeof(device->target), "gfx%u%x%x", fields[0], fields[1],
                 fields[2]);
    return 0;
}

/*
 * Keeps the devices that a variable such as HIP_VISIBLE_DEVICES="1,0" names, in its order. As with
 * HIP, the first word that names none ends the list.
 */
static void visible_apply(struct device_list *list, const char *value)
{
    struct device_list kept = {.count = 0};
    for (const char *word = value; word && kept.count < DEVICES_MAX;) {
        char *end;
        unsigned long index = strtoul(word, &end, 10);
        if (end == word || (*end && *end != ',') || index >= list->count)
            break;
        kept.devices[kept.count++] = list->devices[index];
        word = *end ? end + 1 : NULL;
    }
    *list = kept;
}

static void arch_write(struct device *device)
{
    const struct chip_facts *facts = chip_facts_find(device->target);
    memcpy(device->arch, device->target, sizeof(device->arch));
    if (facts)
        strncat(device->arch, facts->suffix, sizeof(device->arch) - strlen(device->arch) - 1);
}

int device_list_parse(const char *text, device_environment get, struct device_list *ret_list,
                      char *ret_error, size_t error_size)
{
    struct device_list list = {.count = 0};
    char copy[512];
    if (snprintf(copy, sizeof(copy), "%s", text ? text : "gfx1010") >= (int)sizeof(copy)) {
        snprintf(ret_error, error_size, "SIM_DEVICES: longer than %zu characters", sizeof(copy));
        return -EINVAL;
    }
    char *save_device = NULL;
    for (char *word = strtok_r(copy, ",", &save_device); word;
         word = strtok_r(NULL, ",", &save_device)) {
        char *save_option = NULL;
        const char *name = strtok_r(word, ":", &save_option);
        const struct chip_facts *chip = name ? chip_facts_find(name) : NULL;
        if (!chip || list.count == DEVICES_MAX) {
            snprintf(ret_error, error_size,
                     chip ? "SIM_DEVICES: too many devices at \"%s\""
                          : "SIM_DEVICES: unknown chip \"%s\" (sim/chips.list has the known ones)",
                     name ? name : "");
            return -EINVAL;
        }
        struct device *device = &list.devices[list.count];
        *device = (struct device){.chip = chip,
                                  .units = chip->units,
                                  .memory_bytes = (uint64_t)chip->memory_gib << 30,
                                  .pci_bus = 3 + list.count,
                                  .kfd_node = 1 + list.count};
        snprintf(device->target, sizeof(device->target), "%s", chip->name);
        for (const char *option = strtok_r(NULL, ":", &save_option); option;
             option = strtok_r(NULL, ":", &save_option))
            if (!option_apply(option, device)) {
                snprintf(ret_error, error_size,
                         "SIM_DEVICES: \"%s\": expected cu=<units> or mem=<n>GiB or mem=<n>MiB",
                         option);
                return -EINVAL;
            }
        if (override_apply(device, get, ret_error, error_size))
            return -EINVAL;
        arch_write(device);
        list.count++;
    }
    for (const char *const *name =
             (const char *const[]){"ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", NULL};
         *name; name++)
        if (get(*name))
            visible_apply(&list, get(*name));
    *ret_list = list;
    return 0;
}

static struct device_list own_devices;

static const char *own_environment(const char *name)
{
    return getenv(name);
}

static void own_devices_read(void)
{
    char error[256];
    if (device_list_parse(getenv("SIM_DEVICES"), own_environment, &own_devices, error,
                          sizeof(error)))
        fprintf(stderr, "simulated card: %s\n", error);
}

const struct device_list *devices(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, own_devices_read);
    return &own_devices;
}
