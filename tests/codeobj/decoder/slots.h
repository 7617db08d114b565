/* Every opcode slot of every gfx10 encoding, as bytes that LLVM can be asked about. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SLOT_TRIALS 8
#define SLOT_SIZE   20 /* bytes: the longest instruction of gfx10 */

struct slots {
    const char *encoding; /* as opcodes.list names it */
    uint32_t fixed;       /* the encoding's own bits of the first word */
    unsigned count;       /* opcodes from 0 on */
    unsigned shift;       /* of the opcode in the first word; its highest bit may be elsewhere */
    unsigned low_bits;    /* how many bits of the opcode stand at shift */
    int high_bit;         /* where the opcode's next bit stands in the first two words; -1: none */
    size_t size;          /* bytes without literals and the like */
    unsigned trials;      /* of operands */
    uint64_t operands[SLOT_TRIALS]; /* operand bits that some opcodes of the encoding accept */
};

extern const struct slots slots[];
extern const size_t slots_count;

/* The bytes of an opcode with the operands of a trial. */
void slot_bytes(const struct slots *slots, unsigned opcode, unsigned trial,
                uint8_t ret_bytes[SLOT_SIZE]);
