/*
 * The control flow of a function: its basic blocks, in the order of their addresses, and which
 * leads to which.
 */
#pragma once

#include "codeobj/code.h"
#include "codeobj/instruction.h"

#define BLOCK_NONE UINT32_MAX

struct block {
    uint32_t first;  /* word of the code */
    uint32_t end;    /* word after its last */
    uint32_t target; /* block that it may branch to; while blocks are being found, its word */
    bool falls;      /* may go on in the next block */
    bool branches;   /* ends with a branch, wherever that leads */
};

struct flow {
    struct block *blocks;
    size_t blocks_count;
    unsigned wave_lanes; /* 32 or 64 */
};

/*
 * Finds the blocks of the code, whole words of it. A call comes back to the instruction after it; a
 * branch out of the code, or into the middle of an instruction, leads nowhere. Returns 0, -ENOMEM,
 * or -EINVAL for more words than 32 bits number.
 */
int flow_read(const struct code *code, struct flow *ret_flow);

void flow_free(struct flow *flow);

/* The instruction at a word of the code. */
static inline struct instruction flow_instruction(const struct code *code, uint32_t word)
{
    return instruction_decode(code->bytes + 4 * (size_t)word, code->size - 4 * (size_t)word);
}

/* The word after an instruction; the end of the code where it is cut off there. */
static inline uint32_t flow_next(const struct code *code, uint32_t word,
                                 const struct instruction *instruction)
{
    const size_t next = word + instruction->size / 4u;
    return (uint32_t)(next < code->size / 4 ? next : code->size / 4);
}
