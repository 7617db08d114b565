#include "shim/machine.h"

#include "base/settings.h"
#include "policy/environment.h"
#include "shim/miopen_api.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static struct machine machine;
static bool active;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Rule directories that were named outright are not below the root that stands in for /sys. */
static int rules_read(const struct settings *settings, struct rule_set *ret_rules)
{
    struct root root = ROOT_CLOSED;
    const char **dirs = NULL;

    int r = root_open(settings->rules ? "/" : settings->sysroot, &root);
    if (r < 0)
        return r;
    r = settings_rule_dirs(settings, &dirs);
    if (r == 0)
        r = rule_set_read(&root, dirs, ret_rules);
    free(dirs);
    root_close(&root);
    return r;
}

static void environment_set(void)
{
    struct environment environment;

    environment_for(&machine.rules, &machine.gpus, PROFILE_GEMM, process_environment, NULL,
                    &environment);
    if (!environment.applies)
        return;
    for (size_t i = 0; i < environment.count; i++)
        setenv(environment.variables[i].name, environment.variables[i].value, 0);
}

static void machine_read(void)
{
    const int saved_errno = errno;
    struct settings settings;
    struct root root = ROOT_CLOSED;

    settings_read(&settings);
    if (!settings.off && root_open(settings.sysroot, &root) == 0) {
        if (gpu_list_read(&root, &machine.gpus) == 0) {
            for (size_t i = 0; i < machine.gpus.count; i++)
                active = active || machine.gpus.gpus[i].rdna1;
        }
        root_close(&root);
    }
    if (active && rules_read(&settings, &machine.rules) < 0)
        active = false;
    if (active) {
        machine.max_workspace_bytes = settings.max_workspace_bytes;
        environment_set();
    }
    errno = saved_errno;
}

const struct machine *machine_get(void)
{
    pthread_once(&once, machine_read);
    return active ? &machine : NULL;
}

/*
 * Only where the program is linked with MIOpen is anything done before its first call: every other
 * process gets this library for the price of an empty one. A weak reference, which the dynamic
 * linker leaves at NULL where nobody defines it, is the cheapest way to know.
 */
extern miopenStatus_t miopenGetVersion(size_t *, size_t *, size_t *) __attribute__((weak));

__attribute__((constructor)) static void machine_early(void)
{
    if (miopenGetVersion)
        (void)machine_get();
}
