#include "base/settings.h"

#include "base/shim_files.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char settings_installed_shim[] = PRIVATE_LIBDIR "/" GATE_FILE;
const char settings_installed_audit[] = PRIVATE_LIBDIR "/" AUDIT_FILE;

static const char installed_rules[] = RULES_DIR ":" RULES_ETC;

/* A variable's value; an empty one counts as not set. */
static const char *read_variable(const char *name)
{
    const char *value = secure_getenv(name);
    return value && *value ? value : NULL;
}

static void note_problem(struct settings *settings, const char *name, const char *value,
                         const char *expected)
{
    if (settings->problem[0] == '\0')
        snprintf(settings->problem, sizeof(settings->problem), "%s=%.40s: expected %s", name, value,
                 expected);
}

void settings_read(struct settings *ret_settings)
{
    struct settings settings = {.sysroot = "/", .max_workspace_bytes = UINT64_MAX};
    const char *value = read_variable("ROCM_RDNA1");
    if (value) {
        settings.off = strcmp(value, "off") == 0;
        if (!settings.off && strcmp(value, "on") != 0)
            note_problem(&settings, "ROCM_RDNA1", value, "off or on");
    }
    value = read_variable("ROCM_RDNA1_SYSROOT");
    if (value)
        settings.sysroot = value;
    settings.rules = read_variable("ROCM_RDNA1_RULES");
    settings.shim = read_variable("ROCM_RDNA1_SHIM");
    settings.audit = read_variable("ROCM_RDNA1_AUDIT");
    settings.trace = read_variable("ROCM_RDNA1_TRACE");
    value = read_variable("ROCM_RDNA1_MAX_WORKSPACE");
    if (value && text_parse_bytes(value, &settings.max_workspace_bytes) < 0)
        note_problem(&settings, "ROCM_RDNA1_MAX_WORKSPACE", value, "bytes, such as 512M or 2G");
    *ret_settings = settings;
}

int settings_rule_dirs(const struct settings *settings, const char ***ret_dirs)
{
    const char *list = settings->rules ? settings->rules : installed_rules;
    size_t count = 1;
    for (const char *at = list; *at; at++)
        count += *at == ':';

    /* The pointers and the text they point at, in one block. */
    const size_t pointers = (count + 1) * sizeof(char *);
    const char **dirs = malloc(pointers + strlen(list) + 1);
    if (!dirs)
        return -ENOMEM;
    char *text = (char *)dirs + pointers;
    memcpy(text, list, strlen(list) + 1);
    size_t used = 0;
    for (char *dir; (dir = strsep(&text, ":"));)
        if (*dir)
            dirs[used++] = dir;
    dirs[used] = NULL;
    *ret_dirs = dirs;
    return 0;
}

char *settings_cache_dir(void)
{
    char *path = NULL;
    const char *cache = read_variable("XDG_CACHE_HOME");
    const char *home = read_variable("HOME");
    /* As the base directory specification has it, one that is not absolute counts as not set. */
    if (cache && *cache == '/')
        return asprintf(&path, "%s/rocm-rdna1", cache) < 0 ? NULL : path;
    if (!home || *home != '/')
        return NULL;
    return asprintf(&path, "%s/.cache/rocm-rdna1", home) < 0 ? NULL : path;
}
