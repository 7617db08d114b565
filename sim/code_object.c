#include "code_object.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MARK        "SIMCODE1 "
#define HEADER_SIZE (sizeof(MARK) - 1 + 16 + 1)

int code_object_pack(const char *name, const char *language, const json_t *options,
                     const json_t *headers, const char *source, size_t source_size,
                     char **ret_image, size_t *ret_size)
{
    json_t *text = json_stringn(source, strnlen(source, source_size));
    if (!text)
        return -EILSEQ;
    json_t *object =
        json_pack("{s:s, s:s, s:o, s:o, s:o}", "name", name, "language", language, "options",
                  options ? json_deep_copy(options) : json_array(), "headers",
                  headers ? json_deep_copy(headers) : json_object(), "source", text);
    cleanup_free char *body = object ? json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(object);
    if (!body)
        return -ENOMEM;
    size_t length = strlen(body);
    char *image = malloc(HEADER_SIZE + length + 1);
    if (!image)
        return -ENOMEM;
    snprintf(image, HEADER_SIZE + 1, MARK "%016zx\n", length);
    memcpy(image + HEADER_SIZE, body, length + 1);
    *ret_image = image;
    *ret_size = HEADER_SIZE + length;
    return 0;
}

int code_object_unpack(const void *image, json_t **ret_object, size_t *ret_size)
{
    size_t length = 0;
    if (strncmp(image, MARK, sizeof(MARK) - 1) != 0) {
        *ret_object = json_pack("{s:s, s:s}", "name", "?", "language", "binary");
        *ret_size = 0;
        return *ret_object ? 0 : -ENOMEM;
    }
    const char *body = (const char *)image + HEADER_SIZE;
    char *end;
    length = strtoul((const char *)image + sizeof(MARK) - 1, &end, 16);
    if (end + 1 != body || *end != '\n')
        return -EINVAL;
    json_t *object = json_loadb(body, length, 0, NULL);
    if (!json_is_string(json_object_get(object, "name")) ||
        !json_is_string(json_object_get(object, "language")) ||
        !json_is_string(json_object_get(object, "source"))) {
        json_decref(object);
        return -EINVAL;
    }
    *ret_object = object;
    *ret_size = HEADER_SIZE + length;
    return 0;
}
