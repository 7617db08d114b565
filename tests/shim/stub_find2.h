/* The objects of the stub's Find 2.0, and what is saved of them. */
#pragma once

#include "stub_miopen.h"

struct miopenProblem {
    bool bias, fused; /* bias: there is no convolution in it */
    int direction;
    struct miopenConvolutionDescriptor convolution;
    struct miopenTensorDescriptor tensors[3]; /* x, w, y */
    bool set[3];
};

struct miopenFindOptions {
    int nothing;
};

struct miopenSolution {
    struct miopenProblem problem;
    uint64_t id;
    size_t workspace_bytes;
    float time;
};

/* A solution with that content; NULL where memory is short. */
miopenSolution_t stub_solution_new(const struct miopenSolution *content);
