/* A trace as one JSON object. */
#pragma once

#include "cli/trace.h"

/* Totals, problems and what was forwarded; NULL where memory is short. */
json_t *trace_json(const struct trace *trace);
