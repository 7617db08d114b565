/* A library that looks MIOpen's functions up for a program that knows nothing of them. */
#include "lookup.h"

int plugin_run(const char *path);

__attribute__((visibility("default"))) int plugin_run(const char *path)
{
    void *library = library_open(path, RTLD_LAZY | RTLD_LOCAL);
    struct api api;

    return library && api_look_up(library, NULL, &api) ? api_convolve(&api, library) : 1;
}
