/*
 * The stub's fusion plans, its functions of one element at a time, and its graph interface. Plans
 * copy what they are made with; a fused launch is what must never come to a card that has a
 * decision.
 */
#pragma once

#include "stub.h"

/* MIOpen's, which the shim does not know. */
miopenStatus_t miopenCreateOperatorArgs(miopenOperatorArgs_t *args);

/* What was launched, in its order, in this thread. */
enum stub_step_kind { STUB_CONVOLVED, STUB_ADDED, STUB_ACTIVATED, STUB_NORMALIZED };

struct stub_step {
    enum stub_step_kind kind;
    miopenHandle_t handle;
    const void *a, *b; /* inputs; b of an addition, and the scale of a normalization */
    const void *c;     /* result */
    float alpha, beta; /* factors of an addition */
    int lengths[5];    /* of the result, as the function was told */
    int other[5];      /* of b */
    unsigned type;     /* of b */
    unsigned mode;     /* of an activation or a normalization */
    double parameters[3];
    const void *shift, *mean, *variance;
};

#define STUB_STEPS_MAX 32

unsigned stub_steps(void);
const struct stub_step *stub_step(unsigned i);
void stub_steps_forget(void);
void stub_step_add(const struct stub_step *step); /* the stub's own */

unsigned stub_fused_launches(void); /* of all threads, of plans and in one call */
unsigned stub_graph_executions(void);
unsigned stub_graph_convolutions(void); /* those of a plan that holds a convolution */
void stub_graph_forget(void);           /* the stub's own, as the next two */

/* An object of the program's that is counted until its end. */
void *stub_object_make(size_t bytes);
void stub_object_end(void *object);

/* What the heuristics of a graph propose, in this thread. */
void stub_propose(miopenBackendDescriptor_t configuration);

/* Frees a backend descriptor without a call that could fail. */
void stub_destroy_backend(miopenBackendDescriptor_t descriptor);

/* Plans, operators, arguments, activations and backend descriptors that were not destroyed. */
unsigned stub_fusion_objects(void);
