#include "slots.h"

#include <string.h>

#define HIGH(word) ((uint64_t)(word) << 32)

/* v1, and VGPRs in the three source fields of VOP3. */
#define V1         257u
#define VVV        HIGH(V1 | 258u << 9 | 259u << 18)
#define VV         HIGH(V1 | 258u << 9)
#define BUFFER     HIGH(1u << 8 | 4u << 16 | 0x80u << 24)
#define NO_OFFSET  HIGH(0xfau << 24)
#define FLAT       HIGH(1u | 2u << 8 | 0x7du << 16 | 9u << 24)
#define UNSAMPLED  HIGH(1u | 9u << 8 | 4u << 16)
#define IMAGE      (UNSAMPLED | HIGH(8u << 21))

/* Where an instruction has no operand in a field, LLVM wants zero there, so there are several. */
const struct slots slots[] = {
#define SLOTS(encoding_, fixed_, count_, shift_, low_bits_, high_bit_, size_, ...)                 \
    {                                                                                              \
        .encoding = (encoding_), .fixed = (fixed_), .count = (count_), .shift = (shift_),          \
        .low_bits = (low_bits_), .high_bit = (high_bit_), .size = (size_),                         \
        .trials = sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), .operands = {__VA_ARGS__}, \
    }
    SLOTS("SOP2", 0x80000000, 96, 23, 7, -1, 4, 32 | 48 << 8 | 16 << 16, 32 | 48 << 8),
    SLOTS("SOPK", 0xb0000000, 29, 23, 5, -1, 4, 16 << 16 | 4, 125 << 16),
    SLOTS("SOP1", 0xbe800000, 256, 8, 8, -1, 4, 32 | 16 << 16, 32, 16 << 16, 0),
    SLOTS("SOPC", 0xbf000000, 128, 16, 7, -1, 4, 32 | 48 << 8),
    SLOTS("SOPP", 0xbf800000, 128, 16, 7, -1, 4, 0),
    SLOTS("SMEM", 0xf4000000, 256, 18, 8, -1, 8, 64 << 6 | 24 | NO_OFFSET, 24 | NO_OFFSET, 64 << 6,
          0, NO_OFFSET),
    SLOTS("VOP2", 0, 62, 25, 6, -1, 4, V1 | 2 << 9 | 3 << 17),
    SLOTS("VOP1", 0x7e000000, 256, 9, 8, -1, 4, V1 | 3 << 17, V1, 0),
    SLOTS("VOPC", 0x7c000000, 256, 17, 8, -1, 4, V1 | 2 << 9),
    SLOTS("VOP3", 0xd4000000, 1024, 16, 10, -1, 8, 3 | 20 << 8 | VVV, 3 | 20 << 8 | VV, 3 | VVV,
          3 | VV, 3 | HIGH(V1), 3 | HIGH(258u << 9), 3 | HIGH(V1 | 32u << 9), 0),
    SLOTS("VOP3P", 0xcc000000, 128, 16, 7, -1, 8, 3 | VVV, 3 | VV, 3 | HIGH(V1)),
    SLOTS("VINTRP", 0xc8000000, 4, 16, 2, -1, 4, 0),
    SLOTS("DS", 0xd8000000, 256, 18, 8, -1, 8, HIGH(1), 1 << 17 | HIGH(1), 1 << 17, 0),
    SLOTS("MUBUF", 0xe0000000, 256, 18, 7, 25, 8, BUFFER, 0),
    SLOTS("MTBUF", 0xe8000000, 16, 16, 3, 53, 8, BUFFER | 1 << 19),
    SLOTS("MIMG", 0xf0000000, 256, 18, 7, 0, 8, IMAGE | 0x100, UNSAMPLED | 0xf00,
          UNSAMPLED | 0x9f00 | 1 << 12),
    SLOTS("FLAT", 0xdc000000, 128, 18, 7, -1, 8, FLAT),
    SLOTS("GLOBAL", 0xdc008000, 128, 18, 7, -1, 8, FLAT),
    SLOTS("SCRATCH", 0xdc004000, 128, 18, 7, -1, 8, FLAT),
    SLOTS("EXP", 0xf8000000, 1, 0, 0, -1, 8, 0),
};

const size_t slots_count = sizeof(slots) / sizeof(slots[0]);

void slot_bytes(const struct slots *slots_, unsigned opcode, unsigned trial,
                uint8_t ret_bytes[SLOT_SIZE])
{
    const uint64_t low = opcode & ((1u << slots_->low_bits) - 1);
    uint64_t bits = slots_->fixed | low << slots_->shift | slots_->operands[trial];
    if (slots_->high_bit >= 0)
        bits |= (uint64_t)(opcode >> slots_->low_bits) << slots_->high_bit;
    memset(ret_bytes, 0, SLOT_SIZE);
    for (unsigned i = 0; i < 8; i++)
        ret_bytes[i] = (uint8_t)(bits >> (8 * i));
}
