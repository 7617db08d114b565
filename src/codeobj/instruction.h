/*
 * One instruction of gfx10: where it ends, which opcode it is, and which scalar registers it reads
 * and writes. Source: AMD, "RDNA" and "RDNA 2" Instruction Set Architecture, the chapters on
 * microcode formats; checked against LLVM 19.
 */
#pragma once

#include "codeobj/opcode.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Scalar registers as operands number them. */
enum scalar {
    SCALAR_VCC = 106,
    SCALAR_M0 = 124,
    SCALAR_NULL = 125,
    SCALAR_EXEC = 126,
    SCALAR_COUNT = 128, /* from here on an operand is a constant */
};

/* A set of scalar registers, one bit each. */
__extension__ typedef unsigned __int128 scalars;

#define SCALARS_NONE ((scalars)0)
#define SCALARS_EXEC ((scalars)3 << SCALAR_EXEC)

/*
 * The registers from one on, aligned as pairs and wider groups are; of those that are none, such as
 * a constant's, the set has no bit.
 */
static inline scalars scalars_from(unsigned first, unsigned width)
{
    if (first >= SCALAR_COUNT || first == SCALAR_NULL)
        return SCALARS_NONE;
    first &= width >= 4 ? ~3u : width == 2 ? ~1u : ~0u;
    return (((scalars)1 << width) - 1) << first;
}

struct instruction {
    uint64_t bits;  /* the first two words */
    uint32_t flags; /* opcodes[slot]; 0 where no gfx10 chip has the instruction */
    uint16_t slot;
    uint8_t encoding; /* enum encoding */
    uint8_t size;     /* bytes, a multiple of four; more than there are where the code is cut off */
};

/* How the nine highest bits of the first word lead to an encoding and to the opcode in it. */
struct encoding_rule {
    uint16_t first; /* slot of opcode 0, or of the opcode whose high bit is among the nine */
    uint16_t mask;
    uint8_t shift;
    uint8_t encoding;
};

extern const struct encoding_rule encoding_rules[512];

/* Source operands that mean that a word follows: a literal, or the controls of DPP and SDWA. */
enum {
    SOURCE_DPP8 = 233,
    SOURCE_DPP8_FI = 234,
    SOURCE_SDWA = 249,
    SOURCE_DPP = 250,
    SOURCE_LITERAL = 255,
};

/* Bits of an instruction's two first words. */
static inline unsigned instruction_field(const struct instruction *instruction, unsigned shift,
                                         unsigned width)
{
    return (unsigned)(instruction->bits >> shift & ((1u << width) - 1));
}

/* Bytes of an instruction whose other fields are known. */
unsigned instruction_size(const struct instruction *instruction);

/*
 * Decodes the instruction that the bytes begin with; of which there are at least four. In the
 * header since nothing else runs as often.
 */
static inline struct instruction instruction_decode(const uint8_t *bytes, size_t size)
{
    struct instruction out = {.bits = 0};
    memcpy(&out.bits, bytes, size < sizeof(out.bits) ? sizeof(uint32_t) : sizeof(out.bits));
    const uint32_t word = (uint32_t)out.bits;
    const struct encoding_rule *rule = &encoding_rules[word >> 23];
    out.encoding = rule->encoding;
    out.slot = (uint16_t)(rule->first + (word >> rule->shift & rule->mask));
    switch (out.encoding) {
    case ENCODING_MTBUF:
        out.slot = (uint16_t)(out.slot + (instruction_field(&out, 53, 1) << 3));
        break;
    case ENCODING_MIMG:
        out.slot = (uint16_t)(out.slot + ((word & 1) << 7));
        break;
    case ENCODING_FLAT:
        switch (word >> 14 & 3) {
        case 0:
            break;
        case 1:
            out.encoding = ENCODING_SCRATCH;
            out.slot = (uint16_t)(out.slot - FLAT_FIRST + SCRATCH_FIRST);
            break;
        case 2:
            out.encoding = ENCODING_GLOBAL;
            out.slot = (uint16_t)(out.slot - FLAT_FIRST + GLOBAL_FIRST);
            break;
        default:
            out.encoding = ENCODING_NONE;
            out.slot = SLOT_NONE;
            break;
        }
        break;
    default:
        break;
    }
    out.flags = opcodes[out.slot];
    out.size = (uint8_t)instruction_size(&out);
    return out;
}

/* Whether it is executed on the vector unit. */
static inline bool instruction_is_vector(const struct instruction *instruction)
{
    return instruction->encoding >= ENCODING_VOP2 && instruction->encoding <= ENCODING_VINTRP;
}

/* Whether it is executed on the scalar unit, loads excepted. */
static inline bool instruction_is_scalar(const struct instruction *instruction)
{
    return instruction->encoding >= ENCODING_SOP2 && instruction->encoding <= ENCODING_SOPP;
}

/* How many words of further addresses an image instruction has. */
static inline unsigned instruction_nsa_words(const struct instruction *instruction)
{
    return instruction->encoding == ENCODING_MIMG ? instruction_field(instruction, 1, 2) : 0;
}

/* Whether it loads into LDS, past the registers. */
bool instruction_is_lds_dma(const struct instruction *instruction);

/*
 * The scalar registers that a scalar or scalar memory instruction names as its destination; what it
 * writes besides (EXEC by s_and_saveexec, SCC) is not among them.
 */
scalars instruction_scalar_writes(const struct instruction *instruction);

/* The scalar registers that a vector instruction writes; lanes of a wave are 32 or 64. */
scalars instruction_vector_writes(const struct instruction *instruction, unsigned wave_lanes);

/* The scalar registers that a scalar load or store takes its address and data from. */
scalars instruction_smem_reads(const struct instruction *instruction);

/* The scalar registers that a vector memory or LDS instruction reads, EXEC among them. */
scalars instruction_memory_reads(const struct instruction *instruction);

/* Whether an instruction that is none of the vector unit reads EXEC, in full or in part. */
bool instruction_reads_exec(const struct instruction *instruction);
