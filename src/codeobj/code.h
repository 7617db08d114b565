/*
 * What the scan of machine code is asked and what it answers. No file, no ELF, no LLVM in here:
 * words of code in, findings out.
 */
#pragma once

#include "facts/chip.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Classes in the order of their weight; a kernel belongs to the first that it has a finding of. */
enum finding_class { CLASS_A, CLASS_B, CLASS_C, CLASS_D, CLASS_COUNT };

/* Kinds of findings, from findings.list: FINDING(SYMBOL, class, "id", "one line for people"). */
enum finding_kind {
#define FINDING(symbol, ...) FINDING_##symbol,
#include "codeobj/findings.list"
#undef FINDING
    FINDING_COUNT
};

/* Machine code as it stands in a code object: one function, from its symbol. */
struct code {
    const uint8_t *bytes; /* little-endian, no alignment promised */
    size_t size;          /* bytes; what is after the last s_endpgm may be padding */
    uint64_t address;     /* of the first byte, in the code object */
    bool rdna2; /* compiled for gfx103x or gfx10-3-generic, by the flags of its ELF file */
    unsigned
        wave_lanes; /* 32 or 64, by the kernel's descriptor; 0: by what the code does to EXEC */
};

struct site {
    uint64_t address; /* of the instruction that the finding is about */
    enum finding_kind kind;
};

struct scan_options {
    const struct chip *chip; /* the silicon: one of facts/chips.list */
    bool lds_branch_flat;    /* LDS-branch rule of LLVM 22 and later, where generic FLAT counts as
                                VMEM (LLVM pull request 137170); else that of LLVM 21 and before */
    bool ignore_mitigations; /* for tests: find where a compiler put them */
};

struct scan_result {
    uint64_t instructions; /* decoded, by the instruction set of the chip or of gfx1030 */
    uint64_t undecoded;    /* words that are no instruction of either, padding not counted */
    uint64_t counts[FINDING_COUNT];
    struct site *sites; /* all of them, by address; the caller frees it with scan_result_free() */
    size_t sites_count;
};

/*
 * Decodes code of gfx10 and finds in it what the chip lacks and where a compiler for the chip would
 * have put a workaround; what each kind of finding is, and by which source, stands in
 * findings.list, hazard.h and scan.c. A site of a sequence is an instruction that needs a
 * workaround before it, even with one before every other site. Pure and thread-safe: nothing is
 * read but the arguments. Any bytes are taken; memory is a fraction of them for code as compilers
 * make it, and some forty times them where all of it is branches. Returns 0, -ENOMEM, or -EINVAL
 * where the chip is none of RDNA1, where there are no bytes to a size, or for more than 16 GiB.
 */
int scan_code(const struct code *code, const struct scan_options *options,
              struct scan_result *ret_result);

/* Frees what scan_code() allocated and empties the result; an empty one may be passed again. */
void scan_result_free(struct scan_result *result);

enum finding_class finding_class(enum finding_kind kind);

/* The word that --json shows, such as "absent-opcode", and one line for people. Static strings. */
const char *finding_id(enum finding_kind kind);
const char *finding_text(enum finding_kind kind);
