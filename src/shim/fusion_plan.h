/*
 * Fusion plans as data. MIOpen makes its own plan, operator and argument objects, which are the
 * program's; what they were made and set with is written down beside them, since MIOpen does not
 * tell it and since the program's descriptors may be gone when a plan is run.
 */
#pragma once

#include "policy/problem.h"
#include "shim/real.h"
#include "shim/table.h"

#include <sys/queue.h>

/* More operators than any fused solver of MIOpen's takes (src/solver/conv_*_fused.cpp). */
#define FUSION_OPERATORS_MAX 8

enum fusion_kind {
    FUSION_CONVOLUTION,
    FUSION_BIAS,
    FUSION_ACTIVATION,
    FUSION_BATCH_NORM, /* inference */
    FUSION_OTHER,      /* training, backwards, or what could not be read */
};

/* What the descriptor of a bias or of a batch norm's parameters says. */
struct fusion_vector {
    enum data_type type;
    int64_t count; /* elements; dimensions of stride 0 left out */
};

struct fusion_operator {
    struct record record; /* by MIOpen's operator */
    struct fusion_plan *plan;
    unsigned index; /* its place in the plan */
    enum fusion_kind kind;
    unsigned mode;               /* miopenActivationMode_t or miopenBatchNormMode_t */
    struct fusion_vector vector; /* of a bias or batch norm */
};

/* Arguments in the order of their latest use. */
struct fusion_arguments_list {
    TAILQ_HEAD(fusion_arguments_queue, fusion_arguments) arguments;
    unsigned count;
};

struct fusion_plan {
    struct record record; /* by MIOpen's plan */
    bool convolves;       /* a convolution is among its operators */
    bool complete;        /* all of its operators are below, in a vertical plan */
    bool described;       /* the first of them is the convolution, and the problem is known */
    struct problem problem;
    unsigned count;
    struct fusion_operator operators[FUSION_OPERATORS_MAX];

    bool compiled;                     /* on any handle */
    bool compiled_by_miopen;           /* on one that MIOpen serves by itself */
    struct fusion_arguments_list list; /* arguments last set for an operator of this plan */
};

/* What an operator was given for a run. Pointers are to device memory. */
struct fusion_argument {
    bool given;
    enum fusion_kind kind;
    bool scaled;                         /* a convolution with other factors than 1 and 0 */
    const void *data;                    /* weights or bias; of a batch norm its bias */
    const void *scale, *mean, *variance; /* of a batch norm */
    double alpha, beta, gamma;           /* of an activation */
    double epsilon;                      /* of a batch norm */
};

/*
 * The record of a plan, NULL where there is none. It ends with the plan, which the program keeps
 * while it uses it.
 */
struct fusion_plan *fusion_plan_find(miopenFusionPlanDescriptor_t plan);

/* What arguments hold for each place in a plan; false where nothing is known of them. */
bool fusion_arguments_get(miopenOperatorArgs_t arguments,
                          struct fusion_argument ret_of[FUSION_OPERATORS_MAX]);

/* 0; -EINVAL where a getter is missing or fails, or there are more dimensions than RANK_MAX. */
int fusion_vector_read(const struct real *real, miopenTensorDescriptor_t descriptor,
                       struct fusion_vector *ret_vector);

/*
 * Derives y of a forward convolution from the rest, as MIOpen does (GetForwardOutputTensor in
 * src/convolution.cpp, 2.16 to 3.5): lengths by the formula, at least 1; packed, dimensions in the
 * order of x's strides; x's type. Also fills groups where they are 0. 0; -ENOTSUP where the
 * convolution is transposed or the parts do not fit together.
 */
int fusion_derive_result(struct problem *problem);
