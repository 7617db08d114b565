/* Symbols and what people call them, a line each, of any bytes: no crash, and bounded names. */
#include "codeobj/symbol_name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *symbol = strndup((const char *)data, size);
    char name[SYMBOL_NAME_SIZE];
    if (!symbol)
        abort();
    char *wanted = strchr(symbol, '\n');
    if (wanted)
        *wanted++ = '\0';
    if (symbol_demangle(symbol, name) && strlen(name) >= SYMBOL_NAME_SIZE)
        abort();
    symbol_is(symbol, wanted ? wanted : "");
    if (*symbol && !symbol_is(symbol, symbol) && strstr(symbol, ".kd") == NULL)
        abort();
    free(symbol);
    return 0;
}
