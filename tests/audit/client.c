/*
 * Comes by MIOpen's functions in one of several ways and runs a convolution through them:
 *
 *   client dlsym|dlvsym LIBRARY     opens it for itself alone, and looks them up
 *   client default LIBRARY          opens it for all, and looks them up among everybody's
 *   client apart LIBRARY            opens it in a namespace of its own
 *   client reopen LIBRARY           the first way, twice, closing it behind each
 *   client unused LIBRARY           the same, with no call before it is closed
 *   client plugin PLUGIN LIBRARY    a library looks them up
 *   client linked|deepbind PLUGIN   a library that is linked with MIOpen, opened so
 *   client through PROXY LIBRARY    looks them up in one that has them from the other
 *   client two PLUGIN LIBRARY       such a library has one copy, this program looks up another's
 */
#include "lookup.h"

#include <string.h>

static int by_name(void *library, void *among, const char *version)
{
    struct api api;

    return api_look_up(among, version, &api) ? api_convolve(&api, library) : 1;
}

/* Closed before any call, it goes; its place and its link map may be used again. */
static int unused(const char *path)
{
    void *library = library_open(path, RTLD_NOW | RTLD_LOCAL);
    struct api api;

    if (!library || !api_look_up(library, NULL, &api) || dlclose(library) != 0)
        return 1;
    if (dlopen(path, RTLD_NOW | RTLD_NOLOAD)) {
        puts("still there");
        return 1;
    }
    library = library_open(path, RTLD_NOW | RTLD_LOCAL);
    return library ? by_name(library, library, NULL) : 1;
}

static int reopen(const char *path)
{
    for (int i = 0; i < 2; i++) {
        void *library = library_open(path, RTLD_LAZY | RTLD_LOCAL);
        if (!library || by_name(library, library, NULL) != 0 || dlclose(library) != 0)
            return 1;
    }
    return 0;
}

static int plugin_look_up(const char *plugin, const char *path)
{
    void *library = library_open(plugin, RTLD_NOW | RTLD_LOCAL);
    int (*run)(const char *) = library ? (int (*)(const char *))dlsym(library, "plugin_run") : NULL;

    return run ? run(path) : 1;
}

static int plugin_convolve(const char *plugin, int mode)
{
    void *library = library_open(plugin, mode);
    int (*run)(void) = library ? (int (*)(void))dlsym(library, "preload_convolve") : NULL;

    return run ? run() : 1;
}

static int two(const char *plugin, const char *path)
{
    void *library = NULL;

    for (int i = 0; i < 2; i++) {
        if (plugin_convolve(plugin, RTLD_NOW | RTLD_LOCAL) != 0)
            return 1;
        library = library_open(path, RTLD_NOW | RTLD_LOCAL);
        if (!library || by_name(library, library, NULL) != 0)
            return 1;
    }
    return 0;
}

static int through(const char *proxy, const char *path)
{
    void *library = library_open(path, RTLD_NOW | RTLD_LOCAL);
    void *among = library_open(proxy, RTLD_NOW | RTLD_LOCAL);

    return library && among ? by_name(library, among, NULL) : 1;
}

int main(int argc, char **argv)
{
    const char *way = argc > 2 ? argv[1] : "";
    const char *path = argv[argc - 1];

    if (strcmp(way, "unused") == 0)
        return unused(path);
    if (strcmp(way, "reopen") == 0)
        return reopen(path);
    if (strcmp(way, "linked") == 0)
        return plugin_convolve(path, RTLD_NOW | RTLD_LOCAL);
    if (strcmp(way, "deepbind") == 0)
        return plugin_convolve(path, RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND);
    if (strcmp(way, "plugin") == 0)
        return plugin_look_up(argv[2], path);
    if (strcmp(way, "through") == 0)
        return through(argv[2], path);
    if (strcmp(way, "two") == 0)
        return two(argv[2], path);

    void *library = NULL;
    if (strcmp(way, "apart") == 0)
        library = dlmopen(LM_ID_NEWLM, path, RTLD_NOW | RTLD_LOCAL);
    else if (strcmp(way, "default") == 0)
        library = library_open(path, RTLD_NOW | RTLD_GLOBAL);
    else
        library = library_open(path, RTLD_NOW | RTLD_LOCAL);
    return library ? by_name(library, strcmp(way, "default") == 0 ? RTLD_DEFAULT : library,
                             strcmp(way, "dlvsym") == 0 ? "MIOPEN_HIP_1" : NULL)
                   : 1;
}
