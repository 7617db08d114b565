/* A report as JSON: what `scan --json` prints of a file, and what is kept of it in the cache. */
#pragma once

#include "codeobj/report.h"

#include <jansson.h>

/* One element of "files"; NULL where memory is short. */
json_t *report_json(const struct report *report, const struct chip *chip);

/* One for a file that could not be read, with -errno. */
json_t *report_error_json(const char *path, int error);

/* A report from report_json()'s object. 0, -ENOMEM, or -EINVAL where it is none. */
int report_from_json(const json_t *object, struct report *ret_report);
