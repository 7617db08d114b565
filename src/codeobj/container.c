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
    /* An entry of comgr's has no words of its own, but the size of what comes. */
    if (elf_is_for(span_rest(head, WALK_ENTRY_HEADER), MACHINE_AMDGPU))
        return CONTAINER_ENTRY;
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
        [CONTAINER_ENTRY] = "entry of a compiler's cache",
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

/* The kinds of bundles that stand behind each other, and how far each has been looked for. */
static const struct bundle_kind {
    const char *magic;
    int (*walk)(struct walk *, struct span, size_t *);
} bundle_kinds[] = {
    {BUNDLE_MAGIC, walk_bundle},
    {COMPRESSED_MAGIC, walk_compressed},
};

enum {
    BUNDLE_KINDS = 2,
    /* Looked through at once: far ahead nothing is to be read into memory before its turn. */
    SEARCH_WINDOW = 64 * 1024,
};

struct search {
    size_t at; /* the next one, or up to here there is none */
    bool found;
};

static void search_on(struct search *search, struct span part, const char *magic, size_t from,
                      size_t limit)
{
    const size_t length = strlen(magic);
    if (search->at < from)
        *search = (struct search){.at = from};
    if (search->found || search->at >= limit)
        return;
    const size_t end = part.size - limit < length ? part.size : limit + length - 1;
    const uint8_t *found = memmem(part.bytes + search->at, end - search->at, magic, length);
    search->found = found != NULL;
    search->at = found ? (size_t)(found - part.bytes) : limit;
}

/* The kind of the first bundle from an offset on, which becomes its own; BUNDLE_KINDS for none. */
static unsigned bundle_next(struct search searches[BUNDLE_KINDS], struct span part, size_t *at)
{
    while (*at < part.size) {
        const size_t limit = part.size - *at < SEARCH_WINDOW ? part.size : *at + SEARCH_WINDOW;
        unsigned first = BUNDLE_KINDS;
        for (unsigned i = 0; i < BUNDLE_KINDS; i++) {
            search_on(&searches[i], part, bundle_kinds[i].magic, *at, limit);
            if (searches[i].found && (first == BUNDLE_KINDS || searches[i].at < searches[first].at))
                first = i;
        }
        *at = first < BUNDLE_KINDS ? searches[first].at : limit;
        if (first < BUNDLE_KINDS)
            return first;
    }
    return BUNDLE_KINDS;
}

int walk_bundles(struct walk *walk, struct span part)
{
    struct search searches[BUNDLE_KINDS] = {{0}};
    size_t at = 0;
    for (unsigned number = 1;; number++) {
        const unsigned kind = bundle_next(searches, part, &at);
        if (kind == BUNDLE_KINDS)
            return 0;
        size_t used = 0;
        const size_t mark = walk_enter(walk, "bundle %u", number);
        const int r = bundle_kinds[kind].walk(walk, span_rest(part, at), &used);
        walk_leave(walk, mark);
        if (r != 0)
            return r;
        used = used > 0 ? used : strlen(bundle_kinds[kind].magic);
        if (walk->visitor->passed)
            walk->visitor->passed((struct span){part.bytes + at, used}, walk->visitor->context);
        at += used;
    }
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
    case CONTAINER_ENTRY:
        return walk_cache_entry(walk, part);
    case CONTAINER_PACK:
        return walk_pack(walk, part);
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
