/* The calls of Find 2.0 for the convolutions of the tests. */
#pragma once

#include "convolution.h"
#include "session.h"

/* A convolution's tensor under its number of Find 2.0, and its memory. */
miopenTensorDescriptor_t find2_tensor(const struct convolution *it, int id);
void *find2_data(struct convolution *it, int id);

/* A problem with its three tensors; false where a call failed, and nothing is left behind. */
bool find2_try_open(const struct convolution *it, miopenProblem_t *problem);
void find2_open(const struct convolution *it, miopenProblem_t *problem); /* the test fails */

/* Runs a solution with the tensors of a convolution; those of `described` say how they look. */
miopenStatus_t find2_run(struct convolution *it, miopenSolution_t solution, void *workspace,
                         size_t bytes);
miopenStatus_t find2_run_described(struct convolution *it, miopenSolution_t solution,
                                   const struct convolution *described, void *workspace,
                                   size_t bytes);

/*
 * A conversation: find, run, save, destroy, load, run. What was wrong, or NULL; every call may fail
 * unless `trust` says that none does.
 */
const char *find2_converse(struct convolution *it, enum session_trust trust);
