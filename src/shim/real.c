#include "shim/real.h"

#include "base/miopen_file.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdlib.h>

_Atomic(const struct real *) real_found;

static int match_loaded_miopen(struct dl_phdr_info *info, size_t size, void *ret_path)
{
    (void)size;
    if (!miopen_file_named(info->dlpi_name))
        return 0;
    *(const char **)ret_path = info->dlpi_name;
    return 1;
}

/*
 * RTLD_NEXT sees only the global scope: not a MIOpen that Python brought in under an extension
 * module. The name finds any copy that kept its SONAME, the walk finds a renamed one. Nothing here
 * loads a library: a second MIOpen in the process would be worse than none.
 */
static void *library_open(void)
{
    void *next = dlsym(RTLD_NEXT, "miopenCreate");
    Dl_info info;

    if (next && dladdr(next, &info) && info.dli_fname) {
        void *library = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
        if (library)
            return library;
    }

    void *library = dlopen("libMIOpen.so.1", RTLD_LAZY | RTLD_NOLOAD);
    if (library)
        return library;

    const char *path = NULL;
    if (dl_iterate_phdr(match_loaded_miopen, &path) && path)
        return dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
    return NULL;
}

/*
 * No lock: the look-ups take the dynamic loader's own, which a thread may hold that runs another
 * library's constructor and waits for us. Threads that meet here do the work twice instead.
 */
static const struct real *real_find(void)
{
    void *library = library_open();
    if (!library)
        return NULL;

    struct real *real = calloc(1, sizeof(*real));
    if (!real) {
        dlclose(library);
        return NULL;
    }
    real->library = library;
#define LOOK_UP(name)      real->name = (__typeof__(real->name))dlsym(library, #name);
#define WRAPPED(name, ...) LOOK_UP(name)
#define CALLED(name, ...)  LOOK_UP(name)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
#define HIP(name, parameters) LOOK_UP(name)
#include "shim/hip.list"
#undef HIP
#undef LOOK_UP

    const struct real *first = NULL;
    if (!atomic_compare_exchange_strong(&real_found, &first, real)) {
        free(real);
        dlclose(library);
        return first;
    }
    return real;
}

const struct real *real_search(void)
{
    const int saved_errno = errno;
    const struct real *real = real_find();

    errno = saved_errno;
    return real;
}
