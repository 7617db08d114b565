/* What the shim costs a process that never loads MIOpen. */
#pragma once

#include "sample.h"

/*
 * The processor time of starting a small program with each library preloaded, in turns, for about
 * so many seconds. 0, or -errno after a message.
 */
int start_measure(const char *shim, const char *empty, double seconds, struct sample *ret_sample);
