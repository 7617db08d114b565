/* Rule files of any bytes: no crash, bounded memory, and what is kept is complete. */
#include "policy/decision.h"
#include "policy/rule.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rule_set set = {0};
    if (rule_set_parse(&set, "fuzz.rules", (const char *)data, size) < 0)
        abort();
    for (size_t i = 0; i < set.errors_count; i++)
        if (strncmp(set.errors[i].message, "fuzz.rules:", strlen("fuzz.rules:")) != 0)
            abort();

    const struct query query = {
        .chip = "gfx1010", .target = "gfx1030", .miopen = {.major = 3, .minor = 5, .patch = 1}};
    struct decision decision;
    decision_for(&set, &query, &decision);
    if (decision.reasons_count == 0)
        abort();
    for (unsigned i = 0; i < decision.reasons_count; i++)
        if (!*rule_name(decision.reasons[i]) || !*rule_why(decision.reasons[i]) ||
            !*rule_origin(decision.reasons[i]))
            abort();
    rule_set_free(&set);
    return 0;
}
