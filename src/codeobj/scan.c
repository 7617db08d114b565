#include "codeobj/code.h"

#include "base/cleanup.h"
#include "codeobj/flow.h"
#include "codeobj/hazard.h"
#include "codeobj/solution.h"

#include <errno.h>

struct scan {
    const struct code *code;
    const struct scan_options *options;
    uint32_t chip; /* enum opcode_chips */
    struct hazard_options hazards;
    struct flow flow;
    struct scan_result result;
    size_t sites_room;
};

static bool is_branch_by_words(const struct instruction *instruction)
{
    return instruction->encoding == ENCODING_SOPP &&
           instruction->flags & (OPCODE_JUMP | OPCODE_BRANCH);
}

/*
 * The kinds of findings that an instruction is by itself, as a mask. Source: LLVM 19, AMDGPU.td,
 * and for each bug: SIInstrInfo.cpp, isLegalFLATOffset() for offsets; AMDGPUAsmBackend.cpp,
 * fixupNeedsRelaxation() for branches; SIISelLowering.cpp, getPrefLoopAlignment() for prefetch;
 * SIDefines.h for hwreg 29.
 */
static uint32_t findings_alone(const struct scan *scan, const struct instruction *instruction)
{
    const int offset = (int)instruction_field(instruction, 0, 12);
    uint32_t kinds = 0;
    if (!(instruction->flags & scan->chip))
        return 1u << FINDING_ABSENT_OPCODE;
    switch (instruction->slot) {
    case VOP2_v_mac_legacy_f32:
    case VOP3_v_mac_legacy_f32:
    case VOP3_v_mad_legacy_f32:
        return scan->code->rdna2 ? 1u << FINDING_OTHER_OPCODE : 0;
    case SOPK_s_getreg_b32:
        return instruction_field(instruction, 0, 6) == 29 ? 1u << FINDING_SHADER_CYCLES : 0;
    case SOPP_s_inst_prefetch:
        return 1u << FINDING_INST_PREFETCH;
    default:
        break;
    }
    if (instruction->encoding == ENCODING_FLAT && offset != 0)
        kinds |= 1u << FINDING_FLAT_OFFSET;
    if (instruction->encoding == ENCODING_SCRATCH && offset >= 0x800 && offset % 4 != 0)
        kinds |= 1u << FINDING_SCRATCH_OFFSET;
    if (is_branch_by_words(instruction) && instruction_field(instruction, 0, 16) == 0x3f)
        kinds |= 1u << FINDING_BRANCH_OFFSET;
    return kinds;
}

static int sites_add(struct scan *scan, uint32_t word, uint32_t kinds)
{
    struct scan_result *result = &scan->result;
    for (; kinds; kinds &= kinds - 1) {
        if (result->sites_count == scan->sites_room) {
            const size_t room = scan->sites_room > 0 ? 2 * scan->sites_room : 64;
            struct site *sites = realloc(result->sites, room * sizeof(*sites));
            if (!sites)
                return -ENOMEM;
            result->sites = sites;
            scan->sites_room = room;
        }
        const enum finding_kind kind = (enum finding_kind)__builtin_ctz(kinds);
        result->counts[kind]++;
        result->sites[result->sites_count++] =
            (struct site){.address = scan->code->address + 4 * (uint64_t)word, .kind = kind};
    }
    return 0;
}

/* Zeroes and s_code_end fill up what is after a function's end. */
static bool is_padding(const struct instruction *instruction)
{
    return (uint32_t)instruction->bits == 0 || instruction->slot == SOPP_s_code_end;
}

static int block_scan(struct scan *scan, const struct block *block, struct hazard_state state)
{
    unsigned clause = 0; /* instructions that are still to come in it */
    for (uint32_t word = block->first; word < block->end;) {
        const struct instruction instruction = flow_instruction(scan->code, word);
        const uint32_t next = flow_next(scan->code, word, &instruction);
        uint32_t kinds = 0;
        if (!is_padding(&instruction)) {
            if (instruction.flags & CHIPS_ALL &&
                instruction.size <= scan->code->size - 4 * (size_t)word) {
                scan->result.instructions++;
                kinds = findings_alone(scan, &instruction);
            } else {
                scan->result.undecoded++;
            }
        }
        if (hazard_is_plain(&instruction)) {
            hazard_step_plain(&state);
        } else {
            const struct hazard_effect effect = hazard_effect_of(&instruction, &scan->hazards);
            const uint32_t findings = hazard_findings(&effect, &state);
            hazard_step(&effect, findings, &scan->hazards, &state);
            kinds |= findings;
        }
        if (clause > 0 && instruction_nsa_words(&instruction) > 0)
            kinds |= 1u << FINDING_NSA_CLAUSE;
        clause = clause > 0 ? clause - 1 : 0;
        if (instruction.slot == SOPP_s_clause)
            clause = instruction_field(&instruction, 0, 6) + 1;
        if (kinds && sites_add(scan, word, kinds) < 0)
            return -ENOMEM;
        word = next;
    }
    return 0;
}

static int scan_flow(struct scan *scan)
{
    cleanup_free struct hazard_state *states = NULL;
    int r = solution_find(scan->code, &scan->flow, &scan->hazards, &states);
    for (size_t i = 0; i < scan->flow.blocks_count && r == 0; i++)
        r = block_scan(scan, &scan->flow.blocks[i], states[i]);
    return r;
}

/* The chip's bit in the table of opcodes; 0 for chips that are not in it. */
static uint32_t chip_bit(const struct chip *chip)
{
    const uint32_t step = chip->gfx_target_version - 100100;
    return step <= 3 ? 1u << step : 0;
}

int scan_code(const struct code *code, const struct scan_options *options,
              struct scan_result *ret_result)
{
    if (!options->chip || chip_bit(options->chip) == 0 || (!code->bytes && code->size > 0))
        return -EINVAL;
    struct scan scan = {.code = code, .options = options, .chip = chip_bit(options->chip)};
    int r = flow_read(code, &scan.flow);
    if (r < 0)
        return r;
    scan.hazards = (struct hazard_options){
        .wave_lanes = scan.flow.wave_lanes,
        .lds_branch_flat = options->lds_branch_flat,
        .ignore_mitigations = options->ignore_mitigations,
    };
    r = scan_flow(&scan);
    flow_free(&scan.flow);
    if (r < 0) {
        scan_result_free(&scan.result);
        return r;
    }
    *ret_result = scan.result;
    return 0;
}

void scan_result_free(struct scan_result *result)
{
    free(result->sites);
    *result = (struct scan_result){0};
}
