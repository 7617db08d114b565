#include "cli/json.h"

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/output.h"

#include <string.h>

json_t *json_text(const char *text)
{
    if (!text)
        return json_null();
    json_t *string = json_string(text);
    if (string)
        return string;
    cleanup_free char *ascii = malloc(strlen(text) * 4 + 1);
    if (!ascii)
        return NULL;
    char *end = ascii;
    for (; *text; text++) {
        if ((unsigned char)*text < 0x80)
            *end++ = *text;
        else
            end += sprintf(end, "\\x%02x", (unsigned char)*text);
    }
    *end = '\0';
    return json_string(ascii);
}

json_t *json_known(uint64_t number)
{
    return number > 0 && number <= INT64_MAX ? json_integer((json_int_t)number) : json_null();
}

json_t *json_environment(const struct environment *environment)
{
    json_t *variables = json_array();
    for (size_t i = 0; i < environment->count; i++) {
        const struct variable *variable = &environment->variables[i];
        json_array_append_new(variables,
                              json_pack("{s:o, s:o, s:o, s:b}", "name", json_text(variable->name),
                                        "value", json_text(variable->value), "why",
                                        json_text(variable->why), "kept", variable->kept));
    }
    return json_pack("{s:b, s:o, s:o}", "applies", environment->applies, "why",
                     json_text(environment->why), "variables", variables);
}

int json_print(json_t *document)
{
    /* Where memory was short while it was built there is no document. */
    const int r = document ? json_dumpf(document, stdout, JSON_INDENT(2)) : -1;
    json_decref(document);
    if (r < 0) {
        complain("writing JSON: %s", document ? "standard output failed" : "out of memory");
        return STATUS_FAILED;
    }
    putchar('\n');
    return STATUS_OK;
}

int json_print_error(int error)
{
    json_print(
        json_pack("{s:i, s:{s:o}}", "schema", 1, "error", "message", json_text(strerror(-error))));
    return STATUS_FAILED;
}
