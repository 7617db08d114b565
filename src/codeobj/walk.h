/* The inside of container.c: the walk through one file, and the parts for single formats. */
#pragma once

#include "codeobj/container.h"

#define BUNDLE_MAGIC     "__CLANG_OFFLOAD_BUNDLE__"
#define COMPRESSED_MAGIC "CCOB"
#define DATABASE_MAGIC   "SQLite format 3"
#define PACK_MAGIC       "KPAK"

struct walk {
    const struct container_visitor *visitor;
    unsigned depth;        /* containers around this one */
    unsigned unpack_depth; /* of these, that were unpacked */
    uint64_t unpack_left;  /* bytes that may still be unpacked of this file */
    char place[256];       /* where we are, innermost last */
};

/* Enters a part: its words go behind the place, until walk_leave() with what this returned. */
__attribute__((format(printf, 2, 3))) size_t walk_enter(struct walk *walk, const char *format, ...);
void walk_leave(struct walk *walk, size_t mark);

__attribute__((format(printf, 2, 3))) void walk_note(const struct walk *walk, const char *format,
                                                     ...);

/* Whatever the bytes are. What has no GPU code is passed over in silence. */
int walk_any(struct walk *walk, struct span part);

/* Bundles, compressed or not, behind each other with anything between. */
int walk_bundles(struct walk *walk, struct span part);

/* What may hold GPU code in an ELF of the host. */
int walk_host(struct walk *walk, struct span part);

/* The one bundle that the bytes begin with; *ret_used says how far it goes, 0 where that is
 * unknown. */
int walk_bundle(struct walk *walk, struct span part, size_t *ret_used);
int walk_compressed(struct walk *walk, struct span part, size_t *ret_used);

int walk_database(struct walk *walk, struct span part);

/* Before each part of an entry of comgr's cache stands its size, in so many bytes. */
#define WALK_ENTRY_HEADER 8
int walk_cache_entry(struct walk *walk, struct span part);

int walk_pack(struct walk *walk, struct span part);

/*
 * Room for `size` bytes of what is unpacked, within what may still be and with a turn among
 * threads. NULL after a note where there is none; else hand it to walk_room_return().
 */
uint8_t *walk_room_take(struct walk *walk, uint64_t size);
void walk_room_return(struct walk *walk, uint8_t *room, uint64_t size);
