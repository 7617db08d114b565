#include "shim/trace_file.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How often, a millisecond apart, the file is found locked by another before that is left. */
#define LOCK_TRIES 100

static char file_path[PATH_MAX]; /* absolute: a program may change its directory */

static int file_open(int flags, struct stat *ret_info)
{
    struct stat info;
    /* O_NONBLOCK: a FIFO that takes the file's place must not hold the program. */
    const int fd = open(file_path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags, 0666);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return -EINVAL;
    }
    *ret_info = info;
    return fd;
}

/* /dev/stdout where that is a file: what the program says there is its own. */
static bool is_output(const struct stat *file)
{
    for (int fd = 1; fd <= 2; fd++) {
        struct stat info;
        if (fstat(fd, &info) == 0 && info.st_dev == file->st_dev && info.st_ino == file->st_ino)
            return true;
    }
    return false;
}

int trace_file_begin(const char *path)
{
    struct stat info;
    size_t used = 0;

    if (path[0] != '/') {
        if (!getcwd(file_path, sizeof(file_path)))
            return -errno;
        used = strlen(file_path);
    }
    const int length =
        snprintf(file_path + used, sizeof(file_path) - used, "%s%s", used ? "/" : "", path);
    if (length < 0 || (size_t)length >= sizeof(file_path) - used)
        return -ENAMETOOLONG;
    /* Looked at before it is opened: that a FIFO is opened and closed, its reader would notice. */
    if (stat(file_path, &info) == 0 && !S_ISREG(info.st_mode))
        return -EINVAL;
    const int fd = file_open(O_CREAT, &info);
    if (fd < 0)
        return fd;
    close(fd);
    return is_output(&info) ? -EINVAL : 0;
}

/*
 * Locks of the process, not of the descriptor: a child that is forked meanwhile does not hold them.
 * They end when the file is closed.
 */
static int file_lock(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    for (int i = 0; fcntl(fd, F_SETLK, &lock) != 0; i++) {
        if ((errno != EAGAIN && errno != EACCES) || i == LOCK_TRIES)
            return -errno;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return 0;
}

/* Beyond this limit a write would not fail but end the program, by SIGXFSZ. */
static bool within_limit(off_t end)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
           (limit.rlim_cur == RLIM_INFINITY || (rlim_t)end <= limit.rlim_cur);
}

/* All of it, or an error: lines are short, and what is not written at once is never. */
static int write_at(int fd, const struct iovec *parts, int count, off_t at)
{
    size_t length = 0;
    ssize_t written;

    for (int i = 0; i < count; i++)
        length += parts[i].iov_len;
    if (!within_limit(at + (off_t)length))
        return -EFBIG;
    do
        written = pwritev(fd, parts, count, at);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        return -errno;
    return (size_t)written == length ? 0 : -ENOSPC;
}

static struct iovec part_of(const char *bytes, size_t length)
{
    /* The interface takes no const, and writes nothing. */
    return (struct iovec){(void *)(uintptr_t)bytes, length};
}

int trace_file_append(const struct iovec *parts, unsigned count, const char *tail,
                      size_t tail_length, struct trace_place *ret_place)
{
    struct iovec line[TRACE_PARTS_MAX + 2];
    struct stat info;
    char last = '\n';
    int used = 0;

    if (tail_length > TRACE_TAIL_MAX || count > TRACE_PARTS_MAX)
        return -EINVAL;
    cleanup_fd const int fd = file_open(O_CREAT, &info);
    if (fd < 0)
        return fd;
    int r = file_lock(fd);
    if (r < 0)
        return r;
    if (fstat(fd, &info) != 0)
        return -errno;

    /* Whoever was killed in the middle of a line has that line for himself. */
    if (info.st_size > 0 && pread(fd, &last, 1, info.st_size - 1) != 1)
        return -EIO;
    if (last != '\n')
        line[used++] = part_of("\n", 1);
    off_t at_tail = info.st_size + used;
    for (unsigned i = 0; i < count; i++) {
        line[used++] = parts[i];
        at_tail += (off_t)parts[i].iov_len;
    }
    line[used++] = part_of(tail, tail_length);
    r = write_at(fd, line, used, info.st_size);
    if (r < 0) {
        (void)!ftruncate(fd, info.st_size);
        return r;
    }

    ret_place->written = true;
    ret_place->device = info.st_dev;
    ret_place->inode = info.st_ino;
    ret_place->tail = at_tail;
    ret_place->tail_length = tail_length;
    memcpy(ret_place->tail_bytes, tail, tail_length);
    return 0;
}

int trace_file_update(struct trace_place *place, const char *tail, size_t tail_length)
{
    struct stat info = {.st_ino = 0};
    char found[TRACE_TAIL_MAX];

    if (!place->written || tail_length != place->tail_length)
        return -ESTALE;
    cleanup_fd const int fd = file_open(0, &info);
    if (fd == -ENOENT)
        return -ESTALE;
    if (fd < 0)
        return fd;
    if (info.st_dev != place->device || info.st_ino != place->inode ||
        pread(fd, found, tail_length, place->tail) != (ssize_t)tail_length ||
        memcmp(found, place->tail_bytes, tail_length) != 0)
        return -ESTALE;
    const struct iovec part = part_of(tail, tail_length);
    const int r = write_at(fd, &part, 1, place->tail);
    if (r == 0)
        memcpy(place->tail_bytes, tail, tail_length);
    return r;
}
