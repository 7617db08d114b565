#include "shim/json.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of rules' names, programs and variables more is of no use to anybody. */
#define STRING_MAX 1000

static bool json_grow(struct json *json, size_t more)
{
    if (json->incomplete)
        return false;
    const size_t wanted = json->length + more + 1;
    if (wanted <= json->size)
        return true;
    const size_t size = wanted > 2 * json->size ? wanted : 2 * json->size;
    char *bytes = realloc(json->bytes, size);
    if (!bytes) {
        json->incomplete = true;
        return false;
    }
    json->bytes = bytes;
    json->size = size;
    return true;
}

void json_add(struct json *json, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0 || !json_grow(json, (size_t)length))
        return;
    va_start(arguments, format);
    vsnprintf(json->bytes + json->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    json->length += (size_t)length;
}

void json_add_string(struct json *json, const char *string)
{
    if (!string) {
        json_add(json, "null");
        return;
    }
    json_add(json, "\"");
    for (const char *at = string; *at && at - string < STRING_MAX;) {
        const size_t length = text_character_length(at);
        const unsigned char first = (unsigned char)*at;
        if (length == 0)
            json_add(json, "\\\\x%02x", first);
        else if (*at == '"' || *at == '\\')
            json_add(json, "\\%c", *at);
        else if (first < 0x20 || first == 0x7f)
            json_add(json, "\\u%04x", first);
        else
            json_add(json, "%.*s", (int)length, at);
        at += length ? length : 1;
    }
    json_add(json, "\"");
}

void json_free(struct json *json)
{
    free(json->bytes);
    *json = (struct json){.bytes = NULL};
}
