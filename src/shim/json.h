/* Text that grows, for JSON that is written without stdio. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Starts as all zero; json_free() when done. Where memory was short it stays incomplete. */
struct json {
    char *bytes; /* NUL-terminated */
    size_t length;
    size_t size;
    bool incomplete;
};

__attribute__((format(printf, 2, 3))) void json_add(struct json *json, const char *format, ...);

/*
 * A JSON string of what stands at `string`, or null where that is NULL. Bytes that are no UTF-8
 * become \xNN as text; of very long strings the beginning is kept.
 */
void json_add_string(struct json *json, const char *string);

void json_free(struct json *json);
