#include "shim/table.h"

#include "base/hash.h"
#include "shim/lock.h"

#include <stddef.h>
#include <stdint.h>

_Static_assert(TABLE_BUCKETS == UINT64_C(1) << (64 - 58), "buckets and shift agree");

/* Where an object's record hangs, or would; with the lock held. */
static struct record **link_of(struct table *table, const void *object)
{
    struct record **link = &table->buckets[((uint64_t)(uintptr_t)object * HASH_FACTOR) >> 58];

    while (*link && (*link)->object != object)
        link = &(*link)->next;
    return link;
}

struct record *table_find(struct table *table, const void *object)
{
    lock_take();
    struct record *record = *link_of(table, object);
    lock_release();
    return record;
}

struct record *table_put(struct table *table, struct record *record)
{
    lock_take();
    struct record **link = link_of(table, record->object);
    struct record *other = *link;
    record->next = other ? other->next : NULL;
    *link = record;
    lock_release();
    return other;
}

struct record *table_keep(struct table *table, struct record *record)
{
    lock_take();
    struct record **link = link_of(table, record->object);
    if (!*link) {
        record->next = NULL;
        *link = record;
    }
    struct record *kept = *link;
    lock_release();
    return kept;
}

struct record *table_take(struct table *table, const void *object)
{
    lock_take();
    struct record **link = link_of(table, object);
    struct record *record = *link;
    if (record)
        *link = record->next;
    lock_release();
    return record;
}
