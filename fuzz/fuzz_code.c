/*
 * Any bytes as GPU code: no crash, sums that are right, and the findings of a solver that knows no
 * blocks, where that has one answer. The first byte says how to scan.
 */
#include "base/cleanup.h"
#include "codeobj/flow.h"
#include "codeobj/hazard.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MAX 4096

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

/* The kinds that come of a sequence, and only by its state. */
static const uint32_t hazard_kinds = 1u << FINDING_VCMPX_EXEC | 1u << FINDING_VCMPX_PERMLANE |
                                     1u << FINDING_VMEM_TO_SCALAR | 1u << FINDING_SMEM_TO_VECTOR |
                                     1u << FINDING_LDS_BRANCH | 1u << FINDING_NSA_TO_VMEM;

static void check_result(const struct code *code, const struct scan_result *result)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < FINDING_COUNT; i++)
        sum += result->counts[i];
    CHECK(sum == result->sites_count);
    CHECK(result->instructions + result->undecoded <= code->size / 4);
    for (size_t i = 0; i < result->sites_count; i++) {
        CHECK(result->sites[i].address - code->address < code->size);
        CHECK(i == 0 || result->sites[i].address >= result->sites[i - 1].address);
    }
}

/* Where an instruction at a word may lead; how many, two at most. */
static unsigned successors(const struct code *code, const bool *starts, uint32_t word,
                           const struct instruction *instruction, uint32_t ret_next[2])
{
    const uint32_t words = (uint32_t)(code->size / 4);
    const int64_t target = (int64_t)word + 1 + (int16_t)instruction_field(instruction, 0, 16);
    const uint32_t next = flow_next(code, word, instruction);
    unsigned count = 0;
    if (!(instruction->flags & (OPCODE_END | OPCODE_JUMP)) && next < words)
        ret_next[count++] = next;
    if (instruction->flags & (OPCODE_JUMP | OPCODE_BRANCH) && target >= 0 && target < words &&
        starts[target])
        ret_next[count++] = (uint32_t)target;
    return count;
}

/* Findings by word, from states that are handed from instruction to instruction until all is still.
 */
static void solve_plainly(const struct code *code, const struct hazard_options *options,
                          uint32_t *ret_findings)
{
    const uint32_t words = (uint32_t)(code->size / 4);
    cleanup_free struct hazard_state *states = calloc(words + 1, sizeof(*states));
    cleanup_free bool *starts = calloc(words + 1, sizeof(*starts));
    CHECK(states && starts);
    for (uint32_t word = 0; word < words;) {
        const struct instruction instruction = flow_instruction(code, word);
        starts[word] = true;
        word = flow_next(code, word, &instruction);
    }
    for (bool moved = true; moved;) {
        moved = false;
        for (uint32_t word = 0; word < words; word++) {
            if (!starts[word])
                continue;
            const struct instruction instruction = flow_instruction(code, word);
            const struct hazard_effect effect = hazard_effect_of(&instruction, options);
            struct hazard_state state = states[word];
            uint32_t next[2];
            ret_findings[word] = hazard_findings(&effect, &state);
            hazard_step(&effect, ret_findings[word], options, &state);
            if (instruction.flags & (OPCODE_JUMP | OPCODE_BRANCH))
                hazard_step_branch(&state);
            for (unsigned i = successors(code, starts, word, &instruction, next); i-- > 0;)
                moved |= hazard_merge(&states[next[i]], &state);
        }
    }
}

/* Without a workaround thought of at each finding, the states have one least solution. */
static void check_solution(const struct code *code, const struct scan_options *options)
{
    struct scan_options all = *options;
    struct scan_result result;
    cleanup_free uint32_t *findings = calloc(code->size / 4 + 1, sizeof(*findings));
    CHECK(findings);
    all.ignore_mitigations = true;
    CHECK(scan_code(code, &all, &result) == 0);
    const struct hazard_options hazards = {.wave_lanes = code->wave_lanes,
                                           .lds_branch_flat = all.lds_branch_flat,
                                           .ignore_mitigations = true};
    solve_plainly(code, &hazards, findings);
    for (size_t i = 0; i < result.sites_count; i++) {
        const uint32_t kind = 1u << result.sites[i].kind;
        uint32_t *expected = &findings[(result.sites[i].address - code->address) / 4];
        if (!(kind & hazard_kinds))
            continue;
        CHECK(*expected & kind);
        *expected &= ~kind;
    }
    for (size_t i = 0; i < code->size / 4; i++)
        CHECK(findings[i] == 0);
    scan_result_free(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 4 * WORDS_MAX)
        return 0;
    const unsigned how = data[0];
    const struct code code = {.bytes = data + 1,
                              .size = size - 1,
                              .address = 0x1000,
                              .rdna2 = how & 0x40,
                              .wave_lanes = how & 4 ? 64 : 32};
    const struct scan_options options = {.chip = &chips[how % 4 % chips_count],
                                         .lds_branch_flat = how & 8,
                                         .ignore_mitigations = how & 16};
    struct scan_result result;
    CHECK(scan_code(&code, &options, &result) == 0);
    check_result(&code, &result);
    scan_result_free(&result);
    check_solution(&code, &options);
    return 0;
}
