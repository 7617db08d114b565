/*
 * What the shim keeps beside objects of MIOpen's that it cannot look into: records by the object's
 * address. A record is the first member of a struct of its owner's. It stays as long as the object
 * does, which is its user's care: nobody uses an object that another thread ends.
 */
#pragma once

#define TABLE_BUCKETS 256u

struct record {
    struct record *next;
    const void *object;
};

/* Zero to begin with. Under the lock of all tables (lock.h). */
struct table {
    struct record *buckets[TABLE_BUCKETS];
};

/* These take the lock. */

/* The object's record, or NULL. */
struct record *table_find(struct table *table, const void *object);

/*
 * Puts a record in. What stood there for an earlier object at the same address, whose end the shim
 * did not see, comes out, for the caller to free; else NULL.
 */
struct record *table_put(struct table *table, const void *object, struct record *record);

/* Puts a record in where there is none yet. The one that is there now, this or the former. */
struct record *table_keep(struct table *table, const void *object, struct record *record);

/* Takes the object's record out, or NULL; to be called before the object is destroyed. */
struct record *table_take(struct table *table, const void *object);

/* The same for who holds the lock, over these and what belongs to them. */
struct record *table_find_locked(const struct table *table, const void *object);
struct record *table_put_locked(struct table *table, const void *object, struct record *record);
struct record *table_take_locked(struct table *table, const void *object);
