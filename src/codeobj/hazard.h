/*
 * The hazards of RDNA1: sequences of instructions that need a workaround between them, found by
 * what may still be under way when an instruction is issued, over all ways that lead to it.
 *
 * Source of each rule: LLVM 19, lib/Target/AMDGPU/GCNHazardRecognizer.cpp, the functions named
 * below; for NSA in clauses SIInsertHardClauses.cpp. Mesa's ACO, README-ISA.md, describes the same.
 *
 *   vmem-to-scalar-write  fixVMEMtoScalarWriteHazards()
 *   smem-to-vector-write  fixSMEMtoVectorWriteHazards()
 *   vcmpx-exec-war        fixVcmpxExecWARHazard()
 *   vcmpx-permlane        fixVcmpxPermlaneHazards()
 *   lds-branch-vmem-war   fixLdsBranchVmemWARHazard(); since pull request 137170 with generic FLAT
 *   nsa-to-vmem           checkNSAtoVMEMHazard()
 *   nsa-clause            hasNSAClauseBug()
 */
#pragma once

#include "codeobj/code.h"
#include "codeobj/instruction.h"

/* What may be under way at a point of the code, on one of the ways that lead there. */
struct hazard_state {
    scalars memory; /* registers that vector memory and LDS instructions may still read */
    scalars smem;   /* registers that scalar loads and stores may still read */
    uint32_t flags; /* enum hazard_flag */
};

enum hazard_flag {
    HAZARD_EXEC_READ = 1 << 0,   /* an instruction outside the vector unit may still read EXEC */
    HAZARD_VCMPX = 1 << 1,       /* v_cmpx was the last that the vector unit did */
    HAZARD_NSA = 1 << 2,         /* the instruction before is an image access of 16 bytes or more */
    HAZARD_LDS = 1 << 3,         /* LDS was accessed, and neither memory since, nor waited */
    HAZARD_VMEM = 1 << 4,        /* the reverse */
    HAZARD_LDS_BRANCH = 1 << 5,  /* HAZARD_LDS held at a branch; no access since, nor a wait */
    HAZARD_VMEM_BRANCH = 1 << 6, /* the same of HAZARD_VMEM */
    /* In effects only: the sets of registers. */
    HAZARD_MEMORY = 1 << 7,
    HAZARD_SMEM = 1 << 8,
};

/* What an instruction asks of the state, and how it changes it. */
struct hazard_effect {
    scalars scalar_writes; /* by the scalar unit */
    scalars vector_writes; /* by the vector unit */
    scalars memory_reads;
    scalars smem_reads;
    uint32_t asks; /* flags that are a finding here */
    uint32_t clears;
    uint32_t sets;
};

struct hazard_options {
    unsigned wave_lanes;
    bool lds_branch_flat;
    bool ignore_mitigations;
};

/* Whether all that an instruction does to the state is what every vector instruction does. */
static inline bool hazard_is_plain(const struct instruction *instruction)
{
    return instruction_is_vector(instruction) &&
           !(instruction->flags & (OPCODE_DEFS | OPCODE_NOP | OPCODE_PERMLANE));
}

/* What a plain instruction clears, and all that it does. */
#define HAZARD_PLAIN_CLEARS ((uint32_t)(HAZARD_MEMORY | HAZARD_VCMPX | HAZARD_NSA))

static inline void hazard_step_plain(struct hazard_state *state)
{
    state->memory = SCALARS_NONE;
    state->flags &= ~HAZARD_PLAIN_CLEARS;
}

struct hazard_effect hazard_effect_of(const struct instruction *instruction,
                                      const struct hazard_options *options);

/* The kinds of findings at an instruction in a state, as a mask. */
uint32_t hazard_findings(const struct hazard_effect *effect, const struct hazard_state *state);

/*
 * Takes the state over an instruction with such findings. A workaround in the place of each finding
 * ends what it is about, so that the places found are as many as there have to be workarounds; with
 * ignore_mitigations every place is found where one could be. Returns the flags that were cleared.
 */
static inline uint32_t hazard_step(const struct hazard_effect *effect, uint32_t findings,
                                   const struct hazard_options *options, struct hazard_state *state)
{
    uint32_t clears = effect->clears;
    if (!options->ignore_mitigations) {
        clears |= findings >> FINDING_VMEM_TO_SCALAR & 1 ? HAZARD_MEMORY : 0;
        clears |= findings >> FINDING_SMEM_TO_VECTOR & 1 ? HAZARD_SMEM : 0;
    }
    state->memory = (clears & HAZARD_MEMORY ? SCALARS_NONE : state->memory) | effect->memory_reads;
    state->smem = (clears & HAZARD_SMEM ? SCALARS_NONE : state->smem) | effect->smem_reads;
    state->flags = (state->flags & ~clears) | effect->sets;
    return clears;
}

/* A branch, after all else at the end of a block. */
static inline void hazard_step_branch(struct hazard_state *state)
{
    state->flags |= (state->flags & (HAZARD_LDS | HAZARD_VMEM)) << 2;
}

/* Adds what is under way on another way. Returns whether anything is new. */
bool hazard_merge(struct hazard_state *state, const struct hazard_state *other);
