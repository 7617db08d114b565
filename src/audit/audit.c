/*
 * libmiopen_rdna1_audit.so, for LD_AUDIT: what programs look up in MIOpen by name, or bind to it
 * past a preloaded library, they get from the gate.
 *
 * The dynamic linker loads this library into a namespace of its own and calls it at each binding:
 * rtld-audit(7). It decides nothing and calls nothing but the gate's note of who got what; where
 * the gate is not in the process, every binding stays as it is.
 */
#include "audit/symbol.h"
#include "base/miopen_file.h"
#include "base/shim_files.h"
#include "gate/bound.h"

#include <stdatomic.h>

#define AUDIT_EXPORT __attribute__((visibility("default")))

/* What an object is, in the lowest bits of its cookie; the rest is its link map. */
enum kind { KIND_OTHER, KIND_GATE, KIND_SHIM, KIND_MIOPEN, KIND_MASK = 3 };

struct gate {
    struct symbol_table symbols;
    __typeof__(rocm_rdna1_bound) *bound;
};

/* Written where an object is opened or closed, under the linker's lock; read without one. */
static struct gate gate;
static _Atomic(const struct gate *) gate_loaded;

static enum kind kind_of(uintptr_t cookie)
{
    return (enum kind)(cookie & KIND_MASK);
}

static struct link_map *link_map_of(uintptr_t cookie)
{
    return (struct link_map *)(cookie & ~(uintptr_t)KIND_MASK);
}

/*
 * The first version of the interface, until glibc 2.34, leaves out what is bound at once, as MIOpen
 * and most of its users are, and slows every call between libraries: better not at all.
 */
AUDIT_EXPORT unsigned la_version(unsigned version)
{
    return version < 2 ? 0 : 2;
}

/* No other library has the symbol, whatever its name is. */
static bool gate_open(const struct symbol_table *symbols)
{
    const uintptr_t bound = symbol_function(symbols, "rocm_rdna1_bound");

    if (!bound || atomic_load_explicit(&gate_loaded, memory_order_relaxed))
        return false;
    gate.symbols = *symbols;
    gate.bound = (__typeof__(gate.bound))bound;
    atomic_store_explicit(&gate_loaded, &gate, memory_order_release);
    return true;
}

static bool is_named(const char *path, const char *name)
{
    const char *base = file_base_name(path);

    while (*name && *base == *name)
        base++, name++;
    return *base == *name;
}

static enum kind object_kind(const struct link_map *object)
{
    struct symbol_table symbols;

    if (!symbol_table_read(object, &symbols))
        return KIND_OTHER;
    const char *soname = symbol_soname(&symbols);
    if (is_named(object->l_name, GATE_FILE))
        return gate_open(&symbols) ? KIND_GATE : KIND_OTHER;
    if (is_named(object->l_name, SHIM_FILE))
        return KIND_SHIM;
    return miopen_file_named(object->l_name) || (soname && miopen_file_named(soname)) ? KIND_MIOPEN
                                                                                      : KIND_OTHER;
}

/* A namespace made by dlmopen() has no gate that its objects could be given. */
AUDIT_EXPORT unsigned la_objopen(struct link_map *map, Lmid_t lmid, uintptr_t *cookie)
{
    if (lmid != LM_ID_BASE)
        return 0;
    const enum kind kind = object_kind(map);
    *cookie = (uintptr_t)map | kind;
    if (kind == KIND_GATE || kind == KIND_SHIM)
        return 0;
    return kind == KIND_MIOPEN ? LA_FLG_BINDTO | LA_FLG_BINDFROM : LA_FLG_BINDFROM;
}

/* Another object may come to have the same link map. */
AUDIT_EXPORT unsigned la_objclose(uintptr_t *cookie)
{
    const struct gate *loaded = atomic_load_explicit(&gate_loaded, memory_order_acquire);

    if (kind_of(*cookie) == KIND_GATE)
        atomic_store_explicit(&gate_loaded, NULL, memory_order_relaxed);
    else if (loaded)
        loaded->bound(link_map_of(*cookie), NULL);
    return 0;
}

/*
 * Whether a caller must get what it asked for. The linker asks about a look-up by dlsym() for each
 * one whose caller or whose definition has a flag: so also where the gate or the shim looks for the
 * real function. Given its own, it would call itself without end. So would, by way of the shim, a
 * library of MIOpen's name that only passes calls on to the MIOpen which it opens. A MIOpen's calls
 * of its own functions are another matter: those a preloaded library gets too.
 */
static bool must_be_real(uintptr_t caller, uintptr_t definer)
{
    const enum kind kind = kind_of(caller);

    return kind == KIND_GATE || kind == KIND_SHIM || (kind == KIND_MIOPEN && caller != definer);
}

AUDIT_EXPORT uintptr_t la_symbind64(Elf64_Sym *sym, unsigned ndx, uintptr_t *refcook,
                                    uintptr_t *defcook, unsigned *flags, const char *symname)
{
    (void)ndx;
    (void)flags;
    const struct gate *loaded = atomic_load_explicit(&gate_loaded, memory_order_acquire);

    if (!loaded || kind_of(*defcook) != KIND_MIOPEN || must_be_real(*refcook, *defcook))
        return sym->st_value;
    const uintptr_t ours = symbol_function(&loaded->symbols, symname);
    if (!ours)
        return sym->st_value;
    loaded->bound(link_map_of(*refcook), link_map_of(*defcook));
    return ours;
}
