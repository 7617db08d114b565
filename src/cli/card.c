#include "cli/card.h"

#include "cli/json.h"

#include <string.h>

void card_read(const struct machine *machine, const struct gpu *gpu,
               const struct settings *settings, struct card *ret_card)
{
    struct card card = {.gpu = gpu};
    gpu_name_read(&machine->root, gpu, card.name);
    target_read(gpu, process_environment, NULL, &card.target);
    if (!settings->off)
        decision_for(&machine->rules,
                     &(struct query){.chip = gpu->chip, .target = card.target.name},
                     &card.decision);
    *ret_card = card;
}

/* The families a decision allows, in its order of preference. */
static size_t families_in_order(const struct decision *decision, const char *ret_names[])
{
    size_t count = 0;
    if (decision->preferred < FAMILY_COUNT && decision->allowed[decision->preferred])
        ret_names[count++] = family_name(decision->preferred);
    for (enum family family = 0; family < FAMILY_COUNT; family++)
        if (decision->allowed[family] && family != decision->preferred)
            ret_names[count++] = family_name(family);
    return count;
}

void card_decision(const struct card *card, char ret_text[DECISION_TEXT_SIZE])
{
    if (!card->decision.forced) {
        snprintf(ret_text, DECISION_TEXT_SIZE, "left alone");
        return;
    }
    const char *names[FAMILY_COUNT];
    const size_t count = families_in_order(&card->decision, names);
    size_t used = 0;
    snprintf(ret_text, DECISION_TEXT_SIZE, "%s", count ? "" : "nothing allowed");
    for (size_t i = 0; i < count && used < DECISION_TEXT_SIZE; i++)
        used += (size_t)snprintf(ret_text + used, DECISION_TEXT_SIZE - used, "%s%s",
                                 i ? ", then " : "", names[i]);
}

const char *card_left_alone_why(const struct card *card, const struct settings *settings)
{
    if (settings->off)
        return "ROCM_RDNA1=off is set";
    if (card->decision.forced || card->decision.reasons_count > 0)
        return NULL;
    return card->gpu->chip[0] ? "not an RDNA1 chip"
                              : "chip unknown: no RDNA1 device id, and no KFD node";
}

static json_t *override_json(const struct card *card)
{
    const struct target *target = &card->target;
    if (target->variable[0] == '\0')
        return json_null();
    return json_pack("{s:o, s:o, s:b}", "variable", json_text(target->variable), "value",
                     json_text(process_environment(target->variable, NULL)), "valid",
                     !target->invalid);
}

static json_t *decision_json(const struct card *card, const struct settings *settings)
{
    const struct decision *decision = &card->decision;
    json_t *families = json_array();
    json_t *reasons = json_array();
    const char *names[FAMILY_COUNT];
    const size_t count = decision->forced ? families_in_order(decision, names) : 0;
    for (size_t i = 0; i < count; i++)
        json_array_append_new(families, json_text(names[i]));
    for (unsigned i = 0; i < decision->reasons_count; i++)
        json_array_append_new(reasons,
                              json_pack("{s:o, s:o, s:o}", "rule",
                                        json_text(rule_name(decision->reasons[i])), "why",
                                        json_text(rule_why(decision->reasons[i])), "origin",
                                        json_text(rule_origin(decision->reasons[i]))));
    const char *why = card_left_alone_why(card, settings);
    if (why)
        json_array_append_new(
            reasons, json_pack("{s:n, s:o, s:n}", "rule", "why", json_text(why), "origin"));
    return json_pack("{s:b, s:o, s:o}", "forced", decision->forced, "families", families, "reasons",
                     reasons);
}

/* Text, or null where it is empty. */
static json_t *json_known_text(const char *text)
{
    return json_text(*text ? text : NULL);
}

json_t *card_json(const struct card *card, const struct settings *settings)
{
    const struct gpu *gpu = card->gpu;
    const struct chip *chip = chip_from_name(gpu->chip);
    char device[8];
    snprintf(device, sizeof(device), "%04x", gpu->device);
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "pci",
                     json_text(gpu->pci), "device_id", json_text(gpu->device ? device : NULL),
                     "name", json_known_text(card->name), "chip", json_known_text(gpu->chip),
                     "code_name", json_text(chip ? chip->code_name : NULL), "rdna1", gpu->rdna1,
                     "target",
                     card->target.invalid ? json_null() : json_known_text(card->target.name),
                     "override", override_json(card), "compute_units",
                     json_known(gpu->compute_units), "vram_bytes", json_known(gpu->vram_bytes),
                     "kfd_node", gpu->kfd_node >= 0 ? json_integer(gpu->kfd_node) : json_null(),
                     "decision", decision_json(card, settings));
}
