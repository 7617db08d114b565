#include "cli/preload.h"

#include "base/cleanup.h"
#include "base/miopen_file.h"
#include "base/shim_files.h"
#include "base/version.h"
#include "cli/file.h"
#include "cli/output.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

/* ld.so(8): entries end at one of the separators, and there is no way to quote any. */
static const struct library {
    const char *what;
    const char *variable;
    const char *separators;
    const char *separators_text;
    const char *setting;
    const char *option;     /* of `run`, to do without the library */
    const char *build_path; /* from the directory of this program in a build tree */
    const char *installed;
    const char *name;   /* its own */
    const char *behind; /* what a library of that name opens, from the same directory; or NULL */
} libraries[] = {
    [PRELOAD_SHIM] = {"shim", "LD_PRELOAD", " :", "a space or a colon", "ROCM_RDNA1_SHIM",
                      "--no-shim", "../shim/" GATE_FILE, settings_installed_shim, GATE_FILE,
                      SHIM_FILE},
    [PRELOAD_AUDIT] = {"audit library", "LD_AUDIT", ":", "a colon", "ROCM_RDNA1_AUDIT",
                       "--no-audit", "../audit/" AUDIT_FILE, settings_installed_audit, AUDIT_FILE,
                       NULL},
};

/* The library of the build tree that this program is in, or NULL. free() it. */
static char *build_tree_library(const struct library *library)
{
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    char *name = strrchr(program, '/');
    if (!name)
        return NULL;
    *name = '\0';
    cleanup_free char *beside = NULL;
    if (asprintf(&beside, "%s/%s", program, library->build_path) < 0) {
        beside = NULL;
        return NULL;
    }
    return realpath(beside, NULL);
}

/* An absolute path of the same file, since the program may start others elsewhere. */
static char *absolute(const char *path)
{
    return *path == '/' ? strdup(path) : realpath(path, NULL);
}

/* 0, also where nothing need be there; else -errno, and what is missing in *ret_path. */
static int behind_check(const struct library *library, const char *path, char **ret_path)
{
    const char *name = file_base_name(path);

    if (!library->behind || strcmp(name, library->name) != 0)
        return 0;
    cleanup_free char *behind = NULL;
    if (asprintf(&behind, "%.*s%s", (int)(name - path), path, library->behind) < 0) {
        behind = NULL;
        return -ENOMEM;
    }
    const int r = file_check(behind, R_OK);
    if (r < 0)
        *ret_path = take_ptr(behind);
    return r;
}

int preload_find(enum preload preload, const struct settings *settings, char **ret_path)
{
    const struct library *library = &libraries[preload];
    const char *set = preload == PRELOAD_SHIM ? settings->shim : settings->audit;
    const char *shown = set ? set : library->installed;
    cleanup_free char *path = set ? absolute(set) : build_tree_library(library);
    if (!path && !set)
        path = strdup(library->installed);
    cleanup_free char *missing = NULL;
    int r = file_check(path ? path : shown, R_OK);
    if (r == 0 && path)
        r = behind_check(library, path, &missing);
    if (r < 0 || !path) {
        complain("%s: the %s cannot be used: %s; set %s, or run with %s", missing ? missing : shown,
                 library->what, strerror(r < 0 ? -r : ENOMEM), library->setting, library->option);
        return r < 0 ? r : -ENOMEM;
    }
    if (library->behind && strcmp(file_base_name(path), library->behind) == 0) {
        complain("%s: no program can start with that half of the %s; set %s to the %s beside it",
                 path, library->what, library->setting, library->name);
        return -EINVAL;
    }
    if (strpbrk(path, library->separators)) {
        complain("%s: %s cannot hold a path with %s in it; move the %s, or run with %s", path,
                 library->variable, library->separators_text, library->what, library->option);
        return -EINVAL;
    }
    *ret_path = take_ptr(path);
    return 0;
}

char *preload_with(enum preload preload, const char *before, const char *library)
{
    if (!before || *before == '\0')
        return strdup(library);
    cleanup_free char *entries = strdup(before);
    if (!entries)
        return NULL;
    char *rest = entries;
    for (const char *entry; (entry = strsep(&rest, libraries[preload].separators));)
        if (strcmp(file_base_name(entry), file_base_name(library)) == 0)
            return strdup(before);
    char *with = NULL;
    return asprintf(&with, "%s:%s", library, before) < 0 ? NULL : with;
}

#define RESERVE "glibc.rtld.optional_static_tls="

char *preload_tunables(const char *before)
{
    char *with = NULL;
    if (!before || *before == '\0')
        return strdup(RESERVE "4096");
    if (strstr(before, RESERVE))
        return strdup(before);
    return asprintf(&with, "%s:" RESERVE "4096", before) < 0 ? NULL : with;
}

static int set_variable(const char *variable, const char *value)
{
    if (value && setenv(variable, value, 1) == 0)
        return 0;
    complain("setting %s: %s", variable, strerror(ENOMEM));
    return -ENOMEM;
}

int preload_set(enum preload preload, const struct settings *settings)
{
    const char *variable = libraries[preload].variable;
    cleanup_free char *path = NULL;
    int r = preload_find(preload, settings, &path);
    if (r < 0)
        return r;
    cleanup_free char *value = preload_with(preload, getenv(variable), path);
    r = set_variable(variable, value);
    if (r < 0 || preload != PRELOAD_AUDIT)
        return r;
    cleanup_free char *tunables = preload_tunables(getenv("GLIBC_TUNABLES"));
    return set_variable("GLIBC_TUNABLES", tunables);
}

bool preload_audit_works(const char *glibc)
{
    struct version have, needed;
    return glibc && version_parse(glibc, &have) == 0 && version_parse(AUDIT_GLIBC, &needed) == 0 &&
           version_compare(have, needed) >= 0;
}

const char *preload_glibc(void)
{
#ifdef __GLIBC__
    return gnu_get_libc_version();
#else
    return NULL;
#endif
}
