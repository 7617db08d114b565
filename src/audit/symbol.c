#include "audit/symbol.h"

#include <stddef.h>

/* Bounds for what should end by itself: far above what a library of ours or MIOpen's has. */
enum { DYNAMIC_ENTRIES_MAX = 256, CHAIN_MAX = 4096 };

#define WORD_BITS (sizeof(ElfW(Addr)) * 8)

bool symbol_table_read(const struct link_map *object, struct symbol_table *ret_table)
{
    struct symbol_table table = {.base = object->l_addr, .soname = NO_SONAME};
    ElfW(Addr) strings = 0, symbols = 0, hash = 0;

    if (!object->l_ld)
        return false;
    for (unsigned i = 0; i < DYNAMIC_ENTRIES_MAX && object->l_ld[i].d_tag != DT_NULL; i++) {
        const ElfW(Dyn) *entry = &object->l_ld[i];

        if (entry->d_tag == DT_STRTAB)
            strings = entry->d_un.d_ptr;
        else if (entry->d_tag == DT_STRSZ)
            table.strings_bytes = entry->d_un.d_val;
        else if (entry->d_tag == DT_SYMTAB)
            symbols = entry->d_un.d_ptr;
        else if (entry->d_tag == DT_GNU_HASH)
            hash = entry->d_un.d_ptr;
        else if (entry->d_tag == DT_SONAME)
            table.soname = entry->d_un.d_val;
    }
    if (!strings || !symbols || !hash || table.strings_bytes == 0)
        return false;

    /* The linker turns these into addresses, but leaves what it cannot write to as in the file. */
    const bool relative = strings < table.base;
    const ElfW(Addr) added = relative ? table.base : 0;
    table.strings = (const char *)(strings + added);
    table.symbols = (const ElfW(Sym) *)(symbols + added);
    table.hash = (const uint32_t *)(hash + added);
    *ret_table = table;
    return true;
}

const char *symbol_soname(const struct symbol_table *table)
{
    return table->soname < table->strings_bytes ? table->strings + table->soname : NULL;
}

static bool text_equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool symbol_is(const struct symbol_table *table, const ElfW(Sym) * symbol, const char *name)
{
    const unsigned binding = ELF64_ST_BIND(symbol->st_info);

    return symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
           (binding == STB_GLOBAL || binding == STB_WEAK) &&
           symbol->st_name < table->strings_bytes &&
           text_equal(table->strings + symbol->st_name, name);
}

/*
 * DT_GNU_HASH: numbers of buckets, of symbols that are not in the table, of Bloom words, a shift;
 * then the Bloom words, the buckets, and a hash for each symbol, whose last bit ends a chain.
 */
uintptr_t symbol_function(const struct symbol_table *table, const char *name)
{
    const uint32_t buckets = table->hash[0], first = table->hash[1];
    const uint32_t bloom_words = table->hash[2], bloom_shift = table->hash[3];
    const ElfW(Addr) *bloom = (const ElfW(Addr) *)(const void *)&table->hash[4];
    const uint32_t *bucket = (const uint32_t *)&bloom[bloom_words];
    const uint32_t *chain = bucket + buckets;
    uint32_t hash = 5381;

    if (buckets == 0 || bloom_words == 0)
        return 0;
    for (const char *at = name; *at; at++)
        hash = hash * 33 + (unsigned char)*at;

    const ElfW(Addr) word = bloom[(hash / WORD_BITS) % bloom_words];
    if ((word >> (hash % WORD_BITS) & word >> ((hash >> bloom_shift) % WORD_BITS) & 1) == 0)
        return 0;
    uint32_t index = bucket[hash % buckets];
    if (index < first)
        return 0;
    for (unsigned i = 0; i < CHAIN_MAX; i++, index++) {
        const uint32_t have = chain[index - first];

        if ((have | 1) == (hash | 1) && symbol_is(table, &table->symbols[index], name))
            return table->base + table->symbols[index].st_value;
        if (have & 1)
            break;
    }
    return 0;
}
