/* Which files are copies of MIOpen. Calls nothing, so that the audit library can have it too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The part of a path behind its last slash. */
static inline const char *file_base_name(const char *path)
{
    const char *base = path;

    for (const char *at = path; *at; at++)
        if (*at == '/')
            base = at + 1;
    return base;
}

/*
 * Whether a file name or SONAME is MIOpen's: as built ("libMIOpen.so.1"), or with the hash that
 * tools which bundle libraries put behind the name ("libMIOpen-0badcafe.so.1").
 */
static inline bool miopen_file_named(const char *path)
{
    static const char stem[] = "libMIOpen";
    const char *base = file_base_name(path);

    for (size_t i = 0; i < sizeof(stem) - 1; i++)
        if (base[i] != stem[i])
            return false;
    return base[sizeof(stem) - 1] == '.' || base[sizeof(stem) - 1] == '-';
}
