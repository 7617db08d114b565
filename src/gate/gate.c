#include "gate/gate.h"

#include "base/miopen_file.h"
#include "base/shim_files.h"
#include "gate/bound.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define STATUS_NOT_INITIALIZED 1 /* miopenStatusNotInitialized */

__thread struct gate_thread rocm_rdna1_thread
    __attribute__((tls_model("initial-exec"), visibility("default")));

/* The same by a name that nothing has to be searched for. */
extern __thread struct gate_thread gate_thread
    __attribute__((alias("rocm_rdna1_thread"), tls_model("initial-exec"), visibility("hidden")));

/*
 * Never called. Where an auditor is in the process, the dynamic linker gives threads their storage
 * before it knows any library, and sets a place aside where one is loaded that uses it: so the gate
 * has to.
 */
__attribute__((used)) static struct gate_thread *thread_get(void)
{
    return &gate_thread;
}

/* Read by entries.S, which calls gate_first() where there is NULL: the shim has not come yet. */
__attribute__((visibility("hidden"))) gate_entry *gate_entries[GATE_FUNCTIONS];
__attribute__((visibility("hidden"))) gate_entry *gate_first(unsigned function);

/* One after another, each with its NUL: an array of pointers would have to be relocated. */
static const char names[] =
#define WRAPPED(name, ...) #name "\0"
#define CALLED(name, ...)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
    ;

/* The return address of dlsym() must be in here. */
static void *next(const char *name)
{
    void *volatile symbol = dlsym(RTLD_NEXT, name);

    return symbol;
}

static const struct gate gate = {
    .entries = gate_entries,
    .next = next,
    .bound = bound_miopen,
    .unload_notify = bound_notify,
};

/*
 * From the directory that the gate is in. Only the dynamic linker knows which one that is where the
 * gate was named relative to a directory that the process has left since; but whose $ORIGIN that is
 * it tells by who calls dlopen(), which may be another library that stands before it.
 */
static void *shim_library(void)
{
    Dl_info own;
    char path[PATH_MAX];

    if (!dladdr(gate_entries, &own) || !own.dli_fname || *own.dli_fname != '/')
        return dlopen("$ORIGIN/" SHIM_FILE, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    const int directory_bytes = (int)(file_base_name(own.dli_fname) - own.dli_fname);
    const int bytes =
        snprintf(path, sizeof(path), "%.*s" SHIM_FILE, directory_bytes, own.dli_fname);
    if (bytes < 0 || (size_t)bytes >= sizeof(path))
        return NULL;
    return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

static bool shim_open(bool at_start)
{
    void *shim = shim_library();
    gate_open_shim *open = shim ? (gate_open_shim *)dlsym(shim, "rocm_rdna1_open") : NULL;

    if (open)
        open(&gate, at_start);
    else
        (void)dlerror(); /* not the program's */
    return open != NULL;
}

static int refuse(void)
{
    return STATUS_NOT_INITIALIZED;
}

/* What MIOpen itself has: without the shim, whose file may be gone, a call is MIOpen's alone. */
static gate_entry *real_entry(unsigned function)
{
    const char *name = names;

    for (unsigned i = 0; i < function; i++)
        name += strlen(name) + 1;
    void *real = next(name);
    void *miopen = real ? NULL : dlopen("libMIOpen.so.1", RTLD_LAZY | RTLD_NOLOAD);
    if (miopen)
        real = dlsym(miopen, name);
    (void)dlerror();
    return real ? (gate_entry *)real : (gate_entry *)refuse;
}

/* Where a function's first call goes, and each one for as long as the shim cannot be had. */
gate_entry *gate_first(unsigned function)
{
    const int saved_errno = errno;
    gate_entry *entry = shim_open(false)
                            ? __atomic_load_n(&gate_entries[function], __ATOMIC_RELAXED)
                            : real_entry(function);

    errno = saved_errno;
    return entry;
}

/*
 * Only where the program is linked with MIOpen is anything done before its first call. A weak
 * reference, which the dynamic linker leaves at NULL where nobody defines it, is the cheapest way
 * to know.
 */
extern int miopenGetVersion(size_t *, size_t *, size_t *) __attribute__((weak));

__attribute__((constructor)) static void gate_start(void)
{
    if (miopenGetVersion)
        shim_open(true);
}
