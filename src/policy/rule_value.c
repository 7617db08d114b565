/* The values of a rule's keys: one parser for each, and the table that names them. */
#include "policy/rule_section.h"

#include "facts/chip.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As much of somebody's text as a message shows. */
#define SHOWN_MAX 60

__attribute__((format(printf, 2, 3))) static int complain(struct rule_complaint *ret_complaint,
                                                          const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(ret_complaint->text, sizeof(ret_complaint->text), format, arguments);
    va_end(arguments);
    return -EINVAL;
}

/* Its length in bytes; a character that would be cut in two is left out. */
static int shown_length(const char *text)
{
    size_t length = strnlen(text, SHOWN_MAX);
    if (text[length] != '\0')
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    return (int)length;
}

#define SHOWN(text) shown_length(text), (text)

/* How many letters must be added, removed or changed to make one short word into the other. */
static unsigned word_distance(const char *a, const char *b)
{
    enum { WORD_MAX = 40 };
    const size_t length = strlen(b);
    if (strlen(a) > WORD_MAX || length > WORD_MAX)
        return WORD_MAX;
    unsigned row[WORD_MAX + 1];
    for (size_t j = 0; j <= length; j++)
        row[j] = (unsigned)j;
    for (size_t i = 0; a[i]; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < length; j++) {
            const bool same = tolower((unsigned char)a[i]) == tolower((unsigned char)b[j]);
            unsigned best = diagonal + !same;
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j + 1] + 1 < best)
                best = row[j + 1] + 1;
            diagonal = row[j + 1];
            row[j + 1] = best;
        }
    }
    return row[length];
}

/* Keeps the candidate if it is nearer to the word than what was found before, and near at all. */
static void keep_closer(const char *word, const char *candidate, unsigned *distance,
                        const char **ret_meant)
{
    const unsigned found = word_distance(word, candidate);
    if (found < *distance && found <= 1 + strlen(candidate) / 4) {
        *distance = found;
        *ret_meant = candidate;
    }
}

static char *next_word(char **rest)
{
    return strtok_r(NULL, " \t", rest);
}

static int parse_why(struct rule *rule, char *value, struct rule_complaint *ret_complaint)
{
    (void)ret_complaint;
    rule->why = strdup(value);
    return rule->why ? 0 : -ENOMEM;
}

static int parse_chips(struct rule *rule, char *value, struct rule_complaint *ret_complaint)
{
    for (char *rest = value, *word; (word = next_word(&rest));) {
        const struct chip *chip = chip_from_name(word);
        if (!chip)
            return complain(ret_complaint,
                            "\"%.*s\" is not an RDNA1 chip: expected gfx1010, gfx1011, gfx1012 or "
                            "gfx1013 (no other card is ever decided upon)",
                            SHOWN(word));
        rule->chips |= 1U << (chip - chips);
    }
    return 0;
}

/* "gfx1030", "gfx90a", "gfx10-3-generic". */
static bool is_target_name(const char *word)
{
    return strlen(word) < CHIP_NAME_SIZE && strncmp(word, "gfx", 3) == 0 && word[3] != '\0' &&
           word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static int parse_targets(struct rule *rule, char *value, struct rule_complaint *ret_complaint)
{
    rule->targets = malloc(strlen(value) + 1);
    if (!rule->targets)
        return -ENOMEM;
    char *end = rule->targets;
    for (char *rest = value, *word; (word = next_word(&rest));) {
        if (!is_target_name(word))
            return complain(ret_complaint,
                            "\"%.*s\" is not the name of a target: expected such as gfx1030 or "
                            "gfx10-1-generic",
                            SHOWN(word));
        if (end > rule->targets)
            *end++ = ' ';
        end = stpcpy(end, word);
    }
    return 0;
}

static int parse_miopen(struct rule *rule, char *value, struct rule_complaint *ret_complaint)
{
    if (version_range_check(value) < 0)
        return complain(ret_complaint,
                        "\"%.*s\": expected a range such as \">=2.17,<2.20\" or a version such as "
                        "\"3.5.1\"",
                        SHOWN(value));
    rule->miopen = strdup(value);
    return rule->miopen ? 0 : -ENOMEM;
}

static int parse_directions(struct rule *rule, char *value, struct rule_complaint *ret_complaint)
{
    for (char *rest = value, *word; (word = next_word(&rest));) {
        enum direction direction = 0;
        while (direction < DIRECTION_COUNT && strcmp(word, direction_name(direction)) != 0)
            direction++;
        if (direction == DIRECTION_COUNT)
            return complain(ret_complaint,
                            "\"%.*s\" is not a direction: expected forward, backward-data or "
                            "backward-weights",
                            SHOWN(word));
        rule->directions |= 1U << direction;
    }
    return 0;
}

static int parse_types(struct rule *rule, char *value, struct rule_complaint *ret_complaint)
{
    for (char *rest = value, *word; (word = next_word(&rest));) {
        enum data_type type = 0;
        while (data_type_bytes(type) > 0 && strcmp(word, data_type_name(type)) != 0)
            type++;
        if (data_type_bytes(type) == 0)
            return complain(ret_complaint,
                            "\"%.*s\" is not a data type: expected fp32, fp16, bf16, int8, fp64, "
                            "fp8, bf8, int8x4, int32 or int64",
                            SHOWN(word));
        rule->types |= 1U << type;
    }
    return 0;
}

static int parse_layouts(struct rule *rule, char *value, struct rule_complaint *ret_complaint)
{
    for (char *rest = value, *word; (word = next_word(&rest));) {
        unsigned bit = 0;
        for (unsigned spatial = 2; spatial <= 3; spatial++)
            for (enum layout layout = LAYOUT_DEFAULT; layout <= LAYOUT_OTHER; layout++)
                if (strcmp(word, layout_name(layout, spatial)) == 0)
                    bit = layout_bit(layout, spatial);
        if (bit == 0)
            return complain(ret_complaint,
                            "\"%.*s\" is not a layout: expected NCHW, NHWC, NCDHW, NDHWC or other",
                            SHOWN(word));
        rule->layouts |= bit;
    }
    return 0;
}

/* A word that names solvers: a family, or one solver. Families without candidates give no bits. */
static int parse_solvers(const char *word, solver_mask *ret_mask,
                         struct rule_complaint *ret_complaint)
{
    enum family family;
    if (family_from_name(word, &family) == 0) {
        *ret_mask = family_mask(family);
        return 0;
    }
    const struct solver *solver = solver_from_name(word);
    if (solver) {
        *ret_mask = (solver_mask)1 << (solver - solvers);
        return 0;
    }
    const char *meant = NULL;
    unsigned distance = -1U;
    for (family = 0; family < FAMILY_COUNT; family++)
        keep_closer(word, family_name(family), &distance, &meant);
    for (size_t i = 0; i < solvers_count; i++)
        keep_closer(word, solvers[i].name, &distance, &meant);
    if (meant)
        return complain(ret_complaint, "\"%.*s\" is not known: did you mean %s?", SHOWN(word),
                        meant);
    return complain(ret_complaint,
                    "\"%.*s\" is not known: expected gemm, naive or a solver such as GemmFwdRest",
                    SHOWN(word));
}

/* The same where the solvers must be such as can be chosen. */
static int parse_candidates(const char *word, solver_mask *ret_mask,
                            struct rule_complaint *ret_complaint)
{
    solver_mask mask = 0;
    const int r = parse_solvers(word, &mask, ret_complaint);
    if (r < 0)
        return r;
    if (mask == 0)
        return complain(ret_complaint,
                        "%s cannot be chosen singly in this version: expected gemm, naive or one "
                        "of their solvers (Allow=any leaves every choice to MIOpen)",
                        word);
    *ret_mask = mask;
    return 0;
}

static int parse_allow(struct rule *rule, char *value, struct rule_complaint *ret_complaint)
{
    rule->allows = true;
    if (strcmp(value, "any") == 0) {
        rule->allows_any = true;
        return 0;
    }
    for (char *rest = value, *word; (word = next_word(&rest));) {
        if (strcmp(word, "any") == 0)
            return complain(ret_complaint, "any stands alone: it leaves every choice to MIOpen");
        solver_mask mask = 0;
        const int r = parse_candidates(word, &mask, ret_complaint);
        if (r < 0)
            return r;
        rule->allow |= mask;
    }
    return 0;
}

static int parse_deny(struct rule *rule, char *value, struct rule_complaint *ret_complaint)
{
    for (char *rest = value, *word; (word = next_word(&rest));) {
        solver_mask mask = 0;
        const int r = parse_solvers(word, &mask, ret_complaint);
        if (r < 0)
            return r;
        rule->deny |= mask;
    }
    return 0;
}

static int parse_prefer(struct rule *rule, char *value, struct rule_complaint *ret_complaint)
{
    solver_mask named = 0;
    for (char *rest = value, *word; (word = next_word(&rest));) {
        solver_mask mask = 0;
        const int r = parse_candidates(word, &mask, ret_complaint);
        if (r < 0)
            return r;
        /* What an earlier word has placed keeps its place. */
        mask &= ~named;
        if (mask == 0)
            continue;
        named |= mask;
        rule->preferences[rule->preferences_count++] = mask;
    }
    return 0;
}

const struct rule_key rule_keys[] = {
#define RULE_KEY(name, parser, help) {#name, help, parse_##parser},
#include "policy/rule_keys.list"
#undef RULE_KEY
};

const unsigned rule_keys_count = sizeof(rule_keys) / sizeof(rule_keys[0]);

const struct rule_key *rule_key_find(const char *name, const char **ret_meant)
{
    const char *meant = NULL;
    unsigned distance = -1U;
    for (unsigned i = 0; i < rule_keys_count; i++) {
        if (strcmp(rule_keys[i].name, name) == 0)
            return &rule_keys[i];
        keep_closer(name, rule_keys[i].name, &distance, &meant);
    }
    *ret_meant = meant;
    return NULL;
}
