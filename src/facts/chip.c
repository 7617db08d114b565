#include "facts/chip.h"

#include <stdio.h>
#include <string.h>

const struct chip chips[] = {
#define CHIP(name_, code_name_, version_, ...)                                                     \
    {                                                                                              \
        .name = (name_),                                                                           \
        .code_name = (code_name_),                                                                 \
        .gfx_target_version = (version_),                                                          \
        .devices = (const uint16_t[]){__VA_ARGS__, 0},                                             \
    },
#include "facts/chips.list"
#undef CHIP
};

const size_t chips_count = sizeof(chips) / sizeof(chips[0]);

const struct chip *chip_from_pci(uint16_t device)
{
    for (size_t i = 0; i < chips_count; i++)
        for (const uint16_t *id = chips[i].devices; *id; id++)
            if (*id == device)
                return &chips[i];
    return NULL;
}

const struct chip *chip_from_name(const char *name)
{
    for (size_t i = 0; i < chips_count; i++)
        if (strcmp(chips[i].name, name) == 0)
            return &chips[i];
    return NULL;
}

void chip_name_from_version(uint32_t gfx_target_version, char ret_name[CHIP_NAME_SIZE])
{
    const unsigned major = gfx_target_version / 10000;
    const unsigned minor = gfx_target_version / 100 % 100;
    const unsigned step = gfx_target_version % 100;
    /* Minor and step are one hexadecimal digit each in LLVM's names. */
    if (major == 0 || minor > 15 || step > 15) {
        ret_name[0] = '\0';
        return;
    }
    snprintf(ret_name, CHIP_NAME_SIZE, "gfx%u%x%x", major, minor, step);
}
