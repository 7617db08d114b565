#include "shim/records.h"

_Static_assert(RECORDS_BUCKETS == UINT64_C(1) << (64 - 56), "buckets and shift agree");

static size_t bucket_of(const void *object)
{
    return (size_t)(((uint64_t)(uintptr_t)object * HASH_FACTOR) >> 56);
}

struct record *records_find(const struct records *records, const void *object)
{
    struct record *record = records->buckets[bucket_of(object)];

    while (record && record->object != object)
        record = record->next;
    return record;
}

struct record *records_take(struct records *records, const void *object)
{
    struct record **link = &records->buckets[bucket_of(object)];

    while (*link && (*link)->object != object)
        link = &(*link)->next;

    struct record *record = *link;
    if (record)
        *link = record->next;
    return record;
}

struct record *records_put(struct records *records, const void *object, struct record *record)
{
    struct record *former = records_take(records, object);
    struct record **bucket = &records->buckets[bucket_of(object)];

    record->object = object;
    record->next = *bucket;
    *bucket = record;
    return former;
}
