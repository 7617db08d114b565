#include "base/version.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static const char *skip_space(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

/* One decimal field; `*text` moves past it. Leading zeros are fine: MIOpen 3.00.0 was a release. */
static int field_parse(const char **text, unsigned *ret_field)
{
    if (!isdigit((unsigned char)**text))
        return -EINVAL;
    unsigned value = 0;
    for (; isdigit((unsigned char)**text); (*text)++) {
        const unsigned digit = (unsigned)(**text - '0');
        if (__builtin_mul_overflow(value, 10U, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return -EINVAL;
    }
    *ret_field = value;
    return 0;
}

/* A version at the start of the text; `*text` moves past it. */
static int version_take(const char **text, struct version *ret_version)
{
    struct version version = {0};
    unsigned *const fields[] = {&version.major, &version.minor, &version.patch};
    const char *at = *text;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (i > 0) {
            if (*at != '.')
                break;
            at++;
        }
        if (field_parse(&at, fields[i]) < 0)
            return -EINVAL;
    }
    *text = at;
    *ret_version = version;
    return 0;
}

int version_parse(const char *text, struct version *ret_version)
{
    struct version version;
    if (version_take(&text, &version) < 0 || *text != '\0')
        return -EINVAL;
    *ret_version = version;
    return 0;
}

static int compare_fields(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

int version_compare(struct version a, struct version b)
{
    const int major = compare_fields(a.major, b.major);
    if (major != 0)
        return major;
    const int minor = compare_fields(a.minor, b.minor);
    return minor != 0 ? minor : compare_fields(a.patch, b.patch);
}

/* A relation accepts some of the outcomes of version_compare(). */
struct relation {
    const char *text;
    bool less, equal, greater;
};

/* Longer ones first, so that ">=" is not taken for ">". */
static const struct relation relations[] = {
    {"==", false, true, false}, {"!=", true, false, true}, {"<=", true, true, false},
    {">=", false, true, true},  {"=", false, true, false}, {"<", true, false, false},
    {">", false, false, true},
};

static const struct relation bare = {"", false, true, false};

static const struct relation *relation_take(const char **text)
{
    for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++) {
        const size_t length = strlen(relations[i].text);
        if (strncmp(*text, relations[i].text, length) == 0) {
            *text += length;
            return &relations[i];
        }
    }
    return &bare;
}

static bool relation_accepts(const struct relation *relation, int comparison)
{
    if (comparison < 0)
        return relation->less;
    return comparison > 0 ? relation->greater : relation->equal;
}

/* Walks a range. -EINVAL, or 0 with whether `version` is within. */
static int range_walk(const char *range, struct version version, bool *ret_within)
{
    bool within = true;
    for (const char *at = range;; at++) {
        at = skip_space(at);
        const struct relation *relation = relation_take(&at);
        at = skip_space(at);
        struct version bound;
        if (version_take(&at, &bound) < 0)
            return -EINVAL;
        if (!relation_accepts(relation, version_compare(version, bound)))
            within = false;
        at = skip_space(at);
        if (*at == '\0')
            break;
        if (*at != ',')
            return -EINVAL;
    }
    *ret_within = within;
    return 0;
}

int version_range_check(const char *range)
{
    bool within;
    return range_walk(range, (struct version){0}, &within);
}

bool version_in_range(struct version version, const char *range)
{
    bool within;
    return range_walk(range, version, &within) == 0 && within;
}
