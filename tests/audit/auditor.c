/* Somebody else's auditor, which asks for everything and changes nothing. */
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_uint bindings;

unsigned la_version(unsigned version)
{
    return version < LAV_CURRENT ? version : LAV_CURRENT;
}

unsigned la_objopen(struct link_map *map, Lmid_t lmid, uintptr_t *cookie)
{
    (void)map;
    (void)lmid;
    (void)cookie;
    return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}

uintptr_t la_symbind64(Elf64_Sym *sym, unsigned ndx, uintptr_t *refcook, uintptr_t *defcook,
                       unsigned *flags, const char *symname)
{
    (void)ndx;
    (void)refcook;
    (void)defcook;
    (void)flags;
    (void)symname;
    atomic_fetch_add_explicit(&bindings, 1, memory_order_relaxed);
    return sym->st_value;
}

/* The proof that it was there: a file, since the program's output is its own. */
__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("TEST_AUDITOR_REPORT");
    FILE *file = path ? fopen(path, "w") : NULL;

    if (file) {
        fprintf(file, "%u\n", atomic_load_explicit(&bindings, memory_order_relaxed));
        fclose(file);
    }
}
