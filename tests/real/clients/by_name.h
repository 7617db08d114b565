/*
 * MIOpen's functions for a program that is not linked with it: each name jumps to what dlsym() gave
 * for it. Calls of them look like any others.
 */
#pragma once

#include <stdbool.h>

/* Opens libMIOpen.so.1 and looks all of them up, once. False after a message on stderr. */
bool by_name_open(void);
