/* A handle for each test of fused operations, and what must hold of them once it is gone. */
#pragma once

#include "fixture.h"
#include "plan.h"

#define STEPS(...)                                                                                 \
    (const enum plan_step[])                                                                       \
    {                                                                                              \
        __VA_ARGS__, PLAN_END                                                                      \
    }
#define BIAS_RELU STEPS(PLAN_BIAS, PLAN_RELU)

static int fusion_teardown(void **state)
{
    stub_answer(STUB_miopenDestroy, STUB_NORMAL);
    if (teardown(state) != 0)
        return -1;
    assert_int_equal(stub_fusion_objects(), 0);
    return 0;
}

static inline void assert_steps(const struct plan *plan, uint64_t solver)
{
    const char *wrong = plan_steps_wrong(plan, solver);

    if (wrong)
        fail_msg("%s: %s", plan->it.shape->name, wrong);
}
