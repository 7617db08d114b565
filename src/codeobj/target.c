#include "codeobj/target.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
    uint8_t machine;
    const char *name;
} targets[] = {
#define TARGET(machine_, name_) {.machine = (machine_), .name = (name_)},
#include "codeobj/targets.list"
#undef TARGET
};

#define TARGETS (sizeof(targets) / sizeof(targets[0]))

const char *target_from_flags(uint32_t flags)
{
    for (size_t i = 0; i < TARGETS; i++)
        if (targets[i].machine == (flags & 0xff))
            return targets[i].name;
    return NULL;
}

const char *target_from_name(const char *name)
{
    for (size_t i = 0; i < TARGETS; i++)
        if (strcmp(targets[i].name, name) == 0)
            return targets[i].name;
    return NULL;
}

enum fit target_fit(const struct chip *chip, const char *target)
{
    if (strcmp(target, chip->name) == 0)
        return FIT_NATIVE;
    if (strcmp(target, "gfx10-1-generic") == 0)
        return FIT_GENERIC;
    if (strcmp(target, "gfx1010") == 0)
        return FIT_SUBSET;
    if (strncmp(target, "gfx101", 6) == 0)
        return FIT_NEAR;
    if (strncmp(target, "gfx103", 6) == 0 || strcmp(target, "gfx10-3-generic") == 0)
        return FIT_LATER;
    return FIT_NONE;
}

bool target_better(const struct chip *chip, const char *target, const char *than)
{
    const enum fit fit = target_fit(chip, target);
    const enum fit other = target_fit(chip, than);
    if (fit != other)
        return fit < other;
    const bool usual = strcmp(target, "gfx1030") == 0;
    if (usual != (strcmp(than, "gfx1030") == 0))
        return usual;
    return strcmp(target, than) < 0;
}

/* A hexadecimal digit in lower case; -1 for any other character. */
static int digit_of(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = character ? strchr(digits, character) : NULL;
    return found ? (int)(found - digits) : -1;
}

void target_override(const char *target, char ret_value[OVERRIDE_SIZE])
{
    static const char generation[] = "gfx10";
    static const char generic[] = "-generic";
    ret_value[0] = '\0';
    if (strncmp(target, generation, strlen(generation)) != 0)
        return;
    target += strlen(generation);
    /* "30" for one chip, "-3-generic" for all of its kind. */
    const bool is_generic = *target == '-';
    target += is_generic;
    const int minor = digit_of(*target);
    const int step = is_generic ? 0 : minor < 0 ? -1 : digit_of(target[1]);
    if (minor < 0 || step < 0 ||
        strcmp(target + (is_generic ? 1 : 2), is_generic ? generic : "") != 0)
        return;
    snprintf(ret_value, OVERRIDE_SIZE, "10.%d.%d", minor, step);
}
