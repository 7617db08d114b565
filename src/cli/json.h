/* The JSON that commands print: one object, "schema": 1, null for what is unknown. */
#pragma once

#include "policy/environment.h"

#include <jansson.h>

/* A string; null for NULL. Text that is not UTF-8 keeps its ASCII, other bytes become \xNN. */
json_t *json_text(const char *text);

/* A number, or null where it is 0, our mark of unknown facts. */
json_t *json_known(uint64_t number);

/* {"applies", "why", "variables": [{"name", "value", "why", "kept"}]} */
json_t *json_environment(const struct environment *environment);

/* Prints a document and frees it. STATUS_OK, or STATUS_FAILED after a message. */
int json_print(json_t *document);

/* Prints {"schema": 1, "error": {"message": …}} for a command that failed with -errno. */
int json_print_error(int error);
