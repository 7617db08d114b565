/* The libraries with GPU code of their own, as `status` shows them. */
#pragma once

#include "carrier/machine.h"
#include "codeobj/library.h"

#include <jansson.h>

/* What they are to one RDNA1 chip of the machine. */
struct chip_libraries {
    const struct chip *chip;
    bool overridden; /* a card of that chip has another target */
    struct library_list list;
};

struct status_libraries {
    struct chip_libraries *chips; /* each RDNA1 chip of the machine once */
    size_t count;
};

/* 0 or -ENOMEM. Free with status_libraries_free(). */
int status_libraries_read(const char *sysroot, const struct machine *machine,
                          struct status_libraries *ret_libraries);

void status_libraries_free(struct status_libraries *libraries);

void status_libraries_print(const struct status_libraries *libraries);

/* For each chip, whether HSA_OVERRIDE_GFX_VERSION is needed for them. */
json_t *status_override_json(const struct status_libraries *libraries);

json_t *status_libraries_json(const struct status_libraries *libraries);
