#include "tap.h"

#include <stdarg.h>
#include <stdio.h>

bool tap_result(struct tap *tap, bool good, const char *format, ...)
{
    va_list arguments;

    tap->results++;
    tap->failures += !good;
    printf("%sok %zu - ", good ? "" : "not ", tap->results);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
    return good;
}

void tap_skip(struct tap *tap, const char *name, const char *why)
{
    tap->results++;
    printf("ok %zu - %s # SKIP %s\n", tap->results, name, why);
    fflush(stdout);
}

void tap_note(const char *format, ...)
{
    va_list arguments;

    fputs("# ", stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

int tap_end(const struct tap *tap)
{
    printf("1..%zu\n", tap->results);
    return tap->failures == 0 && tap->results > 0 ? 0 : 1;
}
