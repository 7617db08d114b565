/*
 * A program that is not linked with MIOpen, and gets it through a library that it opens, as Python
 * does: preload_opener LIBRARY… opens each with RTLD_NOW and RTLD_LOCAL; the last has the function.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    void *library = NULL;

    for (int i = 1; i < argc; i++) {
        library = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            fprintf(stderr, "%s\n", dlerror());
            return 2;
        }
    }
    /* What was named relative to the directory where it began is to be found still. */
    if (chdir("/") < 0)
        return 2;
    int (*convolve)(void) = library ? (int (*)(void))dlsym(library, "preload_convolve") : NULL;
    return convolve ? convolve() : 3;
}
