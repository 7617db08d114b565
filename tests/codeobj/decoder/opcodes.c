/*
 * Prints src/codeobj/opcodes.list: what LLVM decodes in each opcode slot of gfx10, on which chips,
 * and of the operands what the hazards need.
 */
#include "oracle.h"
#include "slots.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const chips[] = {"gfx1010", "gfx1011", "gfx1012", "gfx1013", "gfx1030"};
#define CHIPS_COUNT (sizeof(chips) / sizeof(chips[0]))

static const struct {
    unsigned mask; /* of chips[] */
    const char *name;
} chip_sets[] = {
    {0x1f, "ALL"}, {0x0f, "RDNA1"}, {0x10, "RDNA2"}, {0x16, "DOT"}, {0x18, "BVH"},
};

static const char *chip_set_name(unsigned mask)
{
    for (size_t i = 0; i < sizeof(chip_sets) / sizeof(chip_sets[0]); i++)
        if (chip_sets[i].mask == mask)
            return chip_sets[i].name;
    return NULL;
}

static struct oracle *oracles[CHIPS_COUNT];

/* What a slot holds, by the first operands that one of the chips takes. */
struct slot {
    unsigned chips;
    struct oracle_instruction instruction;
    char name[64]; /* LLVM's mnemonic without its encoding */
};

static struct slot slot_ask(const struct slots *group, unsigned opcode)
{
    struct slot slot = {0};
    for (unsigned trial = 0; trial < group->trials; trial++) {
        uint8_t bytes[SLOT_SIZE];
        slot_bytes(group, opcode, trial, bytes);
        for (size_t i = 0; i < CHIPS_COUNT; i++) {
            const struct oracle_instruction found = oracle_decode(oracles[i], bytes, sizeof(bytes));
            if (found.size == 0)
                continue;
            if (slot.chips == 0) {
                char text[200] = "";
                slot.instruction = found;
                oracle_text(oracles[i], bytes, sizeof(bytes), text, sizeof(text));
                (void)sscanf(text, "%60s", slot.name);
                char *suffix = strstr(slot.name, "_e32");
                suffix = suffix ? suffix : strstr(slot.name, "_e64");
                if (suffix)
                    *suffix = '\0';
            }
            slot.chips |= 1u << i;
        }
    }
    return slot;
}

static bool has(const struct oracle_registers *set, unsigned scalar)
{
    return set->words[scalar / 64] >> (scalar % 64) & 1;
}

/* How many registers of the set there are from one on. */
static unsigned width(const struct oracle_registers *set, unsigned first)
{
    unsigned count = 0;
    while (first + count < 128 && has(set, first + count))
        count++;
    return count;
}

/* The last column of a row: flags of src/codeobj/opcode.h, joined. */
struct flags {
    char text[200];
};

static void flag_add(struct flags *flags, const char *name, unsigned number)
{
    const size_t used = strlen(flags->text);
    const char *separator = used > 0 ? " | " : "";
    if (number > 0)
        snprintf(flags->text + used, sizeof(flags->text) - used, "%s%s(%u)", separator, name,
                 number);
    else
        snprintf(flags->text + used, sizeof(flags->text) - used, "%s%s", separator, name);
}

/* Which registers the operands of slots.c name. */
enum {
    SDST = 16,
    SMEM_DATA = 64,
    SMEM_BASE = 48,
    VDST = 3,
    VOP3_SDST = 20,
    SRD = 16,
    SAMPLER = 32
};

static bool name_is_one_of(const char *name, const char *const *names)
{
    while (*names && strcmp(name, *names) != 0)
        names++;
    return *names;
}

static void salu_flags(const struct slot *slot, struct flags *ret_flags)
{
    static const char *const ends[] = {"s_endpgm",    "s_endpgm_saved", "s_endpgm_ordered_ps_done",
                                       "s_setpc_b64", "s_rfe_b64",      NULL};
    const struct oracle_instruction *found = &slot->instruction;
    if (width(&found->writes, SDST) > 0)
        flag_add(ret_flags, "DEF", width(&found->writes, SDST));
    if (has(&found->reads, SDST))
        flag_add(ret_flags, "READS_SDST", 0);
    if (has(&found->reads, 126))
        flag_add(ret_flags, "READS_EXEC", 0);
    if (name_is_one_of(slot->name, ends))
        flag_add(ret_flags, "END", 0);
    else if (strcmp(slot->name, "s_branch") == 0)
        flag_add(ret_flags, "JUMP", 0);
    else if (found->branch)
        flag_add(ret_flags, "BRANCH", 0);
}

static void smem_flags(const struct slot *slot, struct flags *ret_flags)
{
    const struct oracle_instruction *found = &slot->instruction;
    if (has(&found->writes, SMEM_DATA))
        flag_add(ret_flags, "DEF", width(&found->writes, SMEM_DATA));
    if (has(&found->reads, SMEM_DATA))
        flag_add(ret_flags, strstr(slot->name, "atomic") ? "ATOMIC" : "STORE",
                 width(&found->reads, SMEM_DATA));
    if (has(&found->reads, SMEM_BASE))
        flag_add(ret_flags, "BASE", width(&found->reads, SMEM_BASE));
}

static void valu_flags(const struct slot *slot, struct flags *ret_flags)
{
    const struct oracle_instruction *found = &slot->instruction;
    if (has(&found->implicit_writes, 106))
        flag_add(ret_flags, "DEF_VCC", 0);
    if (has(&found->implicit_writes, 126))
        flag_add(ret_flags, "DEF_EXEC", 0);
    if (has(&found->writes, VOP3_SDST))
        flag_add(ret_flags, "DEF_SDST", 0);
    if (has(&found->writes, VDST))
        flag_add(ret_flags, strncmp(slot->name, "v_cmp", 5) == 0 ? "DEF_MASK" : "DEF_LANE", 0);
    if (strcmp(slot->name, "v_nop") == 0)
        flag_add(ret_flags, "NOP", 0);
    if (strncmp(slot->name, "v_permlane", 10) == 0)
        flag_add(ret_flags, "PERMLANE", 0);
}

static void memory_flags(const struct slot *slot, struct flags *ret_flags)
{
    /* LLVM decodes all of LDS as the older chips have it, with M0 read by each. */
    static const char *const m0[] = {"ds_gws_",    "ds_ordered_count", "ds_append",
                                     "ds_consume", "_addtid_",         NULL};
    const struct oracle_instruction *found = &slot->instruction;
    if (width(&found->reads, SRD) > 0 && !(found->flags & ORACLE_FLAT))
        flag_add(ret_flags, "SRD", width(&found->reads, SRD));
    if (has(&found->reads, SAMPLER))
        flag_add(ret_flags, "SAMPLER", 0);
    for (const char *const *word = m0; *word; word++)
        if ((found->flags & ORACLE_DS) && strstr(slot->name, *word))
            flag_add(ret_flags, "READS_M0", 0);
}

static void slot_print(const struct slots *group, unsigned opcode, const struct slot *slot)
{
    const uint64_t kinds = slot->instruction.flags;
    struct flags flags = {""};
    if (kinds & ORACLE_SALU)
        salu_flags(slot, &flags);
    else if (kinds & ORACLE_SMEM)
        smem_flags(slot, &flags);
    else if (kinds & ORACLE_VALU)
        valu_flags(slot, &flags);
    else
        memory_flags(slot, &flags);
    if (slot->instruction.size > group->size)
        flag_add(&flags, "LITERAL", 0);
    printf("OPCODE(%s, %u, %s, %s, %s)\n", group->encoding, opcode, slot->name,
           chip_set_name(slot->chips), *flags.text ? flags.text : "0");
}

int main(void)
{
    for (size_t i = 0; i < CHIPS_COUNT; i++)
        if (!(oracles[i] = oracle_open(chips[i], false))) {
            fprintf(stderr, "opcodes: this LLVM has no %s\n", chips[i]);
            return 1;
        }
    puts("/*\n"
         " * OPCODE(encoding, opcode, mnemonic, chips that have it, flags of opcode.h): what "
         "gfx1010 to\n"
         " * gfx1013 and gfx1030 have in each slot of each encoding. Where the same bits are two\n"
         " * instructions, the mnemonic is that of RDNA1.\n"
         " *\n"
         " * Printed by tests/codeobj/decoder/opcodes.c from LLVM 19; a test holds it against "
         "LLVM. Do not "
         "edit.\n"
         " */");
    for (size_t i = 0; i < slots_count; i++) {
        putchar('\n');
        for (unsigned opcode = 0; opcode < slots[i].count; opcode++) {
            const struct slot slot = slot_ask(&slots[i], opcode);
            if (slot.chips == 0)
                continue;
            if (!chip_set_name(slot.chips)) {
                fprintf(stderr, "opcodes: %s: no name for the set of chips %#x\n", slot.name,
                        slot.chips);
                return 1;
            }
            slot_print(&slots[i], opcode, &slot);
        }
    }
    return 0;
}
