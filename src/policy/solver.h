/* The solvers the policy can decide among, by their stable numeric ids. */
#pragma once

#include "policy/problem.h"

#include <stdbool.h>
#include <stdint.h>

/* Families, as rules and people name them. The last four are never candidates, only denied. */
enum family {
    FAMILY_GEMM,
    FAMILY_NAIVE,  /* MIOpen's plain direct kernels, ConvDirectNaiveConv* */
    FAMILY_DIRECT, /* every other direct solver, OpenCL and assembly */
    FAMILY_WINOGRAD,
    FAMILY_IMPLICIT_GEMM,
    FAMILY_FFT,
    FAMILY_COUNT,
};

const char *family_name(enum family family); /* "gemm", "naive", "direct", "winograd", … */

/* MIOpen's miopenConvAlgorithm_t. */
enum algorithm {
    ALGORITHM_GEMM = 0,
    ALGORITHM_DIRECT = 1,
    ALGORITHM_FFT = 2,
    ALGORITHM_WINOGRAD = 3,
    ALGORITHM_IMPLICIT_GEMM = 5,
};

struct solver {
    uint64_t id;
    const char *name;
    enum direction direction; /* of the problem, see struct problem */
    enum family family;
    enum algorithm algorithm;
    bool needs_workspace; /* false: GetSolutionWorkspaceSize answers 0 without looking at the
                             problem */
};

/* All of them, from solvers.list, ordered by id. */
extern const struct solver solvers[];
extern const size_t solvers_count;

/* The solver of that id or name, or NULL. */
const struct solver *solver_from_id(uint64_t id);
const struct solver *solver_from_name(const char *name);

/* The name of any solver of convolutions, also of those that are never candidates; NULL. */
const char *solver_name_from_id(uint64_t id);

/* "gemm", "winograd", …; NULL for an unknown number. */
const char *algorithm_name(enum algorithm algorithm);

/* The family of that name; -EINVAL. */
int family_from_name(const char *name, enum family *ret_family);

/*
 * Whether shape, type, layout and size allow the solver for the problem in a MIOpen of that version
 * (0.0.0: unknown, taken for the newest) on a card with that much memory (0: unknown, unlimited).
 * Exact but for switches in the environment: so at most one GEMM solver can apply to a problem, and
 * a probe of it, which MIOpen would complain of on stderr, does not fail. Stricter than the library
 * where it would say yes and compute nonsense or fail later: GEMM only for packed tensors, since it
 * addresses memory as if they were; naive only for strides that its kernels get right; only types
 * that all tensors share, or int8 forward; only tensors whose batch, channels and groups agree, and
 * with groups only strides that MIOpen can divide by them.
 * Source: MIOpen src/solver/conv/gemm.cpp, gemm_bwd.cpp, gemm_wrw.cpp, gemm_common.cpp,
 * conv_direct_naive_conv*.cpp; src/ocl/convolutionocl.cpp (ValidateTensors).
 */
bool solver_can_apply(const struct solver *solver, const struct problem *problem,
                      struct version miopen, uint64_t memory_bytes);
