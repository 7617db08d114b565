/* What the fuzz targets of containers have in common: all that is found is read to its last byte.
 */
#pragma once

#include "codeobj/code_object.h"
#include "codeobj/walk.h"

#include <errno.h>
#include <stdlib.h>

static size_t walked_bytes;

static inline int walked_object(struct span bytes, const char *place, void *context)
{
    const uint64_t *limit = context;
    struct code_object object;
    const char *why = NULL;
    const int r = code_object_open(bytes, &object, &why);
    walked_bytes += strlen(place);
    /* All that is looked at stays in proportion, however often it is named. */
    walked_bytes += bytes.size;
    if (walked_bytes > *limit)
        abort();
    if (r == -EBADMSG && !*why)
        abort();
    if (r < 0)
        return 0;
    static volatile uint8_t sum;
    for (size_t i = 0; i < object.functions_count; i++) {
        const struct code *code = &object.functions[i].code;
        if (code->size == 0 || code->bytes < bytes.bytes ||
            code->bytes + code->size > bytes.bytes + bytes.size || !*object.functions[i].name)
            abort();
        sum = (uint8_t)(sum + code->bytes[0] + code->bytes[code->size - 1]);
    }
    code_object_close(&object);
    return 0;
}

static inline void walked_note(const char *text, void *context)
{
    (void)context;
    if (!*text)
        abort();
}

/* A walk that begins with one part; what it unpacks is kept small, so that many inputs are tried.
 */
#define WALKED_UNPACKED (4 << 20)
static inline void walked_run(int (*walk_part)(struct walk *, struct span), const uint8_t *data,
                              size_t size)
{
    uint64_t limit = 64 * (uint64_t)size + 16 * (uint64_t)WALKED_UNPACKED;
    const struct container_visitor visitor = {
        .code_object = walked_object, .note = walked_note, .context = &limit};
    struct walk walk = {.visitor = &visitor, .unpack_left = WALKED_UNPACKED};
    walked_bytes = 0;
    if (walk_part(&walk, (struct span){data, size}) != 0 || walk.depth != 0 || *walk.place)
        abort();
}
