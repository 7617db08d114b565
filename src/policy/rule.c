#include "policy/rule.h"

#include "policy/rule_section.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *rule_name(const struct rule *rule)
{
    return rule->name;
}

const char *rule_why(const struct rule *rule)
{
    return rule->why;
}

const char *rule_origin(const struct rule *rule)
{
    return rule->origin;
}

unsigned layout_bit(enum layout layout, unsigned spatial)
{
    if (layout == LAYOUT_OTHER)
        return 1U << 4;
    return 1U << ((spatial == 3 ? 2U : 0U) + (layout == LAYOUT_CHANNEL_LAST ? 1U : 0U));
}

solver_mask family_mask(enum family family)
{
    solver_mask mask = 0;
    for (size_t i = 0; i < solvers_count; i++)
        if (solvers[i].family == family)
            mask |= (solver_mask)1 << i;
    return mask;
}

/* Whether the words of `list`, separated by single spaces, hold `word`. */
static bool list_has(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = list; at; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, word, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
            return length > 0;
    }
    return false;
}

/* Numbers come from a program's descriptors: one past the mask's bits is in no mask. */
static bool mask_has(unsigned mask, unsigned number)
{
    return number < 32 && mask & 1U << number;
}

static bool rule_is_about_problems(const struct rule *rule)
{
    return rule->directions || rule->types || rule->layouts;
}

bool rule_matches(const struct rule *rule, const struct query *query, uint32_t chip)
{
    if (rule->chips && !(rule->chips & chip))
        return false;
    if (rule->targets && !list_has(rule->targets, query->target))
        return false;
    if (rule->miopen) {
        static const struct version unknown = {0, 0, 0};
        if (version_compare(query->miopen, unknown) == 0 ||
            !version_in_range(query->miopen, rule->miopen))
            return false;
    }
    const struct problem *problem = query->problem;
    if (!problem)
        return !rule_is_about_problems(rule);
    if (rule->directions && !mask_has(rule->directions, (unsigned)problem->direction))
        return false;
    if (rule->types && !mask_has(rule->types, (unsigned)problem->w.type))
        return false;
    return !rule->layouts ||
           rule->layouts & layout_bit(problem_layout(problem, query->miopen), problem->spatial);
}

void rule_clear(struct rule *rule)
{
    free(rule->name);
    free(rule->why);
    free(rule->origin);
    free(rule->targets);
    free(rule->miopen);
    *rule = (struct rule){0};
}

/* Makes room for one more in an array that has room for a power of two. Its new place, or NULL. */
static void *array_grow(void *array, size_t count, size_t size)
{
    if (count & (count - 1))
        return array;
    size_t bytes;
    if (__builtin_mul_overflow(count ? count * 2 : 1, size, &bytes))
        return NULL;
    return realloc(array, bytes);
}

int rule_set_add(struct rule_set *set, struct rule *rule)
{
    struct rule *rules = array_grow(set->rules, set->count, sizeof(*rules));
    if (!rules)
        return -ENOMEM;
    set->rules = rules;
    set->rules[set->count++] = *rule;
    *rule = (struct rule){0};
    return 0;
}

int rule_set_add_error(struct rule_set *set, const char *message)
{
    struct rule_error *errors = array_grow(set->errors, set->errors_count, sizeof(*errors));
    if (!errors)
        return -ENOMEM;
    set->errors = errors;
    char *copy = strdup(message);
    if (!copy)
        return -ENOMEM;
    set->errors[set->errors_count++] = (struct rule_error){.message = copy};
    return 0;
}

void rule_set_free(struct rule_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        rule_clear(&set->rules[i]);
    for (size_t i = 0; i < set->errors_count; i++)
        free(set->errors[i].message);
    free(set->rules);
    free(set->errors);
    *set = (struct rule_set){0};
}
