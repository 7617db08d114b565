#include "shim/table.h"

#include "base/hash.h"
#include "shim/lock.h"

#include <stddef.h>
#include <stdint.h>

_Static_assert(TABLE_BUCKETS == UINT64_C(1) << (64 - 56), "buckets and shift agree");

static size_t bucket_of(const void *object)
{
    return (size_t)(((uint64_t)(uintptr_t)object * HASH_FACTOR) >> 56);
}

/* Where an object's record hangs, or would. */
static struct record **link_of(struct table *table, const void *object)
{
    struct record **link = &table->buckets[bucket_of(object)];

    while (*link && (*link)->object != object)
        link = &(*link)->next;
    return link;
}

struct record *table_find_locked(const struct table *table, const void *object)
{
    struct record *record = table->buckets[bucket_of(object)];

    while (record && record->object != object)
        record = record->next;
    return record;
}

struct record *table_put_locked(struct table *table, const void *object, struct record *record)
{
    struct record **link = link_of(table, object);
    struct record *former = *link;

    record->object = object;
    record->next = former ? former->next : NULL;
    *link = record;
    return former;
}

struct record *table_take_locked(struct table *table, const void *object)
{
    struct record **link = link_of(table, object);
    struct record *record = *link;

    if (record)
        *link = record->next;
    return record;
}

struct record *table_find(struct table *table, const void *object)
{
    lock_take();
    struct record *record = table_find_locked(table, object);
    lock_release();
    return record;
}

struct record *table_put(struct table *table, const void *object, struct record *record)
{
    lock_take();
    struct record *former = table_put_locked(table, object, record);
    lock_release();
    return former;
}

struct record *table_keep(struct table *table, const void *object, struct record *record)
{
    lock_take();
    struct record *kept = table_find_locked(table, object);
    if (!kept) {
        (void)table_put_locked(table, object, record);
        kept = record;
    }
    lock_release();
    return kept;
}

struct record *table_take(struct table *table, const void *object)
{
    lock_take();
    struct record *record = table_take_locked(table, object);
    lock_release();
    return record;
}
