#include "cli/machine_open.h"

#include "cli/output.h"

#include <string.h>

int machine_open(const char *sysroot, const struct settings *settings, struct machine *ret_machine)
{
    const int r = machine_read(sysroot, settings, ret_machine);
    if (r < 0)
        complain("%s: cannot be used as the root of a machine: %s",
                 sysroot ? sysroot : settings->sysroot, strerror(-r));
    return r;
}
