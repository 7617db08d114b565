/* A convolution run by the choice, for the roads that are built on one. */
#pragma once

#include "shim/call.h"

/*
 * Runs the choice's preferred solver as immediate mode would: c from a and b, device memory in the
 * call's order, with the given workspace (bytes) or memory of ours where that is too little. On a
 * handle that is not forced, or in doubt: miopenStatusUnsupportedOp, and nothing was run. Else
 * MIOpen's status.
 */
miopenStatus_t convolution_run(const struct real *caller, const struct call *call, const void *a,
                               const void *b, void *c, void *workspace, size_t workspace_bytes);

/* The same by the solver of that id where the choice has it. */
miopenStatus_t convolution_run_solver(const struct real *caller, const struct call *call,
                                      uint64_t id, const void *a, const void *b, void *c,
                                      void *workspace, size_t workspace_bytes);
