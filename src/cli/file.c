#include "cli/file.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

int file_check(const char *path, int mode)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return -errno;
    if (S_ISDIR(info.st_mode))
        return -EISDIR;
    if (!S_ISREG(info.st_mode))
        return -EACCES;
    return access(path, mode) == 0 ? 0 : -errno;
}
