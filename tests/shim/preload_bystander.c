/* A program that has nothing to do with MIOpen. Its exit status says what it saw of the shim. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    puts("to stdout");
    fputs("to stderr\n", stderr);
    if (getenv("MIOPEN_DEBUG_CONV_WINOGRAD"))
        return 1;
    return errno != 0 ? 2 : 40 + argc + (argv[argc] != NULL);
}
