#include "carrier/machine.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdlib.h>

static int rules_read(const struct machine *machine, struct rule_set *ret_rules)
{
    struct root root = ROOT_CLOSED;
    cleanup_free const char **dirs = NULL;
    int r = settings_rule_dirs(&machine->settings, &dirs);
    if (r < 0)
        return r;
    if (!machine->settings.rules)
        return rule_set_read(&machine->root, dirs, ret_rules);
    r = root_open("/", &root);
    if (r < 0)
        return r;
    r = rule_set_read(&root, dirs, ret_rules);
    root_close(&root);
    return r;
}

int machine_read(const char *sysroot, const struct settings *settings, struct machine *ret_machine)
{
    struct machine machine = {.settings = *settings, .root = ROOT_CLOSED};
    int r = root_open(sysroot ? sysroot : settings->sysroot, &machine.root);
    if (r < 0)
        return r;
    r = gpu_list_read(&machine.root, &machine.gpus);
    if (r == 0)
        r = rules_read(&machine, &machine.rules);
    if (r < 0) {
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

int machine_set_environment(const struct machine *machine, enum profile profile)
{
    struct environment environment;
    environment_for(&machine->rules, &machine->gpus, profile, process_environment, NULL,
                    &environment);
    for (size_t i = 0; environment.applies && i < environment.count; i++) {
        const struct variable *variable = &environment.variables[i];
        if (!variable->kept && setenv(variable->name, variable->value, 0) != 0)
            return -errno;
    }
    return 0;
}
