/*
 * Compressed offload bundles (CCOB), versions 1 to 3.
 * Source: clang, docs/ClangOffloadBundler.rst and lib/Driver/OffloadBundler.cpp.
 */
#include "codeobj/walk.h"

#include <limits.h>
#include <zlib.h>
#include <zstd.h>

enum method { METHOD_ZLIB, METHOD_ZSTD };

struct header {
    unsigned method;
    size_t size;       /* of the header itself */
    uint64_t total;    /* header and data; 0 where the version does not say */
    uint64_t unpacked; /* as it claims */
};

/* NULL, or what is wrong. */
static const char *header_read(struct span part, struct header *ret_header)
{
    enum { FIXED = 8, HASH = 8 };
    struct header header = {0};
    if (part.size < FIXED)
        return "cut off in its header";
    const unsigned version = read_u16(part.bytes + 4);
    const size_t field = version == 3 ? 8 : 4;
    const size_t fields = version == 1 ? 1 : 2;
    if (version < 1 || version > 3)
        return "of a version that is not known: not looked at";
    header.method = read_u16(part.bytes + 6);
    if (header.method > METHOD_ZSTD)
        return "packed by a method that is not known: not looked at";
    header.size = FIXED + fields * field + HASH;
    if (part.size < header.size)
        return "cut off in its header";
    const uint8_t *at = part.bytes + FIXED;
    if (fields == 2) {
        header.total = field == 8 ? read_u64(at) : read_u32(at);
        at += field;
        if (header.total < header.size || header.total > part.size)
            return "cut off or damaged: it goes on past the end";
    }
    header.unpacked = field == 8 ? read_u64(at) : read_u32(at);
    *ret_header = header;
    return NULL;
}

/*
 * Unpacks into room[header->unpacked]. NULL, or what is wrong; ret_used is how much of the data
 * went into it, ret_size how much came of it.
 */
static const char *data_unpack(const struct header *header, struct span data, uint8_t *room,
                               size_t *ret_used, size_t *ret_size)
{
    if (header->method == METHOD_ZLIB) {
        uLongf size = header->unpacked;
        uLong used = data.size;
        const int r = uncompress2(room, &size, data.bytes, &used);
        *ret_used = used;
        *ret_size = size;
        return r == Z_OK ? NULL : zError(r);
    }
    const size_t used = ZSTD_findFrameCompressedSize(data.bytes, data.size);
    if (ZSTD_isError(used))
        return ZSTD_getErrorName(used);
    const size_t size = ZSTD_decompress(room, header->unpacked, data.bytes, used);
    if (ZSTD_isError(size))
        return ZSTD_getErrorName(size);
    *ret_used = used;
    *ret_size = size;
    return NULL;
}

int walk_compressed(struct walk *walk, struct span part, size_t *ret_used)
{
    struct header header;
    struct span data;
    size_t used = 0;
    size_t size = 0;
    const char *why = header_read(part, &header);
    if (why) {
        walk_note(walk, "%s", why);
        return 0;
    }
    data = span_rest(part, header.size);
    if (header.total > 0) {
        data.size = header.total - header.size;
        *ret_used = header.total;
    }
    uint8_t *room = walk_room_take(walk, header.unpacked);
    if (!room)
        return 0;
    int r = 0;
    why = data_unpack(&header, data, room, &used, &size);
    if (why) {
        walk_note(walk, "cannot be unpacked: %s", why);
    } else {
        if (header.total == 0)
            *ret_used = header.size + used;
        /* The same words again: a bundle in a bundle is one to people. */
        const struct span unpacked = {room, size};
        size_t inner;
        r = container_kind(unpacked) == CONTAINER_BUNDLE ? walk_bundle(walk, unpacked, &inner)
                                                         : walk_any(walk, unpacked);
    }
    walk_room_return(walk, room, header.unpacked);
    return r;
}
