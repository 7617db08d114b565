/* Somebody else's auditor, which asks for everything and changes nothing. */
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static atomic_uint bindings;

unsigned la_version(unsigned offered)
{
    return offered < LAV_CURRENT ? offered : LAV_CURRENT;
}

unsigned la_objopen(struct link_map *object, Lmid_t namespace, uintptr_t *cookie)
{
    (void)object;
    (void)namespace;
    (void)cookie;
    return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}

uintptr_t la_symbind64(Elf64_Sym *symbol, unsigned index, uintptr_t *caller, uintptr_t *definer,
                       unsigned *flags, const char *name)
{
    (void)index;
    (void)caller;
    (void)definer;
    (void)flags;
    (void)name;
    atomic_fetch_add_explicit(&bindings, 1, memory_order_relaxed);
    return symbol->st_value;
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
