#include "policy/decision.h"

#include "facts/chip.h"
#include "policy/rule_section.h"

#include <string.h>

/* Solvers in order of preference, by their place in solvers[]. */
struct order {
    unsigned char solvers[SOLVERS_LISTED];
    unsigned count;
};

static solver_mask mask_of(unsigned solver)
{
    return (solver_mask)1 << solver;
}

/* The reason where no rule gives one. */
static const struct rule *no_rule(void)
{
    static char name[] = "no rule matches this RDNA1 card";
    static char why[] = "what no rule speaks of gets GEMM, then the plain direct kernels: the "
                        "other kernels hang, fault or err on RDNA1";
    static char origin[] = "built in";
    static const struct rule rule = {.name = name, .why = why, .origin = origin};
    return &rule;
}

/* All solvers of the families that can be chosen, of one direction where there is a problem. */
static void order_begin(struct order *order, const struct problem *problem)
{
    static const enum family families[] = {FAMILY_GEMM, FAMILY_NAIVE};
    order->count = 0;
    for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++)
        for (unsigned i = 0; i < SOLVERS_LISTED; i++)
            if (solvers[i].family == families[f] &&
                (!problem || solvers[i].direction == problem->direction))
                order->solvers[order->count++] = (unsigned char)i;
}

/* Moves the solvers of the mask to the front, from place `from` on. The place behind them. */
static unsigned order_prefer(struct order *order, unsigned from, solver_mask mask)
{
    for (unsigned i = from; i < order->count; i++) {
        const unsigned char solver = order->solvers[i];
        if (!(mask_of(solver) & mask))
            continue;
        memmove(&order->solvers[from + 1], &order->solvers[from], i - from);
        order->solvers[from++] = solver;
    }
    return from;
}

static void rule_apply(const struct rule *rule, struct order *order, solver_mask *allowed,
                       bool *forced)
{
    if (rule->allows) {
        *forced = !rule->allows_any;
        *allowed = rule->allow;
    }
    *allowed &= ~rule->deny;
    unsigned front = 0;
    for (unsigned i = 0; i < rule->preferences_count; i++)
        front = order_prefer(order, front, rule->preferences[i]);
}

static void reasons_add(struct decision *decision, const struct rule *rule)
{
    if (decision->reasons_count == REASONS_MAX) {
        memmove(&decision->reasons[0], &decision->reasons[1],
                (REASONS_MAX - 1) * sizeof(decision->reasons[0]));
        decision->reasons_count--;
    }
    decision->reasons[decision->reasons_count++] = rule;
}

static void candidates_take(const struct order *order, solver_mask allowed,
                            const struct query *query, struct decision *decision)
{
    for (unsigned i = 0; i < order->count && decision->candidates_count < CANDIDATES_MAX; i++) {
        const struct solver *solver = &solvers[order->solvers[i]];
        if (allowed & mask_of(order->solvers[i]) &&
            solver_can_apply(solver, query->problem, query->miopen, query->memory_bytes))
            decision->candidates[decision->candidates_count++] = solver;
    }
}

/* The family that the decision puts first: of its candidates, or of what it allows. */
static enum family preferred_family(const struct decision *decision, const struct order *order,
                                    solver_mask allowed)
{
    if (decision->candidates_count > 0)
        return decision->candidates[0]->family;
    for (unsigned i = 0; i < order->count; i++)
        if (allowed & mask_of(order->solvers[i]))
            return solvers[order->solvers[i]].family;
    return FAMILY_COUNT;
}

static void pass_everything(struct decision *decision)
{
    for (enum family family = 0; family < FAMILY_COUNT; family++)
        decision->allowed[family] = true;
    decision->preferred = FAMILY_COUNT;
}

void decision_for(const struct rule_set *rules, const struct query *query,
                  struct decision *ret_decision)
{
    struct decision decision = {0};
    const struct chip *chip = chip_from_name(query->chip);
    if (!chip) {
        pass_everything(&decision);
        *ret_decision = decision;
        return;
    }

    struct order order;
    order_begin(&order, query->problem);
    solver_mask allowed = ~(solver_mask)0;
    decision.forced = true;

    const uint32_t chip_bit = 1U << (chip - chips);
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rules[i];
        if (!rule_matches(rule, query, chip_bit))
            continue;
        rule_apply(rule, &order, &allowed, &decision.forced);
        reasons_add(&decision, rule);
    }
    if (decision.reasons_count == 0)
        reasons_add(&decision, no_rule());

    if (!decision.forced) {
        pass_everything(&decision);
        *ret_decision = decision;
        return;
    }
    for (unsigned i = 0; i < order.count; i++)
        if (allowed & mask_of(order.solvers[i]))
            decision.allowed[solvers[order.solvers[i]].family] = true;
    if (query->problem)
        candidates_take(&order, allowed, query, &decision);
    decision.preferred = preferred_family(&decision, &order, allowed);
    *ret_decision = decision;
}

bool decision_allows(const struct decision *decision, uint64_t solver_id)
{
    if (!decision->forced)
        return true;
    for (unsigned i = 0; i < decision->candidates_count; i++)
        if (decision->candidates[i]->id == solver_id)
            return true;
    return false;
}
