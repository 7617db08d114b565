/* What the shim and the audit library cost a process that never loads MIOpen. */
#pragma once

#include "sample.h"

/* What a process is started with. */
struct start {
    const char *preload;
    const char *audit; /* NULL: none */
};

/*
 * The processor time of starting a small program each way, in turns, for about so many seconds. 0,
 * or -errno after a message.
 */
int start_measure(const struct start *ours, const struct start *other, double seconds,
                  struct sample *ret_sample);
