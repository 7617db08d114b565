#include "cli/machine.h"

#include "base/cleanup.h"
#include "cli/output.h"

#include <errno.h>
#include <string.h>

int machine_read(const char *sysroot, const struct settings *settings, struct machine *ret_machine)
{
    struct machine machine = {.root = ROOT_CLOSED};
    if (!sysroot)
        sysroot = settings->sysroot;
    int r = root_open(sysroot, &machine.root);
    if (r < 0) {
        complain("%s: cannot be used as the root of a machine: %s", sysroot, strerror(-r));
        return r;
    }
    cleanup_free const char **dirs = NULL;
    r = gpu_list_read(&machine.root, &machine.gpus);
    if (r == 0)
        r = settings_rule_dirs(settings, &dirs);
    if (r == 0)
        r = rule_set_read(&machine.root, dirs, &machine.rules);
    if (r < 0) {
        complain("reading the machine below %s: %s", sysroot, strerror(-r));
        machine_free(&machine);
        return r;
    }
    *ret_machine = machine;
    return 0;
}

void machine_free(struct machine *machine)
{
    rule_set_free(&machine->rules);
    gpu_list_free(&machine->gpus);
    root_close(&machine->root);
}

bool machine_has_rdna1(const struct machine *machine)
{
    for (size_t i = 0; i < machine->gpus.count; i++)
        if (machine->gpus.gpus[i].rdna1)
            return true;
    return false;
}
