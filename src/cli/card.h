/* One GPU with all that is known and decided of it, as `status` shows it. */
#pragma once

#include "carrier/machine.h"
#include "facts/gpu_name.h"
#include "facts/target.h"
#include "policy/decision.h"

#include <jansson.h>

struct card {
    const struct gpu *gpu;
    char name[GPU_NAME_SIZE];
    struct target target;
    struct decision decision;
};

/* The card of one of the machine's GPUs; nothing is forced where the settings say off. */
void card_read(const struct machine *machine, const struct gpu *gpu,
               const struct settings *settings, struct card *ret_card);

/* "gemm, then naive"; "left alone". */
#define DECISION_TEXT_SIZE 128
void card_decision(const struct card *card, char ret_text[DECISION_TEXT_SIZE]);

/* Why a card is left alone where no rule says so; NULL where rules do. */
const char *card_left_alone_why(const struct card *card, const struct settings *settings);

json_t *card_json(const struct card *card, const struct settings *settings);
