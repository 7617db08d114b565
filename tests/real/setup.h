/* What every program of this directory needs: the places of this build, its MIOpens, its cards. */
#pragma once

#include "cases.h"
#include "job.h"

/* A MIOpen release that this build was set up for. */
struct release {
    char name[32];      /* "7.2.4" */
    char enter[512];    /* sim/world-7.2.4/enter in the build directory */
    char driver[512];   /* MIOpenDriver of that world */
    char convolve[512]; /* tests/real/convolve-7.2.4 */
};

#define RELEASES_MAX 8

struct setup {
    struct places places;
    struct case_list cases;
    struct release releases[RELEASES_MAX];
    size_t releases_count;
};

/*
 * The setup from the build's own paths, with all releases of the build. 0, or -errno after a
 * message. End with setup_close().
 */
int setup_open(struct setup *ret_setup);

/*
 * Leaves only the releases of these names. 0, or -ENOENT after a message where one is not there.
 */
int setup_keep(struct setup *setup, const char *const *names, size_t count);

void setup_close(struct setup *setup);

/*
 * The card of that chip ("gfx1010", or a machine: "gfx1010,gfx1100") that claims to be `target`
 * ("gfx1030"); NULL for no override. 0, or -errno after a message. The texts must outlive the card.
 */
int setup_card(const struct setup *setup, const char *chip, const char *target,
               struct card *ret_card);
