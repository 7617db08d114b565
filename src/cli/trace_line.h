/* One line of a trace, from JSON that anybody may have written. */
#pragma once

#include "cli/trace.h"

/* "gfx1010 …": what makes lines belong together; NULL where memory is short. free() it. */
char *trace_line_group(json_t *line);

/* The same, and the process, and what it chose among: that may change while it runs. */
char *trace_line_record(json_t *line);

/*
 * Why an object is no line of a trace, or NULL. A line has a problem, or says what was forwarded:
 * then ret_forwarded is set.
 */
const char *trace_line_mistake(json_t *line, bool *ret_forwarded);

/* A row of one line alone, which must live as long as the row. */
void trace_line_row(json_t *line, struct trace_row *ret_row);

/* The text of a key, or NULL. */
const char *trace_line_text(json_t *object, const char *key);
