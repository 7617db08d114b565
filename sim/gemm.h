/* Matrix products, column-major as in BLAS, for the number types that convolutions use. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gemm_type {
    GEMM_F16,
    GEMM_BF16,
    GEMM_F32,
    GEMM_F64,
    GEMM_I8,
    GEMM_I32,
    GEMM_TYPE_COUNT,
};

struct gemm_matrix {
    void *data;
    int64_t leading; /* elements from one column to the next */
    int64_t batch;   /* elements from one product's matrix to the next one's */
    enum gemm_type type;
    bool transposed;
};

/* d = alpha * op(a) * op(b) + beta * c, `count` times; op(a) is m by k, op(b) k by n. */
struct gemm {
    int64_t m, n, k, count;
    struct gemm_matrix a, b, c, d;
    double alpha, beta;
};

/*
 * Computes it. Sums are kept in fp32 for fp16, bf16 and fp32, in 32-bit integers for int8, and
 * rounded once at the end, to nearest, ties to even. 0; -EINVAL for sizes that make no sense;
 * -EOPNOTSUPP for a combination of types that no convolution uses; -ENOMEM.
 */
int gemm_run(const struct gemm *gemm);

/* Bytes of an element, and the type's name for people and logs. */
size_t gemm_type_bytes(enum gemm_type type);
const char *gemm_type_name(enum gemm_type type);

/* Bytes from a matrix's first element to behind its last, over all products. */
size_t gemm_matrix_bytes(const struct gemm_matrix *matrix, int64_t rows, int64_t columns,
                         int64_t count);

float half_to_float(uint16_t half);
uint16_t float_to_half(float value);
float bfloat_to_float(uint16_t bfloat);
uint16_t float_to_bfloat(float value);
