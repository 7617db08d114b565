#include "shim/json.h"

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

/*
 * The bytes of the UTF-8 character at `at`, 0 where there is none. Overlong forms, surrogates and
 * what is past U+10FFFF are none: readers of JSON refuse them.
 */
static size_t character_length(const unsigned char *at)
{
    static const struct {
        unsigned char first_least, first_most, second_least, second_most;
        unsigned char length;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (at[0] < forms[i].first_least || at[0] > forms[i].first_most)
            continue;
        if (forms[i].length > 1 && (at[1] < forms[i].second_least || at[1] > forms[i].second_most))
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if ((at[k] & 0xc0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

void json_add_string(struct json *json, const char *string)
{
    if (!string) {
        json_add(json, "null");
        return;
    }
    json_add(json, "\"");
    const unsigned char *const begin = (const unsigned char *)string;
    for (const unsigned char *at = begin; *at && at - begin < STRING_MAX;) {
        const size_t length = character_length(at);
        if (length == 0)
            json_add(json, "\\\\x%02x", *at);
        else if (*at == '"' || *at == '\\')
            json_add(json, "\\%c", *at);
        else if (*at < 0x20 || *at == 0x7f)
            json_add(json, "\\u%04x", *at);
        else
            json_add(json, "%.*s", (int)length, (const char *)at);
        at += length ? length : 1;
    }
    json_add(json, "\"");
}

void json_free(struct json *json)
{
    free(json->bytes);
    *json = (struct json){.bytes = NULL};
}
