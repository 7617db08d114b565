/*
 * What a program has told MIOpen of a problem of Find 2.0 and of the options of a search: MIOpen
 * copies it, and gives it back to nobody.
 */
#pragma once

#include "policy/problem.h"
#include "shim/miopen_api.h"
#include "shim/table.h"

/* Tensors that were set, in find2_problem.tensors. */
#define FIND2_TENSOR(id) (1u << (id))
#define FIND2_TENSORS                                                                              \
    (FIND2_TENSOR(miopenTensorConvolutionX) | FIND2_TENSOR(miopenTensorConvolutionW) |             \
     FIND2_TENSOR(miopenTensorConvolutionY))
#define FIND2_OTHER_TENSORS 1u /* one that no convolution has */

/* A problem with a convolution in it. */
struct find2_problem {
    struct record record;
    bool fused;             /* with other problems: what stands below is then of no matter */
    bool known;             /* false: what the shim cannot tell, such as a 1-D convolution */
    unsigned tensors;       /* those that were set */
    struct problem problem; /* as the program describes it; groups 0 where MIOpen does not tell */
};

struct find2_options {
    struct record record;
    miopenFindResultsOrder_t order;
    size_t workspace_limit; /* bytes */
    bool preallocated;      /* the search gets a workspace, and the limit does not count */
    size_t preallocated_bytes;
};

/* What is known of a problem; NULL where there is no convolution in it. */
const struct find2_problem *find2_problem_get(miopenProblem_t problem);

/* The options, or MIOpen's defaults where nothing was set, or there are none (NULL). */
struct find2_options find2_options_get(miopenFindOptions_t options);
