/*
 * LLVM's view of one instruction: the oracle of the tests of src/codeobj, and what the table of
 * opcodes is generated from. C around LLVM's C++ interface for machine code, of LLVM 19.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Scalar registers by their number in encodings: 0..105 SGPRs, 106 VCC, 108.. TTMP, 124 M0, 126
 * EXEC. */
struct oracle_registers {
    uint64_t words[2];
};

struct oracle_instruction {
    size_t size;                    /* bytes; 0 where LLVM refuses the bytes */
    const char *name;               /* LLVM's opcode, such as "V_ADD_F32_e64_gfx10" */
    uint64_t flags;                 /* SIInstrFlags of LLVM 19's SIDefines.h */
    bool branch;                    /* MCInstrDesc::isBranch() */
    bool compare;                   /* MCInstrDesc::isCompare() */
    struct oracle_registers reads;  /* explicit and implicit */
    struct oracle_registers writes; /* explicit */
    struct oracle_registers implicit_writes;
};

#define ORACLE_SALU  (1ull << 0)
#define ORACLE_VALU  (1ull << 1)
#define ORACLE_SOPP  (1ull << 6)
#define ORACLE_VOPC  (1ull << 9)
#define ORACLE_VOP3  (1ull << 10)
#define ORACLE_SDWA  (1ull << 14)
#define ORACLE_MUBUF (1ull << 17)
#define ORACLE_MTBUF (1ull << 18)
#define ORACLE_SMEM  (1ull << 19)
#define ORACLE_MIMG  (1ull << 20)
#define ORACLE_EXP   (1ull << 23)
#define ORACLE_FLAT  (1ull << 24)
#define ORACLE_DS    (1ull << 25)

struct oracle;

/* A decoder for the chip, in wave32 or wave64; NULL where this LLVM has no such chip. Freed never.
 */
struct oracle *oracle_open(const char *chip, bool wave64);

/* Decodes the instruction that the bytes begin with. */
struct oracle_instruction oracle_decode(struct oracle *oracle, const uint8_t *bytes, size_t size);

/* LLVM's text of the instruction; "" where it refuses it. */
void oracle_text(struct oracle *oracle, const uint8_t *bytes, size_t size, char *ret_text,
                 size_t text_size);

#ifdef __cplusplus
}
#endif
