/*
 * What a loaded object tells the dynamic linker: its SONAME and its exported functions. Read from
 * the object's memory, with no call and no lock, since auditing code runs inside the linker.
 */
#pragma once

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

struct symbol_table {
    uintptr_t base;         /* what addresses in the object are relative to */
    const char *strings;    /* DT_STRTAB */
    uint64_t strings_bytes; /* DT_STRSZ */
    const ElfW(Sym) * symbols;
    const uint32_t *hash; /* DT_GNU_HASH: the other table of that kind went out of use in 2006 */
    uint64_t soname;      /* DT_SONAME, or NO_SONAME */
};

#define NO_SONAME UINT64_MAX

/*
 * Reads the dynamic section of an object that the linker has mapped. False where a part that the
 * functions below need is missing.
 */
bool symbol_table_read(const struct link_map *object, struct symbol_table *ret_table);

/* The object's SONAME; NULL where it has none. */
const char *symbol_soname(const struct symbol_table *table);

/* The address of an exported function; 0 where there is none of that name. */
uintptr_t symbol_function(const struct symbol_table *table, const char *name);
