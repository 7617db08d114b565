#include "codeobj/instruction.h"

/* clang-format off */
const struct encoding_rule encoding_rules[512] = {
#define RULE(name, shift_, mask_)                                                                  \
    {.first = name##_FIRST, .mask = (mask_), .shift = (shift_), .encoding = ENCODING_##name}
    [0x000 ... 0x0f7] = RULE(VOP2, 25, 0x3f),
    [0x0f8 ... 0x0fb] = RULE(VOPC, 17, 0xff),
    [0x0fc ... 0x0ff] = RULE(VOP1, 9, 0xff),
    [0x100 ... 0x15f] = RULE(SOP2, 23, 0x7f),
    [0x160 ... 0x17c] = RULE(SOPK, 23, 0x1f),
    [0x17d] = RULE(SOP1, 8, 0xff),
    [0x17e] = RULE(SOPC, 16, 0x7f),
    [0x17f] = RULE(SOPP, 16, 0x7f),
    [0x190 ... 0x197] = RULE(VINTRP, 16, 0x3),
    [0x198] = RULE(VOP3P, 16, 0x7f),
    [0x1a8 ... 0x1af] = RULE(VOP3, 16, 0x3ff),
    [0x1b0 ... 0x1b7] = RULE(DS, 18, 0xff),
    [0x1b8 ... 0x1bf] = RULE(FLAT, 18, 0x7f),
    [0x1c0 ... 0x1c3] = RULE(MUBUF, 18, 0x7f),
    [0x1c4 ... 0x1c7] = {MUBUF_FIRST + 128, 0x7f, 18, ENCODING_MUBUF}, /* bit 25 is opcode bit 7 */
    [0x1d0 ... 0x1d7] = RULE(MTBUF, 16, 0x7),
    [0x1e0 ... 0x1e7] = RULE(MIMG, 18, 0x7f),
    [0x1e8 ... 0x1ef] = RULE(SMEM, 18, 0xff),
    [0x1f0 ... 0x1f7] = RULE(EXP, 0, 0),
#undef RULE
};
/* clang-format on */

static bool vop_has_more(const struct instruction *instruction)
{
    /* Where there is no source, its field means nothing, or only DPP and SDWA. */
    if (instruction->slot == VOP1_v_pipeflush || instruction->slot == VOP1_v_clrexcp)
        return false;
    switch (instruction_field(instruction, 0, 9)) {
    case SOURCE_LITERAL:
        return instruction->slot != VOP1_v_nop;
    case SOURCE_SDWA:
    case SOURCE_DPP:
    case SOURCE_DPP8:
    case SOURCE_DPP8_FI:
        return true;
    default:
        return instruction->flags & OPCODE_LITERAL;
    }
}

/* Interpolation names an attribute where others have their first source. */
static bool vop3_has_attribute(const struct instruction *instruction)
{
    switch (instruction->slot) {
    case VOP3_v_interp_p1_f32:
    case VOP3_v_interp_p2_f32:
    case VOP3_v_interp_mov_f32:
    case VOP3_v_interp_p1ll_f16:
    case VOP3_v_interp_p1lv_f16:
    case VOP3_v_interp_p2_f16:
        return true;
    default:
        return false;
    }
}

unsigned instruction_size(const struct instruction *instruction)
{
    bool more = false;
    unsigned size = 4;
    switch ((enum encoding)instruction->encoding) {
    case ENCODING_VOP2:
    case ENCODING_VOP1:
    case ENCODING_VOPC:
        more = vop_has_more(instruction);
        break;
    case ENCODING_SOP2:
    case ENCODING_SOPC:
        more = instruction_field(instruction, 0, 8) == SOURCE_LITERAL ||
               instruction_field(instruction, 8, 8) == SOURCE_LITERAL;
        break;
    case ENCODING_SOP1:
        more = instruction_field(instruction, 0, 8) == SOURCE_LITERAL &&
               instruction->slot != SOP1_s_getpc_b64; /* it has no source */
        break;
    case ENCODING_SOPK:
        more = instruction->flags & OPCODE_LITERAL;
        break;
    case ENCODING_VOP3:
    case ENCODING_VOP3P:
        size = 8;
        more = (instruction_field(instruction, 32, 9) == SOURCE_LITERAL &&
                !vop3_has_attribute(instruction)) ||
               instruction_field(instruction, 41, 9) == SOURCE_LITERAL ||
               instruction_field(instruction, 50, 9) == SOURCE_LITERAL;
        break;
    case ENCODING_MIMG:
        return 8 + 4 * instruction_nsa_words(instruction);
    case ENCODING_MUBUF:
    case ENCODING_MTBUF:
        size = 8;
        /* So LLVM has it, where there is an offset at all. */
        more = OPCODE_BASE(instruction->flags) > 0 &&
               instruction_field(instruction, 56, 8) == SOURCE_LITERAL;
        break;
    case ENCODING_SMEM:
    case ENCODING_DS:
    case ENCODING_FLAT:
    case ENCODING_GLOBAL:
    case ENCODING_SCRATCH:
    case ENCODING_EXP:
        size = 8;
        break;
    case ENCODING_SOPP:
    case ENCODING_VINTRP:
    case ENCODING_NONE:
        break;
    }
    return more ? size + 4 : size;
}

/* Fields of SMEM. */
static unsigned smem_data(const struct instruction *instruction)
{
    return instruction_field(instruction, 6, 7);
}

scalars instruction_scalar_writes(const struct instruction *instruction)
{
    const unsigned width = OPCODE_DATA(instruction->flags);
    if (width == 0)
        return SCALARS_NONE;
    if (instruction->encoding == ENCODING_SMEM) {
        const bool glc = instruction_field(instruction, 16, 1);
        if (instruction->flags & OPCODE_STORE || (instruction->flags & OPCODE_ATOMIC && !glc))
            return SCALARS_NONE;
        return scalars_from(smem_data(instruction), width);
    }
    return scalars_from(instruction_field(instruction, 16, 7), width);
}

scalars instruction_vector_writes(const struct instruction *instruction, unsigned wave_lanes)
{
    const unsigned mask_width = wave_lanes / 32;
    const uint32_t flags = instruction->flags;
    /* A comparison with SDWA has its destination, where it is not VCC, in the second word. */
    const bool sdwa = instruction->encoding == ENCODING_VOPC &&
                      instruction_field(instruction, 0, 9) == SOURCE_SDWA;
    if (flags & OPCODE_DEF_EXEC)
        return SCALARS_EXEC;
    if (flags & OPCODE_DEF_VCC && sdwa && instruction_field(instruction, 47, 1))
        return scalars_from(instruction_field(instruction, 40, 7), mask_width);
    if (flags & OPCODE_DEF_VCC)
        return scalars_from(SCALAR_VCC, mask_width);
    if (flags & OPCODE_DEF_SDST)
        return scalars_from(instruction_field(instruction, 8, 7), mask_width);
    if (flags & OPCODE_DEF_MASK)
        return scalars_from(instruction_field(instruction, 0, 8), mask_width);
    if (flags & OPCODE_DEF_LANE)
        return scalars_from(instruction->encoding == ENCODING_VOP1
                                ? instruction_field(instruction, 17, 8)
                                : instruction_field(instruction, 0, 8),
                            1);
    return SCALARS_NONE;
}

scalars instruction_smem_reads(const struct instruction *instruction)
{
    const unsigned base = OPCODE_BASE(instruction->flags);
    scalars reads = SCALARS_NONE;
    if (base > 0)
        reads = scalars_from(2 * instruction_field(instruction, 0, 6), base) |
                scalars_from(instruction_field(instruction, 57, 7), 1);
    if (instruction->flags & (OPCODE_STORE | OPCODE_ATOMIC))
        reads |= scalars_from(smem_data(instruction), OPCODE_DATA(instruction->flags));
    return reads;
}

bool instruction_is_lds_dma(const struct instruction *instruction)
{
    if (instruction->encoding == ENCODING_MUBUF)
        return instruction_field(instruction, 16, 1);
    return (instruction->encoding == ENCODING_FLAT || instruction->encoding == ENCODING_GLOBAL ||
            instruction->encoding == ENCODING_SCRATCH) &&
           instruction_field(instruction, 13, 1);
}

scalars instruction_memory_reads(const struct instruction *instruction)
{
    const unsigned base = OPCODE_BASE(instruction->flags);
    scalars reads = SCALARS_EXEC;
    switch (instruction->encoding) {
    case ENCODING_MUBUF:
    case ENCODING_MTBUF:
        if (base > 0)
            reads |= scalars_from(4 * instruction_field(instruction, 48, 5), base) |
                     scalars_from(instruction_field(instruction, 56, 8), 1);
        break;
    case ENCODING_MIMG:
        reads |= scalars_from(4 * instruction_field(instruction, 48, 5), base);
        if (instruction->flags & OPCODE_SAMPLER)
            reads |= scalars_from(4 * instruction_field(instruction, 53, 5), 4);
        break;
    case ENCODING_GLOBAL:
        /* EXEC_HI's number means that there is no such operand, as the null register's does. */
        if (instruction_field(instruction, 48, 7) != SCALAR_EXEC + 1)
            reads |= scalars_from(instruction_field(instruction, 48, 7), 2);
        break;
    case ENCODING_SCRATCH:
        if (instruction_field(instruction, 48, 7) != SCALAR_EXEC + 1)
            reads |= scalars_from(instruction_field(instruction, 48, 7), 1);
        break;
    case ENCODING_DS:
        if (instruction_field(instruction, 17, 1)) /* GDS */
            reads |= scalars_from(SCALAR_M0, 1);
        break;
    default:
        break;
    }
    if (instruction->flags & OPCODE_READS_M0 || instruction_is_lds_dma(instruction))
        reads |= scalars_from(SCALAR_M0, 1);
    return reads;
}

static bool is_exec(unsigned operand)
{
    return operand >> 1 == SCALAR_EXEC >> 1;
}

bool instruction_reads_exec(const struct instruction *instruction)
{
    if (instruction->flags & OPCODE_READS_EXEC)
        return true;
    switch ((enum encoding)instruction->encoding) {
    case ENCODING_SOP2:
    case ENCODING_SOPC:
        return is_exec(instruction_field(instruction, 0, 8)) ||
               is_exec(instruction_field(instruction, 8, 8));
    case ENCODING_SOP1:
        return (is_exec(instruction_field(instruction, 0, 8)) &&
                instruction->slot != SOP1_s_getpc_b64) ||
               (instruction->flags & OPCODE_READS_SDST &&
                is_exec(instruction_field(instruction, 16, 7)));
    case ENCODING_SOPK:
        return instruction->flags & OPCODE_READS_SDST &&
               is_exec(instruction_field(instruction, 16, 7));
    case ENCODING_SMEM:
        return instruction_smem_reads(instruction) & SCALARS_EXEC;
    case ENCODING_DS:
    case ENCODING_MUBUF:
    case ENCODING_MTBUF:
    case ENCODING_MIMG:
    case ENCODING_FLAT:
    case ENCODING_GLOBAL:
    case ENCODING_SCRATCH:
    case ENCODING_EXP:
        return true;
    case ENCODING_SOPP:
    case ENCODING_VOP2:
    case ENCODING_VOP1:
    case ENCODING_VOPC:
    case ENCODING_VOP3:
    case ENCODING_VOP3P:
    case ENCODING_VINTRP:
    case ENCODING_NONE:
        break;
    }
    return false;
}
