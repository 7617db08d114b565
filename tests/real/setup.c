#include "setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* BUILD_DIR, SOURCE_DIR and RELEASES (names, spaces between) come from meson.build. */

static void releases_read(struct setup *setup)
{
    char names[] = RELEASES, *rest = names, *name;

    while ((name = strsep(&rest, " ")) && setup->releases_count < RELEASES_MAX) {
        struct release *release = &setup->releases[setup->releases_count];

        if (!*name)
            continue;
        snprintf(release->name, sizeof(release->name), "%s", name);
        snprintf(release->enter, sizeof(release->enter), "%s/sim/world-%s/enter", BUILD_DIR, name);
        snprintf(release->driver, sizeof(release->driver), "%s/sim/world-%s/bin/MIOpenDriver",
                 BUILD_DIR, name);
        snprintf(release->convolve, sizeof(release->convolve), "%s/tests/real/convolve-%s",
                 BUILD_DIR, name);
        setup->releases_count++;
    }
}

int setup_open(struct setup *ret_setup)
{
    struct setup setup = {.places = {.way = SOURCE_DIR "/tests/real/way",
                                     .cli = BUILD_DIR "/src/cli/rocm-rdna1",
                                     .shim = BUILD_DIR "/src/shim/libmiopen_rdna1.so",
                                     .rules = SOURCE_DIR "/data/rules",
                                     .sysroot = BUILD_DIR "/sim/sysroot"}};
    int error = case_list_read(SOURCE_DIR "/tests/real/cases.list", &setup.cases);

    if (!error && (error = places_open(&setup.places)) != 0)
        fprintf(stderr, "no directory for the runs in TMPDIR or /tmp: %s\n", strerror(-error));
    if (error) {
        setup_close(&setup);
        return error;
    }
    releases_read(&setup);
    *ret_setup = setup;
    return 0;
}

int setup_keep(struct setup *setup, const char *const *names, size_t count)
{
    struct release kept[RELEASES_MAX] = {0};
    size_t kept_count = 0;

    for (size_t i = 0; i < count && kept_count < RELEASES_MAX; i++) {
        size_t r = 0;

        while (r < setup->releases_count && strcmp(setup->releases[r].name, names[i]) != 0)
            r++;
        if (r == setup->releases_count) {
            fprintf(stderr, "MIOpen %s: this build was set up for %s\n", names[i], RELEASES);
            return -ENOENT;
        }
        kept[kept_count++] = setup->releases[r];
    }
    memcpy(setup->releases, kept, kept_count * sizeof(*kept));
    setup->releases_count = kept_count;
    return 0;
}

void setup_close(struct setup *setup)
{
    places_close(&setup->places);
    case_list_free(&setup->cases);
}

/* "gfx1030" as HSA_OVERRIDE_GFX_VERSION wants it: 10.3.0; the last two digits are hexadecimal. */
static bool override_of(const char *target, char *ret_override, size_t size)
{
    unsigned digits = 0;
    size_t length = strlen(target);
    char *end;

    if (strncmp(target, "gfx", 3) != 0 || length < 6)
        return false;
    digits = (unsigned)strtoul(target + length - 2, &end, 16);
    return snprintf(ret_override, size, "%.*s.%u.%u", (int)length - 5, target + 3, digits >> 4,
                    digits & 15) < (int)size &&
           *end == '\0';
}

int setup_card(const struct setup *setup, const char *chip, const char *target,
               struct card *ret_card)
{
    struct card card = {.devices = chip};

    snprintf(card.name, sizeof(card.name), "%s%s%s", chip, target ? "-as-" : "",
             target ? target : "");
    if (target && !override_of(target, card.override, sizeof(card.override))) {
        fprintf(stderr, "%s: expected a target such as gfx1030\n", target);
        return -EINVAL;
    }
    *ret_card = card;
    return card_prepare(&setup->places, ret_card);
}
