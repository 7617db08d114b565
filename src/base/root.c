#include "base/root.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

int root_open(const char *path, struct root *ret_root)
{
    const int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    *ret_root = (struct root){.dirfd = fd, .contained = strcmp(path, "/") != 0};
    return 0;
}

void root_close(struct root *root)
{
    if (root->dirfd >= 0)
        close(root->dirfd);
    root->dirfd = -1;
}

/* Where an open file really is, links resolved. 0 or -errno. */
static int fd_path(int fd, char ret_path[PATH_MAX])
{
    char link[32];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, ret_path, PATH_MAX - 1);
    if (length < 0)
        return -errno;
    ret_path[length] = '\0';
    return 0;
}

/* Containment without openat2(): opens first and asks afterwards where that led to. */
static int open_checked(const struct root *root, const char *path, int flags)
{
    cleanup_fd int fd = openat(root->dirfd, path, flags);
    if (fd < 0)
        return -errno;
    char base[PATH_MAX];
    char file[PATH_MAX];
    int r = fd_path(root->dirfd, base);
    if (r == 0)
        r = fd_path(fd, file);
    if (r < 0)
        return r;
    const size_t length = strlen(base);
    if (strncmp(base, file, length) != 0 || (file[length] != '/' && file[length] != '\0'))
        return -EXDEV;
    const int opened = fd;
    fd = -1;
    return opened;
}

/* Opens a path below the root for reading. A descriptor or -errno. */
static int open_below(const struct root *root, const char *path, int flags)
{
    /* Without O_NONBLOCK a FIFO that somebody put there would hang us. */
    flags |= O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    path += strspn(path, "/");
    if (*path == '\0')
        path = ".";

    if (!root->contained) {
        const int fd = openat(root->dirfd, path, flags);
        return fd < 0 ? -errno : fd;
    }
    struct open_how how = {.flags = (unsigned)flags, .resolve = RESOLVE_IN_ROOT};
    const long fd = syscall(SYS_openat2, root->dirfd, path, &how, sizeof(how));
    if (fd >= 0)
        return (int)fd;
    /* Old kernels answer ENOSYS; seccomp filters that do not know the call answer EPERM. */
    if (errno == ENOSYS || errno == EPERM)
        return open_checked(root, path, flags);
    return -errno;
}

int root_read_text(const struct root *root, const char *path, char *buffer, size_t size)
{
    cleanup_fd const int fd = open_below(root, path, 0);
    if (fd < 0)
        return fd;
    size_t length = 0;
    while (length < size) {
        const ssize_t got = read(fd, buffer + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    if (length == size)
        return -EFBIG;
    if (memchr(buffer, '\0', length))
        return -EILSEQ;
    if (length > 0 && buffer[length - 1] == '\n')
        length--;
    buffer[length] = '\0';
    return 0;
}

int root_read_u64(const struct root *root, const char *path, uint64_t *ret_value)
{
    char text[64];
    const int r = root_read_text(root, path, text, sizeof(text));
    if (r == -EFBIG || r == -EILSEQ)
        return -EINVAL;
    if (r < 0)
        return r;
    return text_parse_u64(text, ret_value);
}

static int compare_names(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* Appends a copy of `name` to an array that has room for a power of two of names. */
static int names_add(char ***names, size_t *count, const char *name)
{
    if ((*count & (*count - 1)) == 0) {
        char **larger = realloc(*names, (*count ? *count * 2 : 1) * sizeof(char *));
        if (!larger)
            return -ENOMEM;
        *names = larger;
    }
    (*names)[*count] = strdup(name);
    if (!(*names)[*count])
        return -ENOMEM;
    (*count)++;
    return 0;
}

int root_list(const struct root *root, const char *path, char ***ret_names, size_t *ret_count)
{
    const int fd = open_below(root, path, O_DIRECTORY);
    if (fd < 0)
        return fd;
    cleanup_dir DIR *dir = fdopendir(fd);
    if (!dir) {
        const int r = -errno;
        close(fd);
        return r;
    }

    char **names = NULL;
    size_t count = 0;
    int r = 0;
    while (r == 0) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry) {
            r = -errno;
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            r = names_add(&names, &count, entry->d_name);
    }
    if (r < 0) {
        root_names_free(names, count);
        return r;
    }
    if (count > 0)
        qsort(names, count, sizeof(char *), compare_names);
    *ret_names = names;
    *ret_count = count;
    return 0;
}

void root_names_free(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}
