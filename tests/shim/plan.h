/* Fusion plans for the tests: described in a line of steps, called as programs do. */
#pragma once

#include "convolution.h"
#include "stub_fusion.h"

enum plan_step { PLAN_END, PLAN_BIAS, PLAN_RELU, PLAN_TANH, PLAN_NORM, PLAN_NORM_PER_ACTIVATION };

#define PLAN_STEPS_MAX 8

struct plan {
    struct convolution it; /* a is w, b is x, c is y */
    enum plan_step steps[PLAN_STEPS_MAX + 1];
    int rank, lengths[RANK_MAX];          /* of y */
    miopenTensorDescriptor_t bias, image; /* 1 K 1 1, and one of y's images */
    miopenFusionPlanDescriptor_t object;
    miopenFusionOpDescriptor_t ops[PLAN_STEPS_MAX + 1];
    miopenOperatorArgs_t args;
    char bias_data[8], scale[8], shift[8], mean[8], variance[8]; /* only their addresses matter */
};

/* Descriptors, plan and operators, the convolution first. False where a call failed. */
bool plan_open(struct plan *plan, const char *shape, miopenHandle_t handle,
               const enum plan_step *steps);

/* Only the descriptors and an empty plan. */
bool plan_open_empty(struct plan *plan, const char *shape, miopenHandle_t handle);
bool plan_add_convolution(struct plan *plan);
bool plan_add_step(struct plan *plan, unsigned i, enum plan_step step);

bool plan_set(struct plan *plan); /* all arguments */
miopenStatus_t plan_compile(struct plan *plan);
miopenStatus_t plan_execute(struct plan *plan);
void plan_close(struct plan *plan);

/*
 * NULL where the latest launches are the convolution by the shape's solver and then the plan's
 * steps, all on y and on that handle; else what is wrong with them.
 */
const char *plan_steps_wrong(const struct plan *plan, uint64_t solver);
