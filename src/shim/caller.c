#include "shim/caller.h"

#include "base/miopen_file.h"
#include "gate/gate.h"
#include "shim/lock.h"
#include "shim/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

_Atomic(struct caller *) callers;

/* What is called before the gate: none of these functions. */
static _Atomic(const struct gate *) gate_known;

static const struct gate *gate_get(void)
{
    return atomic_load_explicit(&gate_known, memory_order_acquire);
}

/* False where there is no room for it, and nothing is copied. */
static bool path_copy(const char *path, char *copy, size_t copy_bytes)
{
    const size_t bytes = strlen(path) + 1;

    if (bytes > copy_bytes)
        return false;
    memcpy(copy, path, bytes);
    return true;
}

/* --- Which object ----------------------------------------------------------------------------- */

/* The code that an address is in. */
struct object {
    uintptr_t address;
    char path[PATH_MAX]; /* as the dynamic linker names it: empty for the program itself */
    uintptr_t start;
    size_t bytes;
};

static int object_match(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct object *object = argument;
    (void)size;

    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const uintptr_t start = info->dlpi_addr + segment->p_vaddr;

        if (segment->p_type != PT_LOAD || object->address - start >= segment->p_memsz)
            continue;
        if (!path_copy(info->dlpi_name, object->path, sizeof(object->path)))
            return 0;
        object->start = start;
        object->bytes = segment->p_memsz;
        return 1;
    }
    return 0;
}

/* --- Which MIOpen ----------------------------------------------------------------------------- */

/* The loaded library that has a symbol, held, unless it is the gate itself; NULL: none. */
static void *library_of_symbol(const void *symbol)
{
    Dl_info own, info;

    if (!symbol || !dladdr(symbol, &info) || !info.dli_fname)
        return NULL;
    if (dladdr(gate_get(), &own) && own.dli_fbase == info.dli_fbase)
        return NULL;
    return dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
}

/* The nth loaded file with MIOpen's name, in the order of loading. */
struct walk {
    unsigned n;
    char path[PATH_MAX];
};

static int walk_match(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct walk *walk = argument;
    (void)size;

    if (!miopen_file_named(info->dlpi_name) || walk->n-- > 0)
        return 0;
    return path_copy(info->dlpi_name, walk->path, sizeof(walk->path)) ? 1 : 0;
}

/* The first of the loaded copies, or that of a link map: what dlopen gives is one's address. */
static void *library_loaded(const void *map)
{
    struct walk walk;

    for (unsigned i = 0;; i++) {
        walk.n = i;
        if (!dl_iterate_phdr(walk_match, &walk))
            return NULL;
        void *library = dlopen(walk.path, RTLD_LAZY | RTLD_NOLOAD);
        if (library && (!map || library == map))
            return library;
        if (library)
            dlclose(library);
    }
}

/*
 * What the caller would have called if the shim were not there. An object calls what dlsym() gave
 * it, or else what the dynamic linker binds its calls to: the first in the global scope (RTLD_NEXT
 * is that without the shim), then one of its own dependencies: a renamed one, or one below an
 * extension module of Python. Who found MIOpen in a way that leaves no trace gets the first that
 * was loaded: the name finds any copy that kept its SONAME, the walk a renamed one. Nothing here
 * loads a library: a second MIOpen in the process would be worse than none.
 *
 * The path is an object's, as in struct object; NULL for code in no object.
 */
static void *library_of_caller(const char *path)
{
    void *object = path ? dlopen(*path ? path : NULL, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    const void *bound = object ? gate_get()->bound(object) : NULL;
    void *library = bound ? library_loaded(bound) : NULL;

    if (!library)
        library = library_of_symbol(gate_get()->next("miopenCreate"));
    if (!library && object)
        library = library_of_symbol(dlsym(object, "miopenCreate"));
    if (!library)
        library = dlopen("libMIOpen.so.1", RTLD_LAZY | RTLD_NOLOAD);
    if (!library)
        library = library_loaded(NULL);
    if (object)
        dlclose(object);
    return library;
}

static const struct real *real_of_caller(const char *path)
{
    void *library = library_of_caller(path);
    const struct real *real = library ? real_of_library(library) : NULL;

    (void)dlerror(); /* what failed here on the way is not for the program to find */
    return real;
}

/* --- The list --------------------------------------------------------------------------------- */

/* The link map of the object that an address is in. NULL: of none, or glibc is older than 2.35. */
#pragma weak _dl_find_object
static const struct link_map *map_of(uintptr_t address)
{
    struct dl_find_object found;

    return _dl_find_object && _dl_find_object((void *)address, &found) == 0 ? found.dlfo_link_map
                                                                            : NULL;
}

/*
 * Where memory is short the search is done again at the next call. A caller that was forgotten
 * comes to life again, so that a library which is loaded and unloaded for ever takes no more room.
 */
static void caller_remember(const struct object *object, const struct real *real)
{
    const void *map = map_of(object->address);
    struct caller *first = atomic_load_explicit(&callers, memory_order_acquire);

    for (struct caller *caller = first; caller; caller = caller->next) {
        if (caller->start == object->start && caller->real == real && caller->map == map &&
            strcmp(caller->path, object->path) == 0) {
            atomic_store_explicit(&caller->bytes, object->bytes, memory_order_relaxed);
            return;
        }
    }

    const size_t path_bytes = strlen(object->path) + 1;
    struct caller *caller = calloc(1, sizeof(*caller) + path_bytes);
    if (!caller)
        return;
    caller->real = real;
    caller->start = object->start;
    caller->map = map;
    (void)path_copy(object->path, caller->path, path_bytes);
    atomic_init(&caller->bytes, object->bytes);
    caller->next = first;
    while (!atomic_compare_exchange_weak(&callers, &caller->next, caller))
        ;
}

/* How many libraries were ever loaded and unloaded. */
struct loads {
    unsigned long long loaded, unloaded;
};

static int loads_read(struct dl_phdr_info *info, size_t size, void *ret_loads)
{
    if (size >= offsetof(struct dl_phdr_info, dlpi_subs) + sizeof(info->dlpi_subs))
        *(struct loads *)ret_loads = (struct loads){info->dlpi_adds, info->dlpi_subs};
    return 1;
}

/*
 * Code that is in no object was compiled while the program ran, and what stands at its address may
 * change at any time. But all such code gets the same MIOpen, for as long as no library comes or
 * goes. What was known before stays in memory, since another thread may be reading it: some bytes
 * for each library that comes or goes between two calls.
 */
struct compiled {
    struct loads loads;
    const struct real *real;
};

static _Atomic(const struct compiled *) compiled_known;

static void compiled_remember(const struct loads *loads, const struct real *real)
{
    struct compiled *compiled = malloc(sizeof(*compiled));

    if (!compiled)
        return;
    *compiled = (struct compiled){*loads, real};
    atomic_store_explicit(&compiled_known, compiled, memory_order_release);
}

static const struct real *compiled_find(void)
{
    struct loads loads = {0};
    const struct compiled *known = atomic_load_explicit(&compiled_known, memory_order_acquire);

    dl_iterate_phdr(loads_read, &loads);
    if (known && loads.loaded > 0 && known->loads.loaded == loads.loaded &&
        known->loads.unloaded == loads.unloaded)
        return known->real;
    const struct real *real = real_of_caller(NULL);
    if (real)
        compiled_remember(&loads, real);
    return real;
}

static const struct real *caller_find(uintptr_t address)
{
    struct object object = {.address = address};

    if (!dl_iterate_phdr(object_match, &object))
        return compiled_find();
    const struct real *real = real_of_caller(object.path);
    if (real)
        caller_remember(&object, real);
    return real;
}

const struct real *caller_search(uintptr_t address)
{
    const int saved_errno = errno;

    lock_share();
    const struct real *real = caller_find(address);
    lock_unshare();
    errno = saved_errno;
    return real;
}

/* How many libraries were ever unloaded. */
static unsigned long long unloads_count(void)
{
    struct loads loads = {0};

    lock_share();
    dl_iterate_phdr(loads_read, &loads);
    lock_unshare();
    return loads.unloaded;
}

/* A link map is memory that may be another object's by now, so its name is compared as well. */
static bool caller_stands(const struct caller *caller, uintptr_t address)
{
    const struct link_map *map = map_of(address);

    return map && map == caller->map && strcmp(map->l_name, caller->path) == 0;
}

/* A glibc that tells no more than that some library was unloaded makes all of them suspect. */
void caller_check(uintptr_t address)
{
    static _Atomic(unsigned long long) known;
    const unsigned long long unloads = _dl_find_object ? 0 : unloads_count();
    const bool all = unloads != atomic_load_explicit(&known, memory_order_relaxed);
    struct caller *caller = atomic_load_explicit(&callers, memory_order_acquire);

    for (; caller; caller = caller->next) {
        const size_t bytes = atomic_load_explicit(&caller->bytes, memory_order_relaxed);

        if (all ||
            (_dl_find_object && address - caller->start < bytes && !caller_stands(caller, address)))
            atomic_store_explicit(&caller->bytes, 0, memory_order_relaxed);
    }
    if (all)
        atomic_store_explicit(&known, unloads, memory_order_release);
}

/* Inside the dynamic linker: see bound.h. */
static void caller_unloaded(const void *map)
{
    struct caller *caller = atomic_load_explicit(&callers, memory_order_acquire);

    for (; caller; caller = caller->next) {
        if (caller->map == map)
            atomic_store_explicit(&caller->bytes, 0, memory_order_relaxed);
    }
}

void caller_open(const struct gate *gate)
{
    atomic_store_explicit(&gate_known, gate, memory_order_release);
    gate->unload_notify(caller_unloaded);
}
