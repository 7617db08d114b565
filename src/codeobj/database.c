/*
 * MIOpen's databases of compiled kernels: the table kern_db, whose blobs are code objects, packed
 * by bzip2 where that made them smaller. Source: MIOpen 3.2.0, src/include/miopen/kern_db.hpp,
 * bz2.cpp.
 */
#include "codeobj/walk.h"

#include <bzlib.h>
#include <limits.h>
#include <sqlite3.h>

enum {
    /* What the table of any size that is read once takes, many times over: a view can be endless.
     */
    STEPS_PER_BYTE = 64,
    STEPS_BASE = 1000 * 1000,
    STEPS_BETWEEN = 100 * 1000, /* SQLite's machine instructions between two looks at the count */
};

static const char query[] = "SELECT kernel_name, kernel_blob, uncompressed_size FROM kern_db";

static int count_steps(void *context)
{
    uint64_t *left = context;
    if (*left < STEPS_BETWEEN)
        return 1;
    *left -= STEPS_BETWEEN;
    return 0;
}

static int walk_kernel(struct walk *walk, struct span kernel)
{
    if (container_kind(kernel) != CONTAINER_NONE)
        return walk_any(walk, kernel);
    walk_note(walk, "neither a code object nor a bundle: not looked at");
    return 0;
}

static int walk_packed(struct walk *walk, struct span blob, uint64_t size)
{
    uint8_t *room = walk_room_take(walk, size);
    if (!room)
        return 0;
    int r = 0;
    unsigned unpacked = (unsigned)size;
    /* bzip2's own types know no const. */
    const int unpack =
        blob.size <= UINT_MAX
            ? BZ2_bzBuffToBuffDecompress((char *)room, &unpacked, (char *)(uintptr_t)blob.bytes,
                                         (unsigned)blob.size, 0, 0)
            : BZ_PARAM_ERROR;
    if (unpack != BZ_OK)
        walk_note(walk, "cannot be unpacked: damaged (bzip2 %d)", unpack);
    else
        r = walk_kernel(walk, (struct span){room, unpacked});
    walk_room_return(walk, room, size);
    return r;
}

static int walk_row(struct walk *walk, sqlite3_stmt *row)
{
    const char *name = (const char *)sqlite3_column_text(row, 0);
    const struct span blob = {sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1)};
    const sqlite3_int64 size = sqlite3_column_int64(row, 2);
    int r = 0;
    const size_t mark = walk_enter(walk, "%.100s", name ? name : "a kernel without a name");
    if (!blob.bytes || size < 0)
        walk_note(walk, "damaged: no kernel in it");
    else if (size == 0)
        r = walk_kernel(walk, blob);
    else
        r = walk_packed(walk, blob, (uint64_t)size);
    walk_leave(walk, mark);
    return r;
}

/* Opens the bytes as a database, only to be read. */
static int database_open(struct span part, uint64_t *steps, sqlite3 **ret_database)
{
    const int r = sqlite3_open_v2(":memory:", ret_database, SQLITE_OPEN_READWRITE, NULL);
    if (r != SQLITE_OK)
        return r;
    sqlite3 *database = *ret_database;
    sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* No row of it is larger than all of it, whatever a view may make up. */
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH, part.size < INT_MAX ? (int)part.size : INT_MAX);
    sqlite3_progress_handler(database, STEPS_BETWEEN, count_steps, steps);
    /* SQLite only reads it: its own types know no const. */
    return sqlite3_deserialize(database, "main", (unsigned char *)(uintptr_t)part.bytes,
                               (sqlite3_int64)part.size, (sqlite3_int64)part.size,
                               SQLITE_DESERIALIZE_READONLY);
}

static int walk_rows(struct walk *walk, struct span part)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *row = NULL;
    uint64_t steps = STEPS_BASE + STEPS_PER_BYTE * (uint64_t)part.size;
    int r = 0;
    int sqlite = database_open(part, &steps, &database);
    if (sqlite == SQLITE_OK)
        sqlite = sqlite3_prepare_v2(database, query, -1, &row, NULL);
    /* Any other database is none of ours. */
    const bool is_kernels = row != NULL;
    while (is_kernels && r == 0 && (sqlite = sqlite3_step(row)) == SQLITE_ROW)
        r = walk_row(walk, row);
    if (r == 0 && sqlite != SQLITE_DONE && (is_kernels || sqlite != SQLITE_ERROR))
        walk_note(walk, "the database cannot be read: %s", sqlite3_errstr(sqlite));
    sqlite3_finalize(row);
    sqlite3_close(database);
    return r;
}

int walk_database(struct walk *walk, struct span part)
{
    enum { WRITE_VERSION = 18, READ_VERSION = 19, ROLLBACK = 1, AHEAD = 2 };
    if (part.size <= READ_VERSION || part.bytes[READ_VERSION] != AHEAD)
        return walk_rows(walk, part);
    /*
     * MIOpen's own are written with a log ahead, which SQLite will not do without beside the file.
     * What is in the file is whole without it, so a copy says that it has none.
     */
    uint8_t *copy = walk_room_take(walk, part.size);
    if (!copy)
        return 0;
    memcpy(copy, part.bytes, part.size);
    copy[WRITE_VERSION] = copy[READ_VERSION] = ROLLBACK;
    const int r = walk_rows(walk, (struct span){copy, part.size});
    walk_room_return(walk, copy, part.size);
    return r;
}
