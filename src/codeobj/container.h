/*
 * What a file is that may hold GPU code, and the code objects in it. Taken apart: an AMDGPU ELF
 * itself; the .hip_fatbin sections of a host's ELF; clang's offload bundles, any number behind each
 * other; compressed bundles (CCOB); MIOpen's kernel databases; and any of these within another.
 */
#pragma once

#include "codeobj/span.h"

enum container_kind {
    CONTAINER_NONE,
    CONTAINER_CODE_OBJECT, /* AMDGPU ELF: .hsaco, .co, .o */
    CONTAINER_HOST,        /* ELF of the host, with or without GPU code */
    CONTAINER_BUNDLE,      /* __CLANG_OFFLOAD_BUNDLE__ */
    CONTAINER_COMPRESSED,  /* CCOB */
    CONTAINER_DATABASE,    /* SQLite; MIOpen's .kdb and .ukdb are */
    CONTAINER_ENTRY,       /* what comgr keeps of a compilation: AMDGPU ELF and a log */
    CONTAINER_PACK,        /* .kpack */
    CONTAINER_KIND_COUNT,
};

/* What receives what is in a file. */
struct container_visitor {
    /*
     * One AMDGPU ELF; `place` says where in the file, "" for the file itself. Bytes and place last
     * for the call. Anything but 0 ends the walk and is what it returns.
     */
    int (*code_object)(struct span object, const char *place, void *context);
    /* What could not be taken apart and why, for people; lasts for the call. */
    void (*note)(const char *text, void *context);
    /* A part that is done with, and not looked at again. NULL: not wanted. */
    void (*passed)(struct span part, void *context);
    void *context;
};

/* Goes by the first bytes; what CONTAINER_HOST and CONTAINER_DATABASE hold is not known by that. */
#define CONTAINER_HEAD_SIZE 128
enum container_kind container_kind(struct span head);

/* "offload bundle", for people. */
const char *container_kind_name(enum container_kind kind);

/*
 * Gives the visitor each code object of a file, one after the other. Any bytes are taken: what is
 * damaged is noted and passed over. Of what is compressed one piece at a time is held, of 1 GiB at
 * most; all that is looked at, unpacked or not, stays in proportion to the file. 0; -ENOMEM; what
 * the visitor returned.
 */
int container_walk(struct span file, const struct container_visitor *visitor);
