/* What a walk through bytes comes to, for tests: the code objects by target and place, and notes.
 */
#pragma once

#include "cmocka_all.h"

#include "codeobj/code_object.h"
#include "codeobj/container.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct walked {
    char objects[2048]; /* "gfx1010:2@bundle 1; ": target, kernels, place */
    char notes[4096];   /* one a line */
    size_t objects_count;
    size_t notes_count;
};

static inline int walked_object(struct span bytes, const char *place, void *context)
{
    struct walked *walked = context;
    struct code_object object;
    const char *why;
    const size_t used = strlen(walked->objects);
    const int r = code_object_open(bytes, &object, &why);
    walked->objects_count++;
    assert_true(r == 0 || r == -EBADMSG);
    if (r < 0) {
        assert_true(strlen(why) > 0);
        return 0;
    }
    for (size_t i = 0; i < object.functions_count; i++) {
        const struct code *code = &object.functions[i].code;
        assert_in_range((uintptr_t)code->bytes, (uintptr_t)bytes.bytes,
                        (uintptr_t)bytes.bytes + bytes.size - code->size);
        assert_true(strlen(object.functions[i].name) > 0);
    }
    snprintf(walked->objects + used, sizeof(walked->objects) - used, "%s:%zu@%s; ",
             object.target ? object.target : "?", object.kernels_count, place);
    code_object_close(&object);
    return 0;
}

static inline void walked_note(const char *text, void *context)
{
    struct walked *walked = context;
    size_t used = strlen(walked->notes);
    /* Of very many the last ones are told. */
    if (used + strlen(text) + 2 > sizeof(walked->notes))
        used = 0;
    snprintf(walked->notes + used, sizeof(walked->notes) - used, "%s\n", text);
    walked->notes_count++;
}

/* Walks through a copy that ends where the bytes do, so that a sanitizer sees what goes past it. */
static inline void walk_bytes(const void *bytes, size_t size, struct walked *ret_walked)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    *ret_walked = (struct walked){.notes_count = 0};
    const struct container_visitor visitor = {
        .code_object = walked_object, .note = walked_note, .context = ret_walked};
    assert_int_equal(container_walk((struct span){copy, size}, &visitor), 0);
    free(copy);
}
