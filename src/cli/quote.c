#include "cli/quote.h"

#include <string.h>

bool quote_is_name(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return *name && !(*name >= '0' && *name <= '9') && name[strspn(name, letters)] == '\0';
}

void quote_sh(FILE *file, const char *value)
{
    fputc('\'', file);
    for (; *value; value++) {
        if (*value == '\'')
            fputs("'\\''", file);
        else
            fputc(*value, file);
    }
    fputc('\'', file);
}
