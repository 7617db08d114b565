#include "codeobj/opcode.h"

/* The words of opcodes.list. */
#define ALL           CHIPS_ALL
#define RDNA1         (CHIP_GFX1010 | CHIP_GFX1011 | CHIP_GFX1012 | CHIP_GFX1013)
#define RDNA2         CHIP_GFX1030
#define DOT           (CHIP_GFX1011 | CHIP_GFX1012 | CHIP_GFX1030)
#define BVH           (CHIP_GFX1013 | CHIP_GFX1030)

#define DEF(width)    ((width) << OPCODE_DATA_SHIFT)
#define STORE(width)  (DEF(width) | OPCODE_STORE)
#define ATOMIC(width) (DEF(width) | OPCODE_ATOMIC)
#define BASE(width)   ((width) << OPCODE_BASE_SHIFT)
#define SRD(width)    BASE(width)
#define LITERAL       OPCODE_LITERAL
#define READS_SDST    OPCODE_READS_SDST
#define READS_EXEC    OPCODE_READS_EXEC
#define END           OPCODE_END
#define JUMP          OPCODE_JUMP
#define BRANCH        OPCODE_BRANCH
#define DEF_VCC       OPCODE_DEF_VCC
#define DEF_EXEC      OPCODE_DEF_EXEC
#define DEF_SDST      OPCODE_DEF_SDST
#define DEF_MASK      OPCODE_DEF_MASK
#define DEF_LANE      OPCODE_DEF_LANE
#define NOP           OPCODE_NOP
#define PERMLANE      OPCODE_PERMLANE
#define SAMPLER       OPCODE_SAMPLER
#define READS_M0      OPCODE_READS_M0

const uint32_t opcodes[SLOT_COUNT] = {
#define OPCODE(encoding, opcode, name, chips, flags) [encoding##_##name] = (chips) | (flags),
#include "codeobj/opcodes.list"
#undef OPCODE
};
