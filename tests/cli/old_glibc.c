/* Preloaded into rocm-rdna1, it makes the C library out to be an old one. */
#include <gnu/libc-version.h>

const char *gnu_get_libc_version(void)
{
    return "2.31";
}
