/* The machine, for a command: as machine_read(), with a message on stderr where it cannot be had.
 */
#pragma once

#include "carrier/machine.h"

int machine_open(const char *sysroot, const struct settings *settings, struct machine *ret_machine);
