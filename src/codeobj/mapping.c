#include "codeobj/mapping.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const uint8_t nothing[1];

/* What this thread has mapped, for the signal that comes where the file has no more bytes. */
static _Thread_local volatile uintptr_t mapped_begin;
static _Thread_local volatile uintptr_t mapped_end;

/* Puts zeros where the file has nothing any more; any other such signal ends the program as ever.
 */
static void guard_fill(int number, siginfo_t *info, void *context)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t at = (uintptr_t)info->si_addr & ~(page - 1);
    (void)context;
    if (at < mapped_begin || at >= mapped_end ||
        mmap((void *)at, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
            MAP_FAILED)
        signal(number, SIG_DFL);
}

/* Each time: whoever else has set this signal since would have us end. */
static void guard_begin(void)
{
    const struct sigaction action = {.sa_sigaction = guard_fill, .sa_flags = SA_SIGINFO};
    sigaction(SIGBUS, &action, NULL);
}

int mapping_open(const char *path, struct mapping *ret_mapping)
{
    struct stat status;
    cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return -EISDIR;
    if (!S_ISREG(status.st_mode))
        return -EACCES;
    if (status.st_size == 0) {
        *ret_mapping = (struct mapping){.file = {nothing, 0}, .fd = -1};
        return 0;
    }
    const size_t size = (size_t)status.st_size;
    const void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return -errno;
    mapped_begin = (uintptr_t)bytes;
    mapped_end = (uintptr_t)bytes + size;
    guard_begin();
    *ret_mapping = (struct mapping){.file = {bytes, size}, .fd = fd};
    fd = -1;
    return 0;
}

bool mapping_shrunk(const struct mapping *mapping)
{
    struct stat status;
    return mapping->fd >= 0 &&
           (fstat(mapping->fd, &status) < 0 || (uint64_t)status.st_size < mapping->file.size);
}

void mapping_close(struct mapping *mapping)
{
    if (mapping->file.size > 0)
        munmap((void *)(uintptr_t)mapping->file.bytes, mapping->file.size);
    if (mapping->fd >= 0)
        close(mapping->fd);
    mapped_begin = mapped_end = 0;
    *mapping = (struct mapping){.file = {nothing, 0}, .fd = -1};
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
