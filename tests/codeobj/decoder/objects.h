/* AMDGPU ELF files as the tests read them: functions, and labels in their code. */
#pragma once

#include "codeobj/code.h"

struct object_symbol {
    const char *name;
    uint64_t address;
    struct code code; /* of a function; no bytes where it is none */
};

struct object {
    uint8_t *bytes;
    struct object_symbol *symbols;
    size_t symbols_count;
};

/* What the file's symbol table says; the process ends with a message where it is no such file. */
struct object object_read(const char *path);

void object_free(struct object *object);
