/*
 * Offload bundles as clang makes them: a header with the places and the targets of entries, then
 * these. Source: clang, docs/ClangOffloadBundler.rst.
 */
#include "codeobj/walk.h"

enum {
    HEADER_SIZE = 24 + 8, /* the magic words and the number of entries */
    ENTRY_SIZE = 3 * 8,   /* offset, size and the length of the target, which follows */
    TARGET_SHOWN = 48,
};

/* What is in an entry that is not machine code: LLVM's bitcode, SPIR-V. */
static bool is_intermediate(struct span entry)
{
    return span_begins(entry, "BC\xc0\xde") || span_begins(entry, "\x03\x02\x23\x07");
}

static int walk_entry(struct walk *walk, struct span entry, struct span target)
{
    const bool is_host = span_begins(target, "host");
    if (entry.size == 0 || is_host || is_intermediate(entry))
        return 0;
    const int shown = target.size < TARGET_SHOWN ? (int)target.size : TARGET_SHOWN;
    if (container_kind(entry) == CONTAINER_NONE) {
        walk_note(walk, "the entry %.*s is nothing known: not looked at", shown,
                  (const char *)target.bytes);
        return 0;
    }
    return walk_any(walk, entry);
}

int walk_bundle(struct walk *walk, struct span part, size_t *ret_used)
{
    if (part.size < HEADER_SIZE) {
        walk_note(walk, "cut off in its header");
        return 0;
    }
    const uint64_t count = read_u64(part.bytes + HEADER_SIZE - 8);
    uint64_t at = HEADER_SIZE;
    uint64_t end = HEADER_SIZE;
    uint64_t total = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct span header;
        struct span target;
        struct span entry;
        if (!span_part(part, at, ENTRY_SIZE, &header) ||
            !span_part(part, at + ENTRY_SIZE, read_u64(header.bytes + 16), &target)) {
            walk_note(walk, "cut off or damaged: of %llu entries only %llu are there",
                      (unsigned long long)count, (unsigned long long)i);
            break;
        }
        at += ENTRY_SIZE + target.size;
        const uint64_t offset = read_u64(header.bytes);
        const uint64_t size = read_u64(header.bytes + 8);
        if (!span_part(part, offset, size, &entry) || (size > 0 && offset < at)) {
            walk_note(walk, "cut off or damaged: entry %llu of %llu lies outside of it",
                      (unsigned long long)i + 1, (unsigned long long)count);
            continue;
        }
        total += size;
        if (total > part.size) {
            walk_note(walk, "damaged: its entries lie over each other");
            break;
        }
        if (offset + size > end)
            end = offset + size;
        const int r = walk_entry(walk, entry, target);
        if (r != 0)
            return r;
    }
    *ret_used = (size_t)(end > at ? end : at);
    return 0;
}
