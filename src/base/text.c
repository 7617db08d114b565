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
