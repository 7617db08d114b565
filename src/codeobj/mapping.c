#include "codeobj/mapping.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const uint8_t nothing[1];

int mapping_open(const char *path, struct mapping *ret_mapping)
{
    struct stat status;
    cleanup_fd const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    if (!S_ISREG(status.st_mode))
        return -EACCES;
    if (status.st_size == 0) {
        *ret_mapping = (struct mapping){{nothing, 0}};
        return 0;
    }
    const size_t size = (size_t)status.st_size;
    const void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return -errno;
    *ret_mapping = (struct mapping){{bytes, size}};
    return 0;
}

void mapping_close(struct mapping *mapping)
{
    if (mapping->file.size > 0)
        munmap((void *)(uintptr_t)mapping->file.bytes, mapping->file.size);
    *mapping = (struct mapping){{nothing, 0}};
}

void mapping_release(const struct mapping *mapping, struct span part)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t file = (uintptr_t)mapping->file.bytes;
    const uintptr_t begin = (uintptr_t)part.bytes & ~(page - 1);
    const uintptr_t end = ((uintptr_t)part.bytes + part.size) & ~(page - 1);
    /* What was unpacked elsewhere is no part of the file. */
    if (begin >= file && end > begin && end <= file + mapping->file.size)
        madvise((void *)begin, end - begin, MADV_DONTNEED);
}
