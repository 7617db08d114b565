/*
 * MIOpen's calls for a convolution, the same for every direction: MIOpen has three of each, whose
 * arguments do not agree on an order.
 */
#pragma once

#include "miopen_c.h"
#include "policy/problem.h"

/* A tensor as an argument: descriptor and memory. */
struct operand {
    miopenTensorDescriptor_t tensor;
    void *data;
};

/* What a convolution is called with. */
struct call {
    miopenHandle_t handle;
    enum direction direction; /* of the caller: forward for the forward call of a transposed one */
    struct operand x, w, y;   /* as the call names them */
    miopenConvolutionDescriptor_t convolution;
};

/* Each is the MIOpen function of its name and the call's direction, with that function's status. */
miopenStatus_t call_get_workspace_size(const struct call *call, size_t *ret_bytes);
miopenStatus_t call_find(const struct call *call, int max, int *ret_count,
                         miopenConvAlgoPerf_t *ret_found, void *workspace, size_t bytes,
                         bool exhaustive);
miopenStatus_t call_get_solution_count(const struct call *call, size_t *ret_count);
miopenStatus_t call_get_solution(const struct call *call, size_t max, size_t *ret_count,
                                 miopenConvSolution_t *ret_solutions);
miopenStatus_t call_get_solution_workspace_size(const struct call *call, uint64_t solution,
                                                size_t *ret_bytes);
miopenStatus_t call_compile_solution(const struct call *call, uint64_t solution);
miopenStatus_t call_immediate(const struct call *call, void *workspace, size_t bytes,
                              uint64_t solution);

/* ConvolutionForward, BackwardData or BackwardWeights with alpha 1 and beta 0. */
miopenStatus_t call_convolution(const struct call *call, int algorithm, void *workspace,
                                size_t bytes);
