/*
 * What comgr keeps of a compilation: the output behind its size, then the log behind its.
 * Source: LLVM as AMD ships it, amd/comgr/src/comgr-cache.cpp.
 */
#include "codeobj/walk.h"

int walk_cache_entry(struct walk *walk, struct span part)
{
    struct span output;
    if (span_part(part, WALK_ENTRY_HEADER, read_u64(part.bytes), &output))
        return walk_any(walk, output);
    walk_note(walk, "an entry of a compiler's cache that is cut off");
    return 0;
}
