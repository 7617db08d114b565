/* What a test program works with: the setup with one MIOpen release, a card, and its results. */
#pragma once

#include "setup.h"
#include "tap.h"

struct rig {
    struct setup setup;
    const struct release *release;
    struct card card;
    struct tap tap;
};

/*
 * The rig of a release, with a card by setup_card()'s rules. 0, or -errno after a message. End with
 * rig_close(); the rig must stay where it is.
 */
int rig_open(const char *release, const char *chip, const char *target, struct rig *ret_rig);

/* Ends the output and the rig. The program's exit status: tap_end()'s, and 2 after an error. */
int rig_close(struct rig *rig, int error);
