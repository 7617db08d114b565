#include "codeobj/hazard.h"

/* Findings that a flag of the state makes, at an instruction that asks for it. */
static const struct {
    uint32_t flag;
    enum finding_kind kind;
} detectors[] = {
    {HAZARD_EXEC_READ, FINDING_VCMPX_EXEC},  {HAZARD_VCMPX, FINDING_VCMPX_PERMLANE},
    {HAZARD_LDS_BRANCH, FINDING_LDS_BRANCH}, {HAZARD_VMEM_BRANCH, FINDING_LDS_BRANCH},
    {HAZARD_NSA, FINDING_NSA_TO_VMEM},
};

uint32_t hazard_findings(const struct hazard_effect *effect, const struct hazard_state *state)
{
    uint32_t kinds = 0;
    if (effect->scalar_writes & state->memory)
        kinds |= 1u << FINDING_VMEM_TO_SCALAR;
    if (effect->vector_writes & state->smem)
        kinds |= 1u << FINDING_SMEM_TO_VECTOR;
    if (effect->asks & state->flags)
        for (size_t i = 0; i < sizeof(detectors) / sizeof(detectors[0]); i++)
            if (effect->asks & state->flags & detectors[i].flag)
                kinds |= 1u << detectors[i].kind;
    return kinds;
}

bool hazard_merge(struct hazard_state *state, const struct hazard_state *other)
{
    const bool news = (other->memory & ~state->memory) || (other->smem & ~state->smem) ||
                      (other->flags & ~state->flags);
    state->memory |= other->memory;
    state->smem |= other->smem;
    state->flags |= other->flags;
    return news;
}

/* Fields of the waits' operands on gfx10. */
static bool waits_for_smem(unsigned operand)
{
    return (operand >> 8 & 0x3f) == 0; /* lgkmcnt */
}

static bool waits_for_vector_sources(unsigned operand)
{
    return (operand >> 2 & 0x7) == 0; /* vm_vsrc */
}

static bool waits_for_scalar_destinations(unsigned operand)
{
    return (operand & 0x1) == 0; /* sa_sdst */
}

/* What scalar instructions end. */
static uint32_t scalar_clears(const struct instruction *instruction,
                              const struct hazard_options *options)
{
    const unsigned operand = instruction_field(instruction, 0, 16);
    const unsigned sdst = instruction_field(instruction, 16, 7);
    const bool null_zero = sdst == SCALAR_NULL && operand == 0;
    uint32_t clears = HAZARD_NSA;
    switch (instruction->slot) {
    case SOPP_s_waitcnt:
        if (operand == 0)
            clears |= HAZARD_MEMORY;
        return waits_for_smem(operand) ? clears | HAZARD_SMEM : clears;
    case SOPP_s_waitcnt_depctr:
        if (options->ignore_mitigations)
            return clears;
        if (waits_for_vector_sources(operand))
            clears |= HAZARD_MEMORY;
        return waits_for_scalar_destinations(operand) ? clears | HAZARD_EXEC_READ : clears;
    case SOPK_s_waitcnt_vscnt:
        return null_zero && !options->ignore_mitigations
                   ? clears | HAZARD_LDS | HAZARD_VMEM | HAZARD_LDS_BRANCH | HAZARD_VMEM_BRANCH
                   : clears;
    case SOPK_s_waitcnt_lgkmcnt:
        return null_zero ? clears | HAZARD_SMEM : clears;
    case SOPK_s_version:
    case SOPK_s_waitcnt_vmcnt:
    case SOPK_s_waitcnt_expcnt:
        return clears;
    case SOP1_s_mov_b32: /* as compilers insert it: to the null register */
        return options->ignore_mitigations && sdst == SCALAR_NULL ? clears : clears | HAZARD_SMEM;
    default:
        return instruction->encoding == ENCODING_SOPP ? clears : clears | HAZARD_SMEM;
    }
}

static void vector_effect(const struct instruction *instruction,
                          const struct hazard_options *options, struct hazard_effect *effect)
{
    const uint32_t flags = instruction->flags;
    effect->vector_writes = instruction_vector_writes(instruction, options->wave_lanes);
    effect->clears = HAZARD_MEMORY | HAZARD_NSA;
    if (!(flags & OPCODE_NOP))
        effect->clears |= HAZARD_VCMPX;
    /*
     * LLVM leaves v_readlane out, where Mesa counts every write of a scalar register; so it puts
     * workarounds where none is needed, and they are to be found, too.
     */
    if (flags & OPCODE_DEFS & ~(options->ignore_mitigations ? (uint32_t)OPCODE_DEF_LANE : 0))
        effect->clears |= HAZARD_EXEC_READ;
    if (effect->vector_writes & SCALARS_EXEC) {
        effect->asks |= HAZARD_EXEC_READ;
        if (!(flags & (OPCODE_DEF_LANE | OPCODE_DEF_SDST)))
            effect->sets |= HAZARD_VCMPX;
    }
    if (flags & OPCODE_PERMLANE)
        effect->asks |= HAZARD_VCMPX;
}

/* An access of LDS, or of memory, in the sense of the rule about branches between them. */
static void access_effect(bool lds, struct hazard_effect *effect)
{
    effect->asks |= lds ? HAZARD_VMEM_BRANCH : HAZARD_LDS_BRANCH;
    effect->clears |= HAZARD_LDS_BRANCH | HAZARD_VMEM_BRANCH | (lds ? HAZARD_VMEM : HAZARD_LDS);
    effect->sets |= lds ? HAZARD_LDS : HAZARD_VMEM;
}

static void memory_effect(const struct instruction *instruction,
                          const struct hazard_options *options, struct hazard_effect *effect)
{
    const bool lds_dma = options->lds_branch_flat && instruction_is_lds_dma(instruction);
    effect->clears |= HAZARD_NSA;
    effect->memory_reads = instruction_memory_reads(instruction);
    if (instruction->encoding != ENCODING_FLAT || options->lds_branch_flat)
        access_effect(instruction->encoding == ENCODING_DS || lds_dma, effect);
    if ((instruction->encoding == ENCODING_MUBUF || instruction->encoding == ENCODING_MTBUF) &&
        instruction_field(instruction, 0, 12) & 6)
        effect->asks |= HAZARD_NSA;
    if (instruction_nsa_words(instruction) > 0 && instruction->size >= 16)
        effect->sets |= HAZARD_NSA;
}

struct hazard_effect hazard_effect_of(const struct instruction *instruction,
                                      const struct hazard_options *options)
{
    struct hazard_effect effect = {.clears = HAZARD_NSA};
    switch ((enum encoding)instruction->encoding) {
    case ENCODING_SOP2:
    case ENCODING_SOPK:
    case ENCODING_SOP1:
    case ENCODING_SOPC:
    case ENCODING_SOPP:
        effect.scalar_writes = instruction_scalar_writes(instruction);
        effect.clears = scalar_clears(instruction, options);
        if (instruction_reads_exec(instruction))
            effect.sets = HAZARD_EXEC_READ;
        break;
    case ENCODING_SMEM:
        effect.scalar_writes = instruction_scalar_writes(instruction);
        effect.smem_reads = instruction_smem_reads(instruction);
        if (instruction_reads_exec(instruction))
            effect.sets = HAZARD_EXEC_READ;
        break;
    case ENCODING_VOP2:
    case ENCODING_VOP1:
    case ENCODING_VOPC:
    case ENCODING_VOP3:
    case ENCODING_VOP3P:
    case ENCODING_VINTRP:
        vector_effect(instruction, options, &effect);
        break;
    case ENCODING_DS:
    case ENCODING_MUBUF:
    case ENCODING_MTBUF:
    case ENCODING_MIMG:
    case ENCODING_FLAT:
    case ENCODING_GLOBAL:
    case ENCODING_SCRATCH:
        effect.sets = HAZARD_EXEC_READ;
        memory_effect(instruction, options, &effect);
        break;
    case ENCODING_EXP:
        effect.sets = HAZARD_EXEC_READ;
        break;
    case ENCODING_NONE:
        break;
    }
    return effect;
}
