/* A hash over numbers, for tables in memory: quick, not against anyone who looks for collisions. */
#pragma once

#include <stdint.h>

/* 2^64 divided by the golden ratio. */
#define HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15)

/* The hash with one more value in it. */
static inline uint64_t hash_add(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * HASH_FACTOR;
    return hash ^ (hash >> 32);
}
