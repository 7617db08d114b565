#include "codeobj/walk.h"

#include "codeobj/code_object.h"

#include <elf.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DEPTH_LIMIT = 4,
    MACHINE_AMDGPU = 224,
};

/* What is unpacked of a file, in all: real libraries stay below 1:40. */
#define UNPACK_BASE   (UINT64_C(64) << 20)
#define UNPACK_FACTOR 256
/* At one time, of one file and of all that threads work on. */
#define UNPACK_ROOM   (UINT64_C(1) << 30)

static pthread_mutex_t room_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t room_returned = PTHREAD_COND_INITIALIZER;
static uint64_t room_taken;

enum container_kind container_kind(struct span head)
{
    static const struct {
        const char *magic;
        enum container_kind kind;
    } kinds[] = {
        {BUNDLE_MAGIC, CONTAINER_BUNDLE},
        {COMPRESSED_MAGIC, CONTAINER_COMPRESSED},
        {DATABASE_MAGIC, CONTAINER_DATABASE},
        {PACK_MAGIC, CONTAINER_PACK},
    };
    if (elf_is_for(head, MACHINE_AMDGPU))
        return CONTAINER_CODE_OBJECT;
    if (head.size > EI_CLASS && span_begins(head, ELFMAG))
        return CONTAINER_HOST;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (span_begins(head, kinds[i].magic))
            return kinds[i].kind;
    return CONTAINER_NONE;
}

const char *container_kind_name(enum container_kind kind)
{
    static const char *const names[CONTAINER_KIND_COUNT] = {
        [CONTAINER_NONE] = "no container of GPU code",
        [CONTAINER_CODE_OBJECT] = "code object",
        [CONTAINER_HOST] = "program or library",
        [CONTAINER_BUNDLE] = "offload bundle",
        [CONTAINER_COMPRESSED] = "compressed offload bundle",
        [CONTAINER_DATABASE] = "kernel database",
        [CONTAINER_PACK] = "kpack archive",
    };
    return names[kind];
}

size_t walk_enter(struct walk *walk, const char *format, ...)
{
    const size_t mark = strlen(walk->place);
    const size_t room = sizeof(walk->place) - mark;
    va_list arguments;
    va_start(arguments, format);
    const int gap = mark > 0 ? snprintf(walk->place + mark, room, ", ") : 0;
    if ((size_t)gap < room)
        vsnprintf(walk->place + mark + gap, room - (size_t)gap, format, arguments);
    va_end(arguments);
    walk->depth++;
    return mark;
}

void walk_leave(struct walk *walk, size_t mark)
{
    walk->place[mark] = '\0';
    walk->depth--;
}

void walk_note(const struct walk *walk, const char *format, ...)
{
    char text[512];
    const int begin = snprintf(text, sizeof(text), "%s%s", walk->place, *walk->place ? ": " : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + begin, sizeof(text) - (size_t)begin, format, arguments);
    va_end(arguments);
    walk->visitor->note(text, walk->visitor->context);
}

uint8_t *walk_room_take(struct walk *walk, uint64_t size)
{
    char text[64];
    snprintf(text, sizeof(text), "%llu MiB when unpacked", (unsigned long long)(size >> 20));
    if (size > UNPACK_ROOM || size > walk->unpack_left) {
        walk_note(walk, "%s, which is more than %s: not looked at", text,
                  size > UNPACK_ROOM ? "1 GiB" : "a file of this size may come to");
        return NULL;
    }
    uint8_t *room = malloc(size ? size : 1);
    if (!room) {
        walk_note(walk, "%s, and so much memory there is not: not looked at", text);
        return NULL;
    }
    walk->unpack_left -= size;
    pthread_mutex_lock(&room_lock);
    /* Who is inside of something unpacked already does not wait for others that may be, too. */
    while (walk->unpack_depth == 0 && room_taken > 0 && room_taken + size > UNPACK_ROOM)
        pthread_cond_wait(&room_returned, &room_lock);
    room_taken += size;
    pthread_mutex_unlock(&room_lock);
    walk->unpack_depth++;
    return room;
}

void walk_room_return(struct walk *walk, uint8_t *room, uint64_t size)
{
    free(room);
    walk->unpack_depth--;
    pthread_mutex_lock(&room_lock);
    room_taken -= size;
    pthread_cond_broadcast(&room_returned);
    pthread_mutex_unlock(&room_lock);
}

/* The first such words from an offset on; the size of the span where there are none. */
static size_t magic_find(struct span span, size_t from, const char *magic)
{
    const uint8_t *found = memmem(span.bytes + from, span.size - from, magic, strlen(magic));
    return found ? (size_t)(found - span.bytes) : span.size;
}

int walk_bundles(struct walk *walk, struct span part)
{
    static const char *const magics[] = {BUNDLE_MAGIC, COMPRESSED_MAGIC};
    static int (*const walks[])(struct walk *, struct span, size_t *) = {walk_bundle,
                                                                         walk_compressed};
    /* Each is looked for anew only once it is passed, so that all is gone through once. */
    size_t next[] = {magic_find(part, 0, magics[0]), magic_find(part, 0, magics[1])};
    for (unsigned number = 1; next[0] < part.size || next[1] < part.size; number++) {
        const unsigned kind = next[1] < next[0];
        size_t used = 0;
        const size_t mark = walk_enter(walk, "bundle %u", number);
        const int r = walks[kind](walk, span_rest(part, next[kind]), &used);
        walk_leave(walk, mark);
        if (r != 0)
            return r;
        const size_t at = next[kind] + (used > 0 ? used : strlen(magics[kind]));
        for (unsigned i = 0; i < 2; i++)
            if (next[i] < at)
                next[i] = magic_find(part, at, magics[i]);
    }
    return 0;
}

int walk_any(struct walk *walk, struct span part)
{
    if (walk->depth > DEPTH_LIMIT) {
        walk_note(walk, "containers within containers: not looked at any deeper");
        return 0;
    }
    switch (container_kind(part)) {
    case CONTAINER_CODE_OBJECT:
        return walk->visitor->code_object(part, walk->place, walk->visitor->context);
    case CONTAINER_HOST:
        return walk_host(walk, part);
    case CONTAINER_BUNDLE:
    case CONTAINER_COMPRESSED:
        return walk_bundles(walk, part);
    case CONTAINER_DATABASE:
        return walk_database(walk, part);
    case CONTAINER_PACK:
        walk_note(walk, "a kpack archive, whose format is not known here: not looked at");
        return 0;
    case CONTAINER_NONE:
    case CONTAINER_KIND_COUNT:
        break;
    }
    return 0;
}

int container_walk(struct span file, const struct container_visitor *visitor)
{
    struct walk walk = {
        .visitor = visitor,
        .unpack_left = UNPACK_BASE + UNPACK_FACTOR * (uint64_t)file.size,
    };
    return walk_any(&walk, file);
}
