/* A trace as text for people. */
#pragma once

#include "cli/trace.h"

/* Prints tables, one a card, and what they mean. 0 or -errno of the table library. */
int trace_print_table(const struct trace *trace, bool color);
