#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The number at the start of the text; `*ret_rest` is what follows it and white space. */
static int number_parse(const char *text, uint64_t *ret_value, const char **ret_rest)
{
    while (isspace((unsigned char)*text))
        text++;
    /* strtoull() would take a sign, and turn "-1" into the largest number there is. */
    if (!isdigit((unsigned char)*text))
        return -EINVAL;
    const int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
    const int saved_errno = errno;
    errno = 0;
    char *end;
    const unsigned long long value = strtoull(text, &end, base);
    const int error = errno;
    errno = saved_errno;
    if (error == ERANGE)
        return -ERANGE;
    while (isspace((unsigned char)*end))
        end++;
    *ret_value = value;
    *ret_rest = end;
    return 0;
}

int text_parse_u64(const char *text, uint64_t *ret_value)
{
    uint64_t value;
    const char *rest;
    const int r = number_parse(text, &value, &rest);
    if (r < 0)
        return r;
    if (*rest != '\0')
        return -EINVAL;
    *ret_value = value;
    return 0;
}

int text_parse_bytes(const char *text, uint64_t *ret_bytes)
{
    uint64_t value;
    const char *rest;
    const int r = number_parse(text, &value, &rest);
    if (r < 0)
        return r;
    if (*rest != '\0') {
        static const char units[] = "KMGT";
        const char *unit = strchr(units, toupper((unsigned char)*rest));
        if (!unit)
            return -EINVAL;
        rest++;
        if (*rest != '\0' && strcmp(rest, "B") != 0 && strcmp(rest, "iB") != 0)
            return -EINVAL;
        const unsigned shift = 10 * ((unsigned)(unit - units) + 1);
        if (value > UINT64_MAX >> shift)
            return -ERANGE;
        value <<= shift;
    }
    *ret_bytes = value;
    return 0;
}

size_t text_character_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
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
