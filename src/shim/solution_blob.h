/*
 * Saved solutions of Find 2.0: the bytes that MIOpen's miopenSaveSolution writes and its
 * miopenLoadSolution reads. A solution names its problem and its solver; the shim writes one to
 * have MIOpen make a solution of the solver it decided for without a search, and reads those that
 * programs bring along. Pure: no call of MIOpen here.
 *
 * The form is MessagePack: maps with text as keys. Source: MIOpen src/solution.cpp,
 * src/problem.cpp, src/convolution.cpp, src/tensor.cpp (to_json, from_json); the same from 2.19
 * to 3.5.1, but that a problem stands in a container since 3.1, when fused problems came.
 */
#pragma once

#include "policy/problem.h"

#define SOLUTION_BLOB_MAX    1024 /* bytes of what solution_blob_write() writes */
#define SOLUTION_SOLVER_SIZE 96   /* longest name of a solver, with its NUL */

enum solution_kind {
    SOLUTION_CONVOLUTION,
    SOLUTION_FUSED, /* of several problems at once, a convolution among them */
    SOLUTION_OTHER, /* no convolution in it */
};

struct solution_blob {
    enum solution_kind kind;
    /* Of SOLUTION_CONVOLUTION alone. */
    struct problem problem; /* as its caller describes it: a transposed one not swapped */
    char solver[SOLUTION_SOLVER_SIZE]; /* "GemmFwdRest" */
    float time_ms;
    uint64_t workspace_bytes;
};

/*
 * Writes a convolution's solution, for a MIOpen that knows fused problems with the container.
 * Attributes of the convolution that no GEMM or naive solver looks at have their defaults. 0;
 * -ENOSPC where `size` bytes are too few, which SOLUTION_BLOB_MAX never are; -EINVAL where ranks
 * are out of range.
 */
int solution_blob_write(const struct solution_blob *blob, bool contained, void *ret_data,
                        size_t size, size_t *ret_size);

/*
 * Reads one, of any MIOpen. 0; -EBADMSG where it is none, or one of a form that is not known, or
 * its convolution is not 2-D or 3-D.
 */
int solution_blob_read(const void *data, size_t size, struct solution_blob *ret_blob);
