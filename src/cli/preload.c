#include "cli/preload.h"

#include "base/cleanup.h"
#include "cli/file.h"
#include "cli/output.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* ld.so(8): entries end at a space or a colon, and there is no way to quote either. */
#define SEPARATORS " :"

/* The shim of the build tree that this program is in, or NULL. free() it. */
static char *build_tree_shim(void)
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
    if (asprintf(&beside, "%s/../shim/libmiopen_rdna1.so", program) < 0) {
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

int preload_find_shim(const struct settings *settings, char **ret_path)
{
    const char *shown = settings->shim ? settings->shim : settings_installed_shim;
    cleanup_free char *path = settings->shim ? absolute(settings->shim) : build_tree_shim();
    if (!path && !settings->shim)
        path = strdup(settings_installed_shim);
    const int r = file_check(path ? path : shown, R_OK);
    if (r < 0 || !path) {
        complain("%s: the shim cannot be used: %s; set ROCM_RDNA1_SHIM, or run with --no-shim",
                 shown, strerror(r < 0 ? -r : ENOMEM));
        return r < 0 ? r : -ENOMEM;
    }
    if (strpbrk(path, SEPARATORS)) {
        complain("%s: LD_PRELOAD cannot hold a path with a space or a colon in it; "
                 "move the shim, or run with --no-shim",
                 path);
        return -EINVAL;
    }
    *ret_path = take_ptr(path);
    return 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *preload_with_shim(const char *before, const char *shim)
{
    if (!before || *before == '\0')
        return strdup(shim);
    cleanup_free char *entries = strdup(before);
    if (!entries)
        return NULL;
    char *rest = entries;
    for (const char *entry; (entry = strsep(&rest, SEPARATORS));)
        if (strcmp(base_name(entry), base_name(shim)) == 0)
            return strdup(before);
    char *with = NULL;
    return asprintf(&with, "%s:%s", shim, before) < 0 ? NULL : with;
}
