#include "codeobj/flow.h"

#include "base/cleanup.h"

#include <errno.h>

/* Sets of words of the code, and how many there are before each run of 64. */
struct marks {
    uint64_t *starts;  /* words that an instruction begins with */
    uint64_t *leaders; /* words that a block begins with */
    uint32_t *ranks;   /* leaders before */
    uint32_t words;
};

static void mark(uint64_t *set, uint32_t word)
{
    set[word / 64] |= 1ull << (word % 64);
}

static bool is_marked(const uint64_t *set, uint32_t word)
{
    return set[word / 64] >> (word % 64) & 1;
}

/* The word that a branch leads to: relative to the next instruction, in words, signed. */
static int64_t branch_target(uint32_t word, const struct instruction *instruction)
{
    return (int64_t)word + 1 + (int16_t)instruction_field(instruction, 0, 16);
}

/*
 * The lanes of a wave, by an instruction that writes all of EXEC; else 0. Code for 32 lanes has no
 * use for a pair of registers there, code for 64 has no use for half of it.
 */
static unsigned lanes_by(const struct instruction *instruction)
{
    const unsigned width = OPCODE_DATA(instruction->flags);
    if (!instruction_is_scalar(instruction) || width == 0 || width > 2)
        return 0;
    const bool saves =
        instruction->encoding == ENCODING_SOP1 && instruction->flags & OPCODE_READS_EXEC;
    return saves || instruction_field(instruction, 16, 7) == SCALAR_EXEC ? 32 * width : 0;
}

/* Marks where instructions and blocks begin. Returns how many lanes the code is for. */
static unsigned marks_set(const struct code *code, struct marks *marks)
{
    const uint32_t words = marks->words;
    unsigned lanes = code->wave_lanes;
    mark(marks->leaders, 0);
    for (uint32_t word = 0; word < words;) {
        const struct instruction instruction = flow_instruction(code, word);
        const uint32_t next = flow_next(code, word, &instruction);
        mark(marks->starts, word);
        if (instruction.flags & (OPCODE_END | OPCODE_JUMP | OPCODE_BRANCH)) {
            const int64_t target = branch_target(word, &instruction);
            if (!(instruction.flags & OPCODE_END) && target >= 0 && target < words)
                mark(marks->leaders, (uint32_t)target);
            if (next < words)
                mark(marks->leaders, next);
        }
        if (lanes == 0)
            lanes = lanes_by(&instruction);
        word = next;
    }
    return lanes == 64 ? 64 : 32;
}

static size_t marks_count(const struct marks *marks)
{
    size_t count = 0;
    for (size_t i = 0; i < (marks->words + 63u) / 64; i++) {
        marks->leaders[i] &= marks->starts[i];
        marks->ranks[i] = (uint32_t)count;
        count += (size_t)__builtin_popcountll(marks->leaders[i]);
    }
    return count;
}

/* The block that begins with a word. */
static uint32_t marks_block(const struct marks *marks, int64_t target)
{
    if (target < 0 || target >= marks->words || !is_marked(marks->leaders, (uint32_t)target))
        return BLOCK_NONE;
    const uint64_t before = marks->leaders[target / 64] & ((1ull << (target % 64)) - 1);
    return marks->ranks[target / 64] + (uint32_t)__builtin_popcountll(before);
}

static uint32_t marks_next(const uint64_t *set, uint32_t word, uint32_t words)
{
    for (uint32_t i = word / 64; i < (words + 63) / 64; i++) {
        const uint64_t rest = i == word / 64 ? set[i] & ~0ull << (word % 64) : set[i];
        if (rest)
            return i * 64 + (uint32_t)__builtin_ctzll(rest);
    }
    return words;
}

/* The word that the last instruction of a block begins with. */
static uint32_t marks_last(const struct marks *marks, uint32_t end)
{
    uint32_t word = end - 1;
    while (!is_marked(marks->starts, word))
        word--;
    return word;
}

static void block_read(const struct code *code, const struct marks *marks, uint32_t first,
                       struct block *ret_block)
{
    const uint32_t end =
        first + 1 < marks->words ? marks_next(marks->leaders, first + 1, marks->words) : first + 1;
    const uint32_t last = marks_last(marks, end);
    const struct instruction instruction = flow_instruction(code, last);
    const bool branches = instruction.flags & (OPCODE_JUMP | OPCODE_BRANCH);
    *ret_block = (struct block){
        .first = first,
        .end = end,
        .target = branches ? marks_block(marks, branch_target(last, &instruction)) : BLOCK_NONE,
        .falls = !(instruction.flags & (OPCODE_END | OPCODE_JUMP)) && end < marks->words,
        .branches = branches,
    };
}

int flow_read(const struct code *code, struct flow *ret_flow)
{
    if (code->size / 4 >= UINT32_MAX - 64)
        return -EINVAL;
    struct flow flow = {.wave_lanes = 32};
    const uint32_t words = (uint32_t)(code->size / 4);
    const size_t runs = words / 64u + 1;
    cleanup_free uint64_t *starts = calloc(runs, sizeof(*starts));
    cleanup_free uint64_t *leaders = calloc(runs, sizeof(*leaders));
    cleanup_free uint32_t *ranks = calloc(runs, sizeof(*ranks));
    if (!starts || !leaders || !ranks)
        return -ENOMEM;
    struct marks marks = {.starts = starts, .leaders = leaders, .ranks = ranks, .words = words};
    if (words > 0) {
        flow.wave_lanes = marks_set(code, &marks);
        flow.blocks_count = marks_count(&marks);
        flow.blocks = calloc(flow.blocks_count + 1, sizeof(*flow.blocks));
        if (!flow.blocks)
            return -ENOMEM;
    }
    uint32_t first = 0;
    for (size_t i = 0; i < flow.blocks_count; i++) {
        block_read(code, &marks, first, &flow.blocks[i]);
        first = flow.blocks[i].end;
    }
    *ret_flow = flow;
    return 0;
}

void flow_free(struct flow *flow)
{
    free(flow->blocks);
    *flow = (struct flow){0};
}
