/*
 * What the shim keeps about objects of MIOpen's that have no getters: records by the object's
 * address. A record is the first member of a struct of its owner's.
 */
#pragma once

#define TABLE_BUCKETS 64u

struct record {
    struct record *next;
    const void *object;
};

/* Under the lock of all tables (lock.h), which these functions take. Zero to begin with. */
struct table {
    struct record *buckets[TABLE_BUCKETS];
};

/* The object's record, or NULL. It stays as long as the object does, and that is its user's care.
 */
struct record *table_find(struct table *table, const void *object);

/* Puts a record in. Another one of an object at that address comes out, to be freed; else NULL. */
struct record *table_put(struct table *table, struct record *record);

/* Puts a record in where there is none yet: the object's record, this one or the former. */
struct record *table_keep(struct table *table, struct record *record);

/* Takes the object's record out, or NULL; to be called before the object is destroyed. */
struct record *table_take(struct table *table, const void *object);
