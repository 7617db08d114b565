/* FNV-1a in 128 bits: names for files by their content. */
#pragma once

#include <stddef.h>

__extension__ typedef unsigned __int128 fnv_t;

#define FNV_START (((fnv_t)0x6c62272e07bb0142ULL << 64) | 0x62b821756295c58dULL)

static inline fnv_t fnv_add(fnv_t hash, const void *data, size_t size)
{
    const fnv_t prime = ((fnv_t)1 << 88) + 0x13b;
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * prime;
    return hash;
}
