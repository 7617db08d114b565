/*
 * Archives of kernels that ROCm's libraries of 2025 and later keep beside them (.kpack): a header,
 * code objects, and a table of contents that says whose they are. What they are for stands in
 * themselves, so that the table is not needed here.
 * Source: rocm-systems, shared/kpack/python/rocm_kpack/kpack.py.
 */
#include "codeobj/walk.h"

#include "codeobj/code_object.h"

#include <elf.h>
#include <zstd.h>

enum {
    HEADER_SIZE = 16, /* magic words, version, offset of the table */
    BLOB_ALIGNED =
        64, /* where code begins, as it is documented; some begin right behind the header */
    FRAME_HEADER = 4, /* the size of a frame, before it */
    FRAME_MAGIC_SIZE = 4,
    MACHINE_AMDGPU = 224,
};

static const uint8_t frame_magic[FRAME_MAGIC_SIZE] = {0x28, 0xb5, 0x2f, 0xfd};

static int walk_frame(struct walk *walk, struct span frame)
{
    const unsigned long long size = ZSTD_getFrameContentSize(frame.bytes, frame.size);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR) {
        walk_note(walk, "cannot be unpacked: its size is not known");
        return 0;
    }
    uint8_t *room = walk_room_take(walk, size);
    if (!room)
        return 0;
    int r = 0;
    const size_t got = ZSTD_decompress(room, size, frame.bytes, frame.size);
    if (ZSTD_isError(got))
        walk_note(walk, "cannot be unpacked: %s", ZSTD_getErrorName(got));
    else
        r = walk_any(walk, (struct span){room, got});
    walk_room_return(walk, room, size);
    return r;
}

static void part_passed(const struct walk *walk, struct span part)
{
    if (walk->visitor->passed)
        walk->visitor->passed(part, walk->visitor->context);
}

/* "zstd-per-kernel": a count, then frames, each behind its size. */
static int walk_frames(struct walk *walk, struct span blob)
{
    const uint32_t count = read_u32(blob.bytes);
    struct span rest = span_rest(blob, FRAME_HEADER);
    for (uint32_t i = 0; i < count; i++) {
        struct span frame;
        if (rest.size < FRAME_HEADER ||
            !span_part(rest, FRAME_HEADER, read_u32(rest.bytes), &frame)) {
            walk_note(walk, "cut off or damaged: of %u kernels only %u are there", count, i);
            return 0;
        }
        const size_t mark = walk_enter(walk, "kernel %u", i + 1);
        const int r = walk_frame(walk, frame);
        walk_leave(walk, mark);
        if (r != 0)
            return r;
        part_passed(walk, frame);
        rest = span_rest(rest, FRAME_HEADER + frame.size);
    }
    return 0;
}

/* Where an ELF ends: linkers put the table of its sections last. */
static uint64_t elf_size(struct span elf)
{
    const uint64_t table = read_u64(elf.bytes + offsetof(Elf64_Ehdr, e_shoff));
    const uint64_t entries = read_u16(elf.bytes + offsetof(Elf64_Ehdr, e_shnum));
    const uint64_t entry = read_u16(elf.bytes + offsetof(Elf64_Ehdr, e_shentsize));
    return table < elf.size ? table + entries * entry : elf.size;
}

/* "none": code objects behind each other, with gaps. */
static int walk_plain(struct walk *walk, struct span blob)
{
    struct span rest = blob;
    for (unsigned number = 1;; number++) {
        const uint8_t *found =
            rest.size > 0 ? memmem(rest.bytes, rest.size, ELFMAG, SELFMAG) : NULL;
        if (!found)
            return 0;
        rest = span_rest(rest, (uint64_t)(found - rest.bytes));
        struct span elf = {rest.bytes, SELFMAG};
        if (elf_is_for(rest, MACHINE_AMDGPU)) {
            elf.size = elf_size(rest) < rest.size ? (size_t)elf_size(rest) : rest.size;
            elf.size = elf.size > SELFMAG ? elf.size : SELFMAG;
            const size_t mark = walk_enter(walk, "kernel %u", number);
            const int r = walk_any(walk, elf);
            walk_leave(walk, mark);
            if (r != 0)
                return r;
            part_passed(walk, elf);
        }
        rest = span_rest(rest, elf.size);
    }
}

static bool begins_with_frames(struct span blob)
{
    return blob.size >= FRAME_HEADER * 2 + FRAME_MAGIC_SIZE &&
           memcmp(blob.bytes + FRAME_HEADER * 2, frame_magic, FRAME_MAGIC_SIZE) == 0;
}

int walk_pack(struct walk *walk, struct span part)
{
    struct span code;
    if (part.size < HEADER_SIZE) {
        walk_note(walk, "cut off in its header");
        return 0;
    }
    const uint64_t table = read_u64(part.bytes + 8);
    if (table < HEADER_SIZE || !span_part(part, 0, table, &code)) {
        walk_note(walk, "cut off or damaged: its table of contents is not there");
        return 0;
    }
    const struct span aligned = span_rest(code, BLOB_ALIGNED);
    const struct span packed = span_rest(code, HEADER_SIZE);
    if (begins_with_frames(aligned))
        return walk_frames(walk, aligned);
    if (begins_with_frames(packed))
        return walk_frames(walk, packed);
    return walk_plain(walk, packed);
}
