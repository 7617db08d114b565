/*
 * Code objects of the simulated card. MIOpen takes a code object as opaque, so it can be the source
 * with its options and headers: a line "SIMCODE1 <length in hexadecimal>" followed by a JSON object
 * {"name", "language", "options": […], "headers": {name: text}, "source"}.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Languages: "hip", "opencl", "assembly"; "binary" for machine code that was not made here. */

/*
 * Packs a code object. `source` need not end in NUL; options and headers are borrowed and may be
 * NULL. The result is text, ended by a NUL that *ret_size does not count. 0, -ENOMEM, or -EILSEQ
 * where the source is not UTF-8.
 */
int code_object_pack(const char *name, const char *language, const json_t *options,
                     const json_t *headers, const char *source, size_t source_size,
                     char **ret_image, size_t *ret_size);

/*
 * Reads a code object back; machine code gives {"name": "?", "language": "binary"}.
 * 0; -EINVAL where the image is damaged. *ret_size is the length of the image, 0 for binaries.
 */
int code_object_unpack(const void *image, json_t **ret_object, size_t *ret_size);
