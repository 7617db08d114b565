/*
 * A program that is not linked with MIOpen, and gets it through a library that it opens, as Python
 * does: preload_opener LIBRARY… opens each with RTLD_NOW and RTLD_LOCAL; the last has the function.
 * Of ?LIBRARY it is of no matter whether it can be opened, and !LIBRARY is one that cannot.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    void *library = NULL;

    for (int i = 1; i < argc; i++) {
        const bool may_fail = argv[i][0] == '?', must_fail = argv[i][0] == '!';

        library = dlopen(argv[i] + (may_fail || must_fail), RTLD_NOW | RTLD_LOCAL);
        if (!may_fail && must_fail != !library) {
            fprintf(stderr, "%s: %s\n", argv[i], library ? "it could be opened" : dlerror());
            return 2;
        }
    }
    /* What was named relative to the directory where it began is to be found still. */
    if (chdir("/") < 0)
        return 2;
    int (*convolve)(void) = library ? (int (*)(void))dlsym(library, "preload_convolve") : NULL;
    return convolve ? convolve() : 3;
}
