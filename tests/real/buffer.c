#include "buffer.h"

#include <errno.h>
#include <string.h>

#define GUARD_BYTES   256 /* keeps hipMalloc's alignment */
#define GUARD_PATTERN 0xa5

int buffer_allocate(size_t bytes, struct buffer *ret_buffer)
{
    char *block;

    *ret_buffer = (struct buffer){.bytes = bytes};
    if (bytes == 0)
        return 0;
    if (hipMalloc((void **)&block, bytes + 2 * GUARD_BYTES) != hipSuccess)
        return -ENOMEM;
    *ret_buffer = (struct buffer){block, block + GUARD_BYTES, bytes};
    return buffer_guard(ret_buffer);
}

int buffer_guard(const struct buffer *buffer)
{
    char *block = buffer->block;

    if (block &&
        (hipMemset(block, GUARD_PATTERN, GUARD_BYTES) != hipSuccess ||
         hipMemset(block + GUARD_BYTES + buffer->bytes, GUARD_PATTERN, GUARD_BYTES) != hipSuccess))
        return -EIO;
    return 0;
}

void buffer_free(struct buffer *buffer)
{
    if (buffer->block)
        (void)hipFree(buffer->block);
    *buffer = (struct buffer){0};
}

void buffer_poison(const struct buffer *buffer, bool floating)
{
    if (buffer->data)
        (void)hipMemset(buffer->data, floating ? 0xff : 0x7f, buffer->bytes);
}

int buffer_write(const struct buffer *buffer, const void *host)
{
    return hipMemcpy(buffer->data, host, buffer->bytes, hipMemcpyHostToDevice) == hipSuccess ? 0
                                                                                             : -EIO;
}

int buffer_read(const struct buffer *buffer, void *host)
{
    return hipMemcpy(host, buffer->data, buffer->bytes, hipMemcpyDeviceToHost) == hipSuccess ? 0
                                                                                             : -EIO;
}

bool buffer_guards_intact(const struct buffer *buffer)
{
    unsigned char expected[GUARD_BYTES], front[GUARD_BYTES], back[GUARD_BYTES];

    if (!buffer->block)
        return true;
    memset(expected, GUARD_PATTERN, sizeof(expected));
    return hipMemcpy(front, buffer->block, GUARD_BYTES, hipMemcpyDeviceToHost) == hipSuccess &&
           hipMemcpy(back, (char *)buffer->data + buffer->bytes, GUARD_BYTES,
                     hipMemcpyDeviceToHost) == hipSuccess &&
           memcmp(front, expected, GUARD_BYTES) == 0 && memcmp(back, expected, GUARD_BYTES) == 0;
}
