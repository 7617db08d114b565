/* A range of bytes that came from outside, and how it is cut and read: little-endian, bounded. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *bytes; /* of any alignment */
    size_t size;
};

/* The part of a span at an offset. False, and nothing written, where it does not lie within it. */
static inline bool span_part(struct span span, uint64_t offset, uint64_t size,
                             struct span *ret_part)
{
    if (offset > span.size || size > span.size - offset)
        return false;
    *ret_part = (struct span){span.bytes + offset, (size_t)size};
    return true;
}

/* What follows an offset; nothing where that lies outside. */
static inline struct span span_rest(struct span span, uint64_t offset)
{
    if (offset >= span.size)
        return (struct span){span.bytes + span.size, 0};
    return (struct span){span.bytes + offset, span.size - (size_t)offset};
}

static inline bool span_begins(struct span span, const char *text)
{
    const size_t length = strlen(text);
    return span.size >= length && memcmp(span.bytes, text, length) == 0;
}

static inline uint16_t read_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t read_u32(const uint8_t *bytes)
{
    return read_u16(bytes) | (uint32_t)read_u16(bytes + 2) << 16;
}

static inline uint64_t read_u64(const uint8_t *bytes)
{
    return read_u32(bytes) | (uint64_t)read_u32(bytes + 4) << 32;
}
