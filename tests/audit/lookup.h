/* MIOpen's functions by name, as TensorFlow, JAX and Julia get them. */
#pragma once

#include "api.h"

#include <dlfcn.h>
#include <stdio.h>

/* The look-up is made by whoever includes this: the dynamic linker minds who asks. */
static inline bool api_look_up(void *library, const char *version, struct api *ret_api)
{
    struct api api;

#define FUNCTION(name)                                                                             \
    api.name =                                                                                     \
        (__typeof__(api.name))(version ? dlvsym(library, #name, version) : dlsym(library, #name)); \
    if (!api.name)                                                                                 \
        return false;
    API_FUNCTIONS(FUNCTION)
#undef FUNCTION
    *ret_api = api;
    return true;
}

/* Opens a library or says why it cannot be. */
static inline void *library_open(const char *path, int mode)
{
    void *library = dlopen(path, mode);

    if (!library)
        puts(dlerror());
    return library;
}
