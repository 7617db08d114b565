/*
 * The decoder against LLVM: every opcode of every encoding, and instructions with any operands, on
 * each chip: the same length, the same opcodes, the same registers.
 */
#include "codeobj/instruction.h"
#include "oracle.h"
#include "slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
    const char *name;
    uint32_t bit;
} chips[] = {
    {"gfx1010", CHIP_GFX1010}, {"gfx1011", CHIP_GFX1011}, {"gfx1012", CHIP_GFX1012},
    {"gfx1013", CHIP_GFX1013}, {"gfx1030", CHIP_GFX1030},
};

#define CHIPS_COUNT (sizeof(chips) / sizeof(chips[0]))

static struct oracle *oracles[CHIPS_COUNT][2]; /* for 32 and 64 lanes */

static const char *const mnemonics[SLOT_COUNT] = {
#define OPCODE(encoding, opcode, name, ...) [encoding##_##name] = #name,
#include "codeobj/opcodes.list"
#undef OPCODE
};

static bool is_illegal(const struct oracle_instruction *found)
{
    return found->size == 0 || strcmp(found->name, "V_ILLEGAL") == 0;
}

static scalars scalars_of(const struct oracle_registers *set)
{
    return (scalars)set->words[1] << 64 | set->words[0];
}

/* Operands of the wrong kind, which LLVM decodes and then complains about. */
static bool is_refused_in_text(struct oracle *oracle, const uint8_t *bytes)
{
    char text[300];
    oracle_text(oracle, bytes, SLOT_SIZE, text, sizeof(text));
    return strstr(text, "/*Invalid ");
}

static char *describe(struct oracle *oracle, const uint8_t *bytes, const char *what)
{
    static char out[400];
    char text[200];
    oracle_text(oracle, bytes, SLOT_SIZE, text, sizeof(text));
    snprintf(out, sizeof(out), "%s: %02x%02x%02x%02x %02x%02x%02x%02x:%s", what, bytes[3], bytes[2],
             bytes[1], bytes[0], bytes[7], bytes[6], bytes[5], bytes[4], text);
    return out;
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition) && !is_refused_in_text(oracle, bytes))                                    \
            fail_msg("%s", describe(oracle, bytes, #condition));                                   \
    } while (0)

static void check_kind(struct oracle *oracle, const uint8_t *bytes,
                       const struct oracle_instruction *found, const struct instruction *ours)
{
    const uint8_t encoding = ours->encoding;
    /* To LLVM a load into LDS is of the vector unit too. */
    CHECK(instruction_is_vector(ours) == !!(found->flags & ORACLE_VALU) ||
          instruction_is_lds_dma(ours));
    CHECK(instruction_is_scalar(ours) == !!(found->flags & ORACLE_SALU));
    CHECK((encoding == ENCODING_SMEM) == !!(found->flags & ORACLE_SMEM));
    CHECK((encoding == ENCODING_DS) == !!(found->flags & ORACLE_DS));
    CHECK((encoding == ENCODING_EXP) == !!(found->flags & ORACLE_EXP));
    CHECK((encoding == ENCODING_MUBUF) == !!(found->flags & ORACLE_MUBUF));
    CHECK((encoding == ENCODING_MTBUF) == !!(found->flags & ORACLE_MTBUF));
    CHECK((encoding == ENCODING_MIMG) == !!(found->flags & ORACLE_MIMG));
    CHECK((encoding == ENCODING_FLAT || encoding == ENCODING_GLOBAL ||
           encoding == ENCODING_SCRATCH) == !!(found->flags & ORACLE_FLAT));
    /* LLVM's branches include those through a register, whose end is not known. */
    CHECK(!!(ours->flags & (OPCODE_BRANCH | OPCODE_JUMP)) ==
          (found->branch && ours->slot != SOP1_s_setpc_b64));
}

static void check_registers(struct oracle *oracle, const uint8_t *bytes, bool wave64,
                            const struct oracle_instruction *found, const struct instruction *ours)
{
    const scalars reads = scalars_of(&found->reads);
    const scalars writes = scalars_of(&found->writes);
    /* LLVM's description of an opcode knows no half of VCC. */
    scalars implicit = scalars_of(&found->implicit_writes);
    if (!wave64)
        implicit &= ~((scalars)1 << (SCALAR_VCC + 1));
    if (instruction_is_vector(ours)) {
        /* Where LLVM has both, the second is left over from the opcode without a destination. */
        CHECK((writes ? writes : implicit) == instruction_vector_writes(ours, wave64 ? 64 : 32));
        return;
    }
    CHECK(!!(reads & SCALARS_EXEC) == instruction_reads_exec(ours));
    switch (ours->encoding) {
    case ENCODING_SMEM:
        CHECK(writes == instruction_scalar_writes(ours));
        CHECK(reads == instruction_smem_reads(ours));
        break;
    case ENCODING_DS:
        /* LLVM decodes all of LDS as older chips have it, with M0 read by each. */
        CHECK((reads | (scalars)1 << SCALAR_M0) ==
              (instruction_memory_reads(ours) | (scalars)1 << SCALAR_M0));
        break;
    case ENCODING_MUBUF:
    case ENCODING_MTBUF:
    case ENCODING_MIMG:
    case ENCODING_FLAT:
    case ENCODING_GLOBAL:
    case ENCODING_SCRATCH:
        CHECK(reads == instruction_memory_reads(ours));
        break;
    case ENCODING_EXP:
        break;
    default:
        CHECK(writes == instruction_scalar_writes(ours));
        break;
    }
}

/* What LLVM decodes, we decode alike. Returns whether it does. */
static bool check(size_t chip, bool wave64, const uint8_t bytes[SLOT_SIZE])
{
    struct oracle *oracle = oracles[chip][wave64];
    const struct oracle_instruction found = oracle_decode(oracle, bytes, SLOT_SIZE);
    if (is_illegal(&found))
        return false;
    const struct instruction ours = instruction_decode(bytes, SLOT_SIZE);
    CHECK(ours.flags & chips[chip].bit);
    /* Where LLVM does not like the word that DPP or SDWA adds to v_nop, it leaves it to what comes.
     */
    CHECK(found.size == ours.size || (ours.slot == VOP1_v_nop && found.size == 4));
    check_kind(oracle, bytes, &found, &ours);
    check_registers(oracle, bytes, wave64, &found, &ours);
    return true;
}

/* What LLVM calls it, but for what an encoding adds; RDNA2's other instructions have other names.
 */
static void check_name(size_t chip, const uint8_t bytes[SLOT_SIZE])
{
    struct oracle *oracle = oracles[chip][0];
    const struct instruction ours = instruction_decode(bytes, SLOT_SIZE);
    const char *mnemonic = mnemonics[ours.slot];
    char text[300];
    oracle_text(oracle, bytes, SLOT_SIZE, text, sizeof(text));
    const char *name = text + strspn(text, "\t ");
    if (!mnemonic) {
        fail_msg("%s", describe(oracle, bytes, "no mnemonic"));
        return;
    }
    if (chips[chip].bit == CHIP_GFX1030 && strstr(name, "_legacy_f32"))
        return;
    CHECK(strncmp(name, mnemonic, strlen(mnemonic)) == 0);
    name += strlen(mnemonic);
    CHECK(strchr(" \n_", *name));
    CHECK(*name != '_' || strncmp(name, "_e32", 4) == 0 || strncmp(name, "_e64", 4) == 0);
}

static void slots_are_those_of_llvm(void **state)
{
    (void)state;
    for (size_t group = 0; group < slots_count; group++)
        for (unsigned opcode = 0; opcode < slots[group].count; opcode++)
            for (size_t chip = 0; chip < CHIPS_COUNT; chip++) {
                bool legal = false;
                uint8_t bytes[SLOT_SIZE] = {0};
                for (unsigned trial = 0; trial < slots[group].trials; trial++) {
                    slot_bytes(&slots[group], opcode, trial, bytes);
                    if (check(chip, false, bytes)) {
                        legal = true;
                        check_name(chip, bytes);
                    }
                    legal |= check(chip, true, bytes);
                }
                const struct instruction ours = instruction_decode(bytes, SLOT_SIZE);
                if (!!(ours.flags & chips[chip].bit) != legal)
                    fail_msg("%s %u on %s: LLVM %s it", slots[group].encoding, opcode,
                             chips[chip].name, legal ? "has" : "refuses");
            }
}

static uint64_t random_next(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Bytes of which about half the bits of each kind of word are as an encoding wants them. */
static void random_bytes(const struct slots *group, uint8_t ret_bytes[SLOT_SIZE])
{
    slot_bytes(group, (unsigned)(random_next() % group->count),
               (unsigned)(random_next() % group->trials), ret_bytes);
    /* The encoding's bits and the opcode stand where no other operand is: flips leave them. */
    uint8_t none[SLOT_SIZE];
    uint8_t all[SLOT_SIZE];
    slot_bytes(group, 0, 0, none);
    slot_bytes(group, ~0u, 0, all);
    const uint64_t density = random_next();
    for (size_t i = 0; i < SLOT_SIZE; i++) {
        uint64_t flips = random_next();
        for (unsigned round = 0; round < density % 4; round++)
            flips &= random_next();
        flips &= 0xff & ~(uint64_t)(none[i] ^ all[i]);
        if (i == 3)
            flips &= group->fixed == 0 ? 0 : 0x03;
        ret_bytes[i] ^= (uint8_t)flips;
    }
}

/* Now and then a source that makes the instruction longer, where there may be one. */
static void random_source(uint8_t bytes[SLOT_SIZE])
{
    static const unsigned sources[] = {SOURCE_LITERAL, SOURCE_LITERAL, SOURCE_SDWA, SOURCE_DPP,
                                       SOURCE_DPP8,    SOURCE_DPP8_FI, SCALAR_EXEC};
    static const unsigned shifts[] = {0, 0, 8, 32, 41, 50, 56};
    const uint64_t source = sources[random_next() % (sizeof(sources) / sizeof(sources[0]))];
    const unsigned shift = shifts[random_next() % (sizeof(shifts) / sizeof(shifts[0]))];
    uint64_t bits;
    memcpy(&bits, bytes, sizeof(bits));
    bits = (bits & ~(0xffull << shift)) | source << shift;
    memcpy(bytes, &bits, sizeof(bits));
}

static void operands_are_those_of_llvm(void **state)
{
    (void)state;
    const char *wanted = getenv("ORACLE_ROUNDS");
    const unsigned long rounds = wanted ? strtoul(wanted, NULL, 10) : 4000;
    size_t decoded = 0;
    for (unsigned long round = 0; round < rounds; round++)
        for (size_t group = 0; group < slots_count; group++) {
            uint8_t bytes[SLOT_SIZE];
            random_bytes(&slots[group], bytes);
            if (random_next() % 4 == 0)
                random_source(bytes);
            decoded += check(random_next() % CHIPS_COUNT, random_next() & 1, bytes);
        }
    /* Operands that LLVM refuses are many; a tenth that it takes is enough to tell. */
    if (decoded < rounds * slots_count / 10)
        fail_msg("LLVM took only %zu instructions of %lu", decoded, rounds * slots_count);
}

static void any_words_are_those_of_llvm(void **state)
{
    (void)state;
    const char *wanted = getenv("ORACLE_ROUNDS");
    const unsigned long rounds = wanted ? 20 * strtoul(wanted, NULL, 10) : 80000;
    size_t decoded = 0;
    for (unsigned long round = 0; round < rounds; round++) {
        uint8_t bytes[SLOT_SIZE];
        for (size_t i = 0; i < SLOT_SIZE; i++)
            bytes[i] = (uint8_t)(random_next() >> 20);
        decoded += check(random_next() % CHIPS_COUNT, random_next() & 1, bytes);
    }
    assert_true(decoded > rounds / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_those_of_llvm),
        cmocka_unit_test(operands_are_those_of_llvm),
        cmocka_unit_test(any_words_are_those_of_llvm),
    };
    for (size_t i = 0; i < CHIPS_COUNT; i++)
        for (int wave64 = 0; wave64 < 2; wave64++)
            if (!(oracles[i][wave64] = oracle_open(chips[i].name, wave64))) {
                fprintf(stderr, "this LLVM has no %s\n", chips[i].name);
                return 1;
            }
    return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
