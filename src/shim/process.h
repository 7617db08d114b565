/* What the shim does once in a process: it reads the machine and sets the environment. */
#pragma once

#include "carrier/machine.h"

/*
 * The machine, or NULL where the shim has nothing to do: turned off, or no RDNA1 card. The first
 * call also sets the decision's environment (where every card is RDNA1), before MIOpen, which keeps
 * what it has read once, reads it.
 */
const struct machine *machine_get(void);
