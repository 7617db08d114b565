/* A trace as a page: complete in itself, without scripts, to be read on any screen and on paper. */
#pragma once

#include "cli/trace.h"

/* Writes the page, in UTF-8 whatever the locale; it is well-formed XML as well. */
void trace_print_html(const struct trace *trace, FILE *file);
