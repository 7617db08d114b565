/*
 * What the shim keeps beside objects of MIOpen's that it cannot look into, found by their address.
 * The tables are under the lock of lock.h, which callers hold around these functions and for as
 * long as another thread could end what they found.
 */
#pragma once

#include "base/hash.h"

#include <stddef.h>

#define RECORDS_BUCKETS 256u

/* The first member of what is kept. */
struct record {
    struct record *next;
    const void *object;
};

struct records {
    struct record *buckets[RECORDS_BUCKETS];
};

/* NULL where there is none. */
struct record *records_find(const struct records *records, const void *object);

/*
 * Keeps a record for an object. What stood there for an earlier object at the same address, whose
 * end the shim did not see, is taken out and returned, for the caller to free; else NULL.
 */
struct record *records_put(struct records *records, const void *object, struct record *record);

/* Takes a record out, for the caller to free; NULL where there is none. */
struct record *records_take(struct records *records, const void *object);
