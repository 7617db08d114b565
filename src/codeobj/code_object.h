/* One code object: an AMDGPU ELF with its target and the functions in it. */
#pragma once

#include "codeobj/code.h"
#include "codeobj/span.h"

struct function {
    const char *name; /* as in the symbol table: mangled where it comes from C++ */
    struct code code;
    bool kernel; /* a program can launch it; else other functions call it */
};

struct code_object {
    void *elf;          /* libelf's, which the names belong to */
    uint32_t flags;     /* e_flags */
    const char *target; /* "gfx1030"; NULL for a machine that is not in targets.list */
    unsigned compiler;  /* major version of the newest clang that made it; 0 where not said */
    struct function *functions; /* by address */
    size_t functions_count;
    size_t kernels_count;
};

/* Whether bytes begin as a 64-bit little-endian ELF of that e_machine (EM_AMDGPU, EM_X86_64, …). */
bool elf_is_for(struct span file, unsigned machine);

/*
 * Reads the target and the symbols; no code is looked at. A kernel is a function with a descriptor
 * (NAME.kd), or one that has the descriptor before it, as code objects of version 2 do.
 * Source: LLVM, docs/AMDGPUUsage.rst (Code Object, Kernel Descriptor). What the symbol table says
 * is bounded: a function lies within an executable section, and all together are not much larger
 * than these. 0; -ENOMEM; -EBADMSG where it is no such ELF or is damaged; then ret_why says how,
 * static.
 */
int code_object_open(struct span file, struct code_object *ret_object, const char **ret_why);

void code_object_close(struct code_object *object);
