/*
 * The instructions of gfx10: a slot for each opcode of each encoding, from opcodes.list, and what
 * the scan has to know about it.
 */
#pragma once

#include <stdint.h>

/* Each encoding with the number of its opcodes. FLAT's three segments are encodings of their own.
 */
#define ENCODINGS(ENCODING)                                                                        \
    ENCODING(SOP2, 128)                                                                            \
    ENCODING(SOPK, 32)                                                                             \
    ENCODING(SOP1, 256)                                                                            \
    ENCODING(SOPC, 128)                                                                            \
    ENCODING(SOPP, 128)                                                                            \
    ENCODING(SMEM, 256)                                                                            \
    ENCODING(VOP2, 64)                                                                             \
    ENCODING(VOP1, 256)                                                                            \
    ENCODING(VOPC, 256)                                                                            \
    ENCODING(VOP3, 1024)                                                                           \
    ENCODING(VOP3P, 128)                                                                           \
    ENCODING(VINTRP, 4)                                                                            \
    ENCODING(DS, 256)                                                                              \
    ENCODING(MUBUF, 256)                                                                           \
    ENCODING(MTBUF, 16)                                                                            \
    ENCODING(MIMG, 256)                                                                            \
    ENCODING(FLAT, 128)                                                                            \
    ENCODING(GLOBAL, 128)                                                                          \
    ENCODING(SCRATCH, 128)                                                                         \
    ENCODING(EXP, 1)

enum encoding {
    ENCODING_NONE, /* bits that no encoding of gfx10 has */
#define ENCODING(name, count) ENCODING_##name,
    ENCODINGS(ENCODING)
#undef ENCODING
};

/* Slots: opcode n of encoding E is E_FIRST + n, and the ones in use have names: SOPP_s_branch. */
enum slot {
    SLOT_NONE,
#define ENCODING(name, count) name##_FIRST, name##_LAST = name##_FIRST + (count)-1,
    ENCODINGS(ENCODING)
#undef ENCODING
        SLOT_COUNT,
#define OPCODE(encoding, opcode, name, ...) encoding##_##name = encoding##_FIRST + (opcode),
#include "codeobj/opcodes.list"
#undef OPCODE
};

/* The chips that have an opcode, in the low bits. */
enum opcode_chips {
    CHIP_GFX1010 = 1 << 0,
    CHIP_GFX1011 = 1 << 1,
    CHIP_GFX1012 = 1 << 2,
    CHIP_GFX1013 = 1 << 3,
    CHIP_GFX1030 = 1 << 4,
    CHIPS_ALL = 0x1f,
};

/* Widths are numbers of 32-bit registers. */
#define OPCODE_DATA_SHIFT 5 /* width of what a scalar instruction writes, or stores: 0 to 16 */
#define OPCODE_BASE_SHIFT                                                                          \
    10 /* width of the address or the descriptor in scalar registers: 0 to 8 */
#define OPCODE_DATA(flags) ((flags) >> OPCODE_DATA_SHIFT & 0x1f)
#define OPCODE_BASE(flags) ((flags) >> OPCODE_BASE_SHIFT & 0xf)

enum opcode_flag {
    OPCODE_LITERAL = 1 << 14, /* always followed by a literal */
    /* Scalar instructions. */
    OPCODE_STORE = 1 << 15,      /* reads its data registers */
    OPCODE_ATOMIC = 1 << 16,     /* reads them, and writes them where GLC is set */
    OPCODE_READS_SDST = 1 << 17, /* the field of the destination is an operand */
    OPCODE_READS_EXEC = 1 << 18, /* whatever its operands */
    OPCODE_END = 1 << 19,        /* nothing follows, or it is not known what */
    OPCODE_JUMP = 1 << 20,
    OPCODE_BRANCH = 1 << 21, /* conditional */
    /* Vector instructions: the scalar registers they write. */
    OPCODE_DEF_VCC = 1 << 22,
    OPCODE_DEF_EXEC = 1 << 23,
    OPCODE_DEF_SDST = 1 << 24, /* a mask of lanes, in VOP3's field of a second destination */
    OPCODE_DEF_MASK = 1 << 25, /* the same, in the field of the first */
    OPCODE_DEF_LANE = 1 << 26, /* one register, in the field of the first */
    OPCODE_NOP = 1 << 27,
    OPCODE_PERMLANE = 1 << 28,
    /* Memory instructions. */
    OPCODE_SAMPLER = 1 << 29,
    OPCODE_READS_M0 = 1 << 30,
};

#define OPCODE_DEFS                                                                                \
    (OPCODE_DEF_VCC | OPCODE_DEF_EXEC | OPCODE_DEF_SDST | OPCODE_DEF_MASK | OPCODE_DEF_LANE)

/* By slot: chips, widths and flags; 0 where no chip has the opcode. */
extern const uint32_t opcodes[SLOT_COUNT];
