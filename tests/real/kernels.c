#include "kernels.h"

#include <stdio.h>
#include <string.h>

struct family {
    enum kernel_role role;
    const char *prefix, *name;
};

/* By how they begin: implicit GEMM's kernels have "gemm" in their names as well. */
static const struct family families[] = {
#define KERNEL(role, prefix, name, what) {KERNEL_##role, (prefix), (name)},
#include "kernels.list"
#undef KERNEL
};

static const struct family *family_of(const char *kernel)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
        if (strncmp(kernel, families[i].prefix, strlen(families[i].prefix)) == 0)
            return &families[i];
    return NULL;
}

enum kernel_role kernel_role(const char *kernel)
{
    const struct family *family = family_of(kernel);

    return family ? family->role : KERNEL_FORBIDDEN;
}

void kernel_short_name(const char *kernel, char *ret_name, size_t size)
{
    const struct family *family = family_of(kernel);

    snprintf(ret_name, size, "%s", family ? family->name : kernel);
}
