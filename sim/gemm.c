#include "gemm.h"

#include "base/cleanup.h"

#include <cblas.h>
#include <errno.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bytes;
} types[GEMM_TYPE_COUNT] = {
    [GEMM_F16] = {"f16", 2}, [GEMM_BF16] = {"bf16", 2}, [GEMM_F32] = {"f32", 4},
    [GEMM_F64] = {"f64", 8}, [GEMM_I8] = {"i8", 1},     [GEMM_I32] = {"i32", 4},
};

size_t gemm_type_bytes(enum gemm_type type)
{
    return types[type].bytes;
}

const char *gemm_type_name(enum gemm_type type)
{
    return types[type].name;
}

static float bits_to_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static uint32_t float_to_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

float half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = half >> 10 & 31;
    uint32_t fraction = half & 1023;
    if (exponent == 31)
        return bits_to_float(sign | 0x7f800000 | fraction << 13);
    if (exponent)
        return bits_to_float(sign | (exponent + 112) << 23 | fraction << 13);
    float value = (float)fraction * 0x1p-24F;
    return sign ? -value : value;
}

uint16_t float_to_half(float value)
{
    uint32_t bits = float_to_bits(value);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000)
        return (uint16_t)(sign | 0x7e00);
    if (magnitude >= 0x477ff000) /* 65520 and more round to infinity */
        return (uint16_t)(sign | 0x7c00);
    if (magnitude < 0x38800000) {
        /* A subnormal half: adding 0.5 leaves its fraction, rounded, in the low bits of the sum. */
        float sum = bits_to_float(magnitude) + 0.5F;
        return (uint16_t)(sign | (float_to_bits(sum) - 0x3f000000));
    }
    magnitude += 0xfff + (magnitude >> 13 & 1);
    return (uint16_t)(sign | (magnitude - 0x38000000) >> 13);
}

float bfloat_to_float(uint16_t bfloat)
{
    return bits_to_float((uint32_t)bfloat << 16);
}

uint16_t float_to_bfloat(float value)
{
    uint32_t bits = float_to_bits(value);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

size_t gemm_matrix_bytes(const struct gemm_matrix *matrix, int64_t rows, int64_t columns,
                         int64_t count)
{
    if (!rows || !columns || !count)
        return 0;
    int64_t last = (columns - 1) * matrix->leading + rows - 1 + (count - 1) * matrix->batch;
    return (size_t)(last + 1) * types[matrix->type].bytes;
}

static char *element(const struct gemm_matrix *matrix, int64_t row, int64_t column, int64_t batch)
{
    return (char *)matrix->data + (row + column * matrix->leading + batch * matrix->batch) *
                                      (int64_t)types[matrix->type].bytes;
}

static uint16_t element_u16(const char *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof(value));
    return value;
}

/* One product's matrix as fp32, its columns packed; NULL where memory is short. */
static float *matrix_widen(const struct gemm_matrix *matrix, int64_t rows, int64_t columns,
                           int64_t batch)
{
    float *wide = calloc((size_t)(rows * columns) + 1, sizeof(*wide));
    float *to = wide;
    for (int64_t column = 0; wide && column < columns; column++) {
        const char *from = element(matrix, 0, column, batch);
        if (matrix->type == GEMM_F16)
            for (int64_t row = 0; row < rows; row++)
                *to++ = half_to_float(element_u16(from + row * 2));
        else
            for (int64_t row = 0; row < rows; row++)
                *to++ = bfloat_to_float(element_u16(from + row * 2));
    }
    return wide;
}

static void product_f32(const struct gemm *gemm, const float *a, int64_t lda, const float *b,
                        int64_t ldb, float beta, float *d, int64_t ldd)
{
    cblas_sgemm(CblasColMajor, gemm->a.transposed ? CblasTrans : CblasNoTrans,
                gemm->b.transposed ? CblasTrans : CblasNoTrans, (int)gemm->m, (int)gemm->n,
                (int)gemm->k, (float)gemm->alpha, a, (int)lda, b, (int)ldb, beta, d, (int)ldd);
}

/* d takes c's values where they count: the product then adds to d. */
static void addend_copy(const struct gemm *gemm, int64_t batch)
{
    if (gemm->beta == 0 || gemm->c.data == gemm->d.data)
        return;
    for (int64_t column = 0; column < gemm->n; column++)
        memcpy(element(&gemm->d, 0, column, batch), element(&gemm->c, 0, column, batch),
               (size_t)gemm->m * types[gemm->d.type].bytes);
}

static int gemm_f32(const struct gemm *gemm, int64_t batch)
{
    addend_copy(gemm, batch);
    product_f32(gemm, (const float *)(const void *)element(&gemm->a, 0, 0, batch), gemm->a.leading,
                (const float *)(const void *)element(&gemm->b, 0, 0, batch), gemm->b.leading,
                (float)gemm->beta, (float *)(void *)element(&gemm->d, 0, 0, batch),
                gemm->d.leading);
    return 0;
}

static int gemm_f64(const struct gemm *gemm, int64_t batch)
{
    addend_copy(gemm, batch);
    cblas_dgemm(CblasColMajor, gemm->a.transposed ? CblasTrans : CblasNoTrans,
                gemm->b.transposed ? CblasTrans : CblasNoTrans, (int)gemm->m, (int)gemm->n,
                (int)gemm->k, gemm->alpha,
                (const double *)(const void *)element(&gemm->a, 0, 0, batch), (int)gemm->a.leading,
                (const double *)(const void *)element(&gemm->b, 0, 0, batch), (int)gemm->b.leading,
                gemm->beta, (double *)(void *)element(&gemm->d, 0, 0, batch), (int)gemm->d.leading);
    return 0;
}

/* fp16 and bf16 operands; the result in the same type, or in fp32. */
static int gemm_narrow(const struct gemm *gemm, int64_t batch)
{
    int64_t a_rows = gemm->a.transposed ? gemm->k : gemm->m;
    int64_t a_columns = gemm->a.transposed ? gemm->m : gemm->k;
    int64_t b_rows = gemm->b.transposed ? gemm->n : gemm->k;
    int64_t b_columns = gemm->b.transposed ? gemm->k : gemm->n;
    cleanup_free float *a = matrix_widen(&gemm->a, a_rows, a_columns, batch);
    cleanup_free float *b = matrix_widen(&gemm->b, b_rows, b_columns, batch);
    if (!a || !b)
        return -ENOMEM;
    if (gemm->d.type == GEMM_F32) {
        addend_copy(gemm, batch);
        product_f32(gemm, a, a_rows, b, b_rows, (float)gemm->beta,
                    (float *)(void *)element(&gemm->d, 0, 0, batch), gemm->d.leading);
        return 0;
    }
    cleanup_free float *d = gemm->beta == 0 ? calloc((size_t)(gemm->m * gemm->n), sizeof(*d))
                                            : matrix_widen(&gemm->c, gemm->m, gemm->n, batch);
    if (!d)
        return -ENOMEM;
    product_f32(gemm, a, a_rows, b, b_rows, (float)gemm->beta, d, gemm->m);
    for (int64_t column = 0; column < gemm->n; column++)
        for (int64_t row = 0; row < gemm->m; row++) {
            float value = d[row + column * gemm->m];
            uint16_t rounded =
                gemm->d.type == GEMM_F16 ? float_to_half(value) : float_to_bfloat(value);
            memcpy(element(&gemm->d, row, column, batch), &rounded, sizeof(rounded));
        }
    return 0;
}

/* op(matrix) with `rows` rows as int8, each row's elements side by side. */
static int8_t *rows_pack(const struct gemm_matrix *matrix, bool transposed, int64_t rows,
                         int64_t columns, int64_t batch)
{
    int8_t *packed = malloc((size_t)(rows * columns) + 1);
    int8_t *to = packed;
    for (int64_t row = 0; packed && row < rows; row++)
        for (int64_t column = 0; column < columns; column++)
            *to++ = *(const int8_t *)(transposed ? element(matrix, column, row, batch)
                                                 : element(matrix, row, column, batch));
    return packed;
}

static int gemm_i8(const struct gemm *gemm, int64_t batch)
{
    cleanup_free int8_t *a = rows_pack(&gemm->a, gemm->a.transposed, gemm->m, gemm->k, batch);
    cleanup_free int8_t *b = rows_pack(&gemm->b, !gemm->b.transposed, gemm->n, gemm->k, batch);
    if (!a || !b)
        return -ENOMEM;
    for (int64_t column = 0; column < gemm->n; column++)
        for (int64_t row = 0; row < gemm->m; row++) {
            const int8_t *left = a + row * gemm->k;
            const int8_t *right = b + column * gemm->k;
            int32_t sum = 0;
            for (int64_t i = 0; i < gemm->k; i++)
                sum += left[i] * right[i];
            int32_t addend = 0;
            if (gemm->beta != 0)
                memcpy(&addend, element(&gemm->c, row, column, batch), sizeof(addend));
            int32_t value = (int32_t)(gemm->alpha * sum + gemm->beta * addend);
            memcpy(element(&gemm->d, row, column, batch), &value, sizeof(value));
        }
    return 0;
}

/* The function for the types, or NULL. */
static int (*gemm_for(const struct gemm *gemm))(const struct gemm *gemm, int64_t batch)
{
    enum gemm_type in = gemm->a.type, out = gemm->d.type;
    if (gemm->b.type != in || gemm->c.type != out)
        return NULL;
    if (in == GEMM_F32 && out == GEMM_F32)
        return gemm_f32;
    if (in == GEMM_F64 && out == GEMM_F64)
        return gemm_f64;
    if ((in == GEMM_F16 || in == GEMM_BF16) && (out == in || out == GEMM_F32))
        return gemm_narrow;
    if (in == GEMM_I8 && out == GEMM_I32)
        return gemm_i8;
    return NULL;
}

static bool matrix_fits(const struct gemm_matrix *matrix, int64_t rows)
{
    return matrix->data && matrix->leading >= rows && matrix->leading > 0 &&
           matrix->leading <= INT32_MAX;
}

int gemm_run(const struct gemm *gemm)
{
    if (gemm->m < 0 || gemm->n < 0 || gemm->k < 0 || gemm->count < 0)
        return -EINVAL;
    if (!gemm->m || !gemm->n || !gemm->count)
        return 0;
    if (!matrix_fits(&gemm->a, gemm->a.transposed ? gemm->k : gemm->m) ||
        !matrix_fits(&gemm->b, gemm->b.transposed ? gemm->n : gemm->k) ||
        !matrix_fits(&gemm->d, gemm->m) || (gemm->beta != 0 && !matrix_fits(&gemm->c, gemm->m)))
        return -EINVAL;
    int (*run)(const struct gemm *, int64_t) = gemm_for(gemm);
    if (!run)
        return -EOPNOTSUPP;
    for (int64_t batch = 0; batch < gemm->count; batch++) {
        int result = run(gemm, batch);
        if (result)
            return result;
    }
    return 0;
}
