#include "cli/program.h"

#include "base/cleanup.h"
#include "cli/file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* The directories of PATH, or of the system's default where it is not set. free() it. */
static char *search_path(void)
{
    const char *path = getenv("PATH");
    if (path)
        return strdup(path);
    const size_t size = confstr(_CS_PATH, NULL, 0);
    char *standard = malloc(size + 1);
    if (standard && confstr(_CS_PATH, standard, size) == 0)
        *standard = '\0';
    return standard;
}

int program_find(const char *name, char **ret_path)
{
    if (*name == '\0')
        return -ENOENT;
    if (strchr(name, '/')) {
        const int r = file_check(name, X_OK);
        if (r < 0)
            return r;
        char *path = strdup(name);
        if (!path)
            return -ENOMEM;
        *ret_path = path;
        return 0;
    }

    cleanup_free char *directories = search_path();
    if (!directories)
        return -ENOMEM;
    int result = -ENOENT;
    char *rest = directories;
    for (char *directory; (directory = strsep(&rest, ":"));) {
        /* An empty entry is the working directory. */
        cleanup_free char *path = NULL;
        if (asprintf(&path, "%s%s%s", directory, *directory ? "/" : "./", name) < 0) {
            path = NULL;
            return -ENOMEM;
        }
        const int r = file_check(path, X_OK);
        if (r == 0) {
            *ret_path = take_ptr(path);
            return 0;
        }
        /* A directory that this user may not search says nothing of what is in it. */
        if (r == -EACCES && access(path, F_OK) == 0)
            result = r;
    }
    return result;
}

const char *program_privilege(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return NULL;
    if (info.st_mode & S_ISUID)
        return "set-user-ID program";
    if (info.st_mode & S_ISGID)
        return "set-group-ID program";
    if (getxattr(path, "security.capability", NULL, 0) > 0)
        return "program with file capabilities";
    return NULL;
}

int program_exec(const char *path, char **argv)
{
    execv(path, argv);
    if (errno != ENOEXEC)
        return -errno;
    size_t count = 0;
    while (argv[count])
        count++;
    cleanup_free char **shell = calloc(count + 2, sizeof(char *));
    if (!shell)
        return -ENOMEM;
    char sh[] = "/bin/sh";
    cleanup_free char *script = strdup(path);
    if (!script)
        return -ENOMEM;
    shell[0] = sh;
    shell[1] = script;
    memcpy(shell + 2, argv + 1, count * sizeof(char *));
    execv(sh, shell);
    return -errno;
}
