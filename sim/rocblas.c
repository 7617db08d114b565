/* The stand-in for rocBLAS: the calls that MIOpen's convolutions make. */
#include "clock.h"
#include "device.h"
#include "execute.h"
#include "fault.h"
#include "gemm.h"
#include "log.h"
#include "memory.h"
#include "stream.h"

#include <errno.h>
#include <rocblas/rocblas.h>
#include <stdlib.h>
#include <string.h>

struct handle {
    hipStream_t stream;
    rocblas_atomics_mode atomics;
    rocblas_pointer_mode pointers;
};

static struct handle *handle_from(rocblas_handle handle)
{
    return (struct handle *)(void *)handle;
}

rocblas_status rocblas_create_handle(rocblas_handle *handle)
{
    if (!handle)
        return rocblas_status_invalid_handle;
    struct handle *made = calloc(1, sizeof(*made));
    if (!made)
        return rocblas_status_memory_error;
    made->atomics = rocblas_atomics_allowed;
    *handle = (rocblas_handle)(void *)made;
    return rocblas_status_success;
}

rocblas_status rocblas_destroy_handle(rocblas_handle handle)
{
    free(handle_from(handle));
    return rocblas_status_success;
}

rocblas_status rocblas_set_stream(rocblas_handle handle, hipStream_t stream)
{
    if (!handle)
        return rocblas_status_invalid_handle;
    handle_from(handle)->stream = stream;
    return rocblas_status_success;
}

rocblas_status rocblas_get_stream(rocblas_handle handle, hipStream_t *stream)
{
    if (!handle || !stream)
        return rocblas_status_invalid_handle;
    *stream = handle_from(handle)->stream;
    return rocblas_status_success;
}

rocblas_status rocblas_set_pointer_mode(rocblas_handle handle, rocblas_pointer_mode mode)
{
    if (!handle)
        return rocblas_status_invalid_handle;
    handle_from(handle)->pointers = mode;
    return rocblas_status_success;
}

rocblas_status rocblas_get_pointer_mode(rocblas_handle handle, rocblas_pointer_mode *mode)
{
    if (!handle || !mode)
        return rocblas_status_invalid_handle;
    *mode = handle_from(handle)->pointers;
    return rocblas_status_success;
}

rocblas_status rocblas_set_atomics_mode(rocblas_handle handle, rocblas_atomics_mode mode)
{
    if (!handle)
        return rocblas_status_invalid_handle;
    handle_from(handle)->atomics = mode;
    return rocblas_status_success;
}

rocblas_status rocblas_get_atomics_mode(rocblas_handle handle, rocblas_atomics_mode *mode)
{
    if (!handle || !mode)
        return rocblas_status_invalid_handle;
    *mode = handle_from(handle)->atomics;
    return rocblas_status_success;
}

static const struct {
    rocblas_datatype theirs;
    enum gemm_type ours;
} types[] = {
    {rocblas_datatype_f16_r, GEMM_F16}, {rocblas_datatype_bf16_r, GEMM_BF16},
    {rocblas_datatype_f32_r, GEMM_F32}, {rocblas_datatype_f64_r, GEMM_F64},
    {rocblas_datatype_i8_r, GEMM_I8},   {rocblas_datatype_i32_r, GEMM_I32},
};

static bool type_from(rocblas_datatype theirs, enum gemm_type *ret_ours)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (types[i].theirs == theirs) {
            *ret_ours = types[i].ours;
            return true;
        }
    return false;
}

/* A factor in the type that the product is computed in. */
static double scalar_read(const void *scalar, enum gemm_type type)
{
    union {
        uint16_t u16;
        int32_t i32;
        float f32;
        double f64;
    } value;
    memcpy(&value, scalar, gemm_type_bytes(type));
    switch (type) {
    case GEMM_F16:
        return (double)half_to_float(value.u16);
    case GEMM_BF16:
        return (double)bfloat_to_float(value.u16);
    case GEMM_I32:
        return value.i32;
    case GEMM_F64:
        return value.f64;
    case GEMM_F32:
    case GEMM_I8:
    case GEMM_TYPE_COUNT:
    default:
        return (double)value.f32;
    }
}

/* A matrix must lie in one block of device memory: outside it a GPU faults. */
static void matrix_check(const char *name, unsigned device, const struct gemm_matrix *matrix,
                         int64_t rows, int64_t columns, int64_t count)
{
    size_t bytes = gemm_matrix_bytes(matrix, rows, columns, count);
    struct memory_block block;
    if (!bytes || !matrix->data)
        return;
    if (!memory_find(matrix->data, &block))
        fault_memory(device, name, matrix->data, "a matrix is in no block of device memory");
    if (memory_check(matrix->data, bytes))
        fault_memory(device, name, matrix->data, "a matrix leaves its block of device memory");
}

static rocblas_status product(const char *name, rocblas_handle handle, const struct gemm *gemm,
                              enum gemm_type compute)
{
    hipStream_t handle_stream = handle_from(handle)->stream;
    const struct stream *stream = stream_from(handle_stream);
    unsigned device = stream_device(handle_stream);
    /* A stream that captures runs nothing. */
    bool executed = execute_enabled() && !(stream && stream->captures);
    if (log_enabled())
        log_event("gemm", "{s:s, s:i, s:I, s:I, s:I, s:I, s:s, s:s, s:s, s:b}", "kernel", name,
                  "device", (int)device, "m", (json_int_t)gemm->m, "n", (json_int_t)gemm->n, "k",
                  (json_int_t)gemm->k, "count", (json_int_t)gemm->count, "in",
                  gemm_type_name(gemm->a.type), "out", gemm_type_name(gemm->d.type), "compute",
                  gemm_type_name(compute), "executed", (int)executed);
    if (executed) {
        const struct gemm *g = gemm;
        matrix_check(name, device, &g->a, g->a.transposed ? g->k : g->m,
                     g->a.transposed ? g->m : g->k, g->count);
        matrix_check(name, device, &g->b, g->b.transposed ? g->n : g->k,
                     g->b.transposed ? g->k : g->n, g->count);
        matrix_check(name, device, &g->d, g->m, g->n, g->count);
        execute_lock();
        int result = gemm_run(gemm);
        execute_unlock();
        if (result == -EOPNOTSUPP)
            return rocblas_status_not_implemented;
        if (result)
            return result == -ENOMEM ? rocblas_status_memory_error : rocblas_status_invalid_size;
    }
    clock_advance(device, clock_gemm_ns(&devices()->devices[device],
                                        (uint64_t)(gemm->m * gemm->n * gemm->k * gemm->count)));
    return rocblas_status_success;
}

static rocblas_status gemm_ex(const char *name, rocblas_handle handle, struct gemm *gemm,
                              rocblas_datatype a, rocblas_datatype b, rocblas_datatype c,
                              rocblas_datatype d, rocblas_datatype compute, const void *alpha,
                              const void *beta)
{
    enum gemm_type scalar;
    if (!handle)
        return rocblas_status_invalid_handle;
    if (!type_from(a, &gemm->a.type) || !type_from(b, &gemm->b.type) ||
        !type_from(c, &gemm->c.type) || !type_from(d, &gemm->d.type) ||
        !type_from(compute, &scalar))
        return rocblas_status_not_implemented;
    if (!alpha || !beta)
        return rocblas_status_invalid_pointer;
    gemm->alpha = scalar_read(alpha, scalar);
    gemm->beta = scalar_read(beta, scalar);
    return product(name, handle, gemm, scalar);
}

/* Inputs are never written to, but one type describes them all. */
static void *unconst(const void *pointer)
{
    return (void *)(uintptr_t)pointer;
}

rocblas_status rocblas_gemm_ex(rocblas_handle handle, rocblas_operation trans_a,
                               rocblas_operation trans_b, rocblas_int m, rocblas_int n,
                               rocblas_int k, const void *alpha, const void *a,
                               rocblas_datatype a_type, rocblas_int lda, const void *b,
                               rocblas_datatype b_type, rocblas_int ldb, const void *beta,
                               const void *c, rocblas_datatype c_type, rocblas_int ldc, void *d,
                               rocblas_datatype d_type, rocblas_int ldd,
                               rocblas_datatype compute_type, rocblas_gemm_algo algo,
                               int32_t solution_index, uint32_t flags)
{
    (void)algo;
    (void)solution_index;
    (void)flags;
    struct gemm gemm = {
        .m = m,
        .n = n,
        .k = k,
        .count = 1,
        .a = {unconst(a), lda, 0, 0, trans_a != rocblas_operation_none},
        .b = {unconst(b), ldb, 0, 0, trans_b != rocblas_operation_none},
        .c = {unconst(c), ldc, 0, 0, false},
        .d = {d, ldd, 0, 0, false},
    };
    return gemm_ex("rocblas_gemm_ex", handle, &gemm, a_type, b_type, c_type, d_type, compute_type,
                   alpha, beta);
}

rocblas_status rocblas_gemm_strided_batched_ex(
    rocblas_handle handle, rocblas_operation trans_a, rocblas_operation trans_b, rocblas_int m,
    rocblas_int n, rocblas_int k, const void *alpha, const void *a, rocblas_datatype a_type,
    rocblas_int lda, rocblas_stride stride_a, const void *b, rocblas_datatype b_type,
    rocblas_int ldb, rocblas_stride stride_b, const void *beta, const void *c,
    rocblas_datatype c_type, rocblas_int ldc, rocblas_stride stride_c, void *d,
    rocblas_datatype d_type, rocblas_int ldd, rocblas_stride stride_d, rocblas_int batch_count,
    rocblas_datatype compute_type, rocblas_gemm_algo algo, int32_t solution_index, uint32_t flags)
{
    (void)algo;
    (void)solution_index;
    (void)flags;
    struct gemm gemm = {
        .m = m,
        .n = n,
        .k = k,
        .count = batch_count,
        .a = {unconst(a), lda, stride_a, 0, trans_a != rocblas_operation_none},
        .b = {unconst(b), ldb, stride_b, 0, trans_b != rocblas_operation_none},
        .c = {unconst(c), ldc, stride_c, 0, false},
        .d = {d, ldd, stride_d, 0, false},
    };
    return gemm_ex("rocblas_gemm_strided_batched_ex", handle, &gemm, a_type, b_type, c_type, d_type,
                   compute_type, alpha, beta);
}

/* y = alpha * op(a) * x + beta * y, as a product with a matrix of one column or row. */
rocblas_status rocblas_sgemv(rocblas_handle handle, rocblas_operation trans, rocblas_int m,
                             rocblas_int n, const float *alpha, const float *a, rocblas_int lda,
                             const float *x, rocblas_int incx, const float *beta, float *y,
                             rocblas_int incy)
{
    if (incx < 1 || incy < 1)
        return rocblas_status_not_implemented;
    bool transposed = trans != rocblas_operation_none;
    /* Elements that are apart are a row of a matrix whose columns are one element long. */
    struct gemm gemm = {
        .m = 1,
        .n = transposed ? n : m,
        .k = transposed ? m : n,
        .count = 1,
        .a = {unconst(x), incx, 0, 0, false},
        .b = {unconst(a), lda, 0, 0, !transposed},
        .c = {y, incy, 0, 0, false},
        .d = {y, incy, 0, 0, false},
    };
    return gemm_ex("rocblas_sgemv", handle, &gemm, rocblas_datatype_f32_r, rocblas_datatype_f32_r,
                   rocblas_datatype_f32_r, rocblas_datatype_f32_r, rocblas_datatype_f32_r, alpha,
                   beta);
}

/*
 * 8-bit floating point, which no RDNA card has: older releases import these, and current headers
 * have dropped their declarations. Arguments are not looked at.
 */
rocblas_status rocblas_gemm_ex3(void);
rocblas_status rocblas_gemm_strided_batched_ex3(void);

rocblas_status rocblas_gemm_ex3(void)
{
    return rocblas_status_arch_mismatch;
}

rocblas_status rocblas_gemm_strided_batched_ex3(void)
{
    return rocblas_status_arch_mismatch;
}
