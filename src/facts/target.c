#include "facts/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OVERRIDE "HSA_OVERRIDE_GFX_VERSION"

const char *process_environment(const char *name, void *context)
{
    (void)context;
    return getenv(name);
}

/*
 * Takes and refuses what ROCr's sscanf("%u.%u.%u%c") does: white space and signs before a number
 * are taken, and each number is cut to 32 bits before it is compared with its limit.
 */
static bool override_parse(const char *text, unsigned ret_fields[3])
{
    static const unsigned limits[3] = {63, 255, 255};
    for (unsigned i = 0; i < 3; i++) {
        char *end;
        const unsigned field = (unsigned)strtoul(text, &end, 10);
        if (end == text || *end != (i < 2 ? '.' : '\0') || field > limits[i])
            return false;
        ret_fields[i] = field;
        text = end + 1;
    }
    return true;
}

void target_read(const struct gpu *gpu, environment_get get, void *context,
                 struct target *ret_target)
{
    struct target target = {.name = ""};
    memcpy(target.name, gpu->chip, sizeof(target.name));

    const char *value = NULL;
    if (gpu->kfd_node >= 0) {
        snprintf(target.variable, sizeof(target.variable), OVERRIDE "_%d", gpu->kfd_node);
        value = get(target.variable, context);
    }
    if (!value) {
        memcpy(target.variable, OVERRIDE, sizeof(OVERRIDE));
        value = get(OVERRIDE, context);
    }
    unsigned fields[3];
    if (!value)
        target.variable[0] = '\0';
    else if (!override_parse(value, fields))
        target.invalid = true;
    else if (fields[0] == 0 && fields[1] == 0 && fields[2] == 0)
        target.variable[0] = '\0';
    else
        snprintf(target.name, sizeof(target.name), "gfx%u%x%x", fields[0], fields[1], fields[2]);
    *ret_target = target;
}
