#include "codeobj/solution.h"

#include "base/cleanup.h"

#include <errno.h>

/* A block's way with the state, so that it need not be decoded for each state that comes in. */
struct summary {
    struct hazard_state adds;
    uint32_t keeps;      /* enum hazard_flag: what comes in and goes out again */
    scalars scalar_asks; /* registers that make a finding where they come in as under way */
    scalars vector_asks;
};

static struct summary summary_of(const struct code *code, const struct block *block,
                                 const struct hazard_options *options)
{
    struct summary summary = {.keeps = UINT32_MAX};
    for (uint32_t word = block->first; word < block->end;) {
        const struct instruction instruction = flow_instruction(code, word);
        word = flow_next(code, word, &instruction);
        if (hazard_is_plain(&instruction)) {
            hazard_step_plain(&summary.adds);
            summary.keeps &= ~HAZARD_PLAIN_CLEARS;
            continue;
        }
        const struct hazard_effect effect = hazard_effect_of(&instruction, options);
        const uint32_t findings = hazard_findings(&effect, &summary.adds);
        if (summary.keeps & HAZARD_MEMORY)
            summary.scalar_asks |= effect.scalar_writes;
        if (summary.keeps & HAZARD_SMEM)
            summary.vector_asks |= effect.vector_writes;
        summary.keeps &= ~hazard_step(&effect, findings, options, &summary.adds);
    }
    return summary;
}

static struct hazard_state summary_apply(const struct summary *summary,
                                         const struct hazard_state *in)
{
    struct hazard_state out = summary->adds;
    if (summary->keeps & HAZARD_MEMORY)
        out.memory |= in->memory;
    if (summary->keeps & HAZARD_SMEM)
        out.smem |= in->smem;
    out.flags |= in->flags & summary->keeps;
    return out;
}

static struct hazard_state block_walk(const struct code *code, const struct block *block,
                                      const struct hazard_options *options,
                                      const struct hazard_state *in)
{
    struct hazard_state state = *in;
    for (uint32_t word = block->first; word < block->end;) {
        const struct instruction instruction = flow_instruction(code, word);
        const struct hazard_effect effect = hazard_effect_of(&instruction, options);
        hazard_step(&effect, hazard_findings(&effect, &state), options, &state);
        word = flow_next(code, word, &instruction);
    }
    return state;
}

/* A finding changes what goes out, so a block with one by what comes in is walked through. */
static struct hazard_state block_out(const struct code *code, const struct block *block,
                                     const struct hazard_options *options,
                                     const struct summary *summary, const struct hazard_state *in)
{
    const bool asked = !options->ignore_mitigations &&
                       ((in->memory & summary->scalar_asks) || (in->smem & summary->vector_asks));
    struct hazard_state out =
        asked ? block_walk(code, block, options, in) : summary_apply(summary, in);
    if (block->branches)
        hazard_step_branch(&out);
    return out;
}

/*
 * Hands the states on until nothing changes. A block comes up again only where its state has
 * gained a bit, and no state loses one, so this ends after a fixed number of rounds at most.
 */
static void states_solve(const struct code *code, const struct flow *flow,
                         const struct hazard_options *options, const struct summary *summaries,
                         struct hazard_state *states, uint32_t *queue, bool *is_queued)
{
    size_t queued = 0;
    /* The last in is the first out: blocks come up in the order of their addresses. */
    for (size_t i = flow->blocks_count; i-- > 0;) {
        queue[queued++] = (uint32_t)i;
        is_queued[i] = true;
    }
    while (queued > 0) {
        const uint32_t i = queue[--queued];
        const struct block *block = &flow->blocks[i];
        const uint32_t next[] = {block->target, block->falls ? i + 1 : BLOCK_NONE};
        const struct hazard_state out = block_out(code, block, options, &summaries[i], &states[i]);
        is_queued[i] = false;
        for (size_t j = 0; j < sizeof(next) / sizeof(next[0]); j++) {
            if (next[j] == BLOCK_NONE || !hazard_merge(&states[next[j]], &out) ||
                is_queued[next[j]])
                continue;
            is_queued[next[j]] = true;
            queue[queued++] = next[j];
        }
    }
}

int solution_find(const struct code *code, const struct flow *flow,
                  const struct hazard_options *options, struct hazard_state **ret_states)
{
    const size_t count = flow->blocks_count;
    cleanup_free struct hazard_state *states = calloc(count + 1, sizeof(*states));
    cleanup_free struct summary *summaries = calloc(count + 1, sizeof(*summaries));
    cleanup_free uint32_t *queue = calloc(count + 1, sizeof(*queue));
    cleanup_free bool *is_queued = calloc(count + 1, sizeof(*is_queued));
    if (!states || !summaries || !queue || !is_queued)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        summaries[i] = summary_of(code, &flow->blocks[i], options);
    states_solve(code, flow, options, summaries, states, queue, is_queued);
    *ret_states = take_ptr(states);
    return 0;
}
