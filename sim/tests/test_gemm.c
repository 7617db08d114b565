/* Matrix products against a plain double loop, on numbers for which every type is exact. */
#include "cmocka_all.h"
#include "gemm.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t seed;

static unsigned random_below(unsigned limit)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(seed >> 33) % limit;
}

static double element_read(const struct gemm_matrix *matrix, int64_t at)
{
    const char *from = (const char *)matrix->data + at * (int64_t)gemm_type_bytes(matrix->type);
    union {
        uint16_t u16;
        int8_t i8;
        int32_t i32;
        float f32;
        double f64;
    } value;
    memcpy(&value, from, gemm_type_bytes(matrix->type));
    switch (matrix->type) {
    case GEMM_F16:
        return (double)half_to_float(value.u16);
    case GEMM_BF16:
        return (double)bfloat_to_float(value.u16);
    case GEMM_I8:
        return value.i8;
    case GEMM_I32:
        return value.i32;
    case GEMM_F64:
        return value.f64;
    case GEMM_F32:
    case GEMM_TYPE_COUNT:
    default:
        return (double)value.f32;
    }
}

static void element_write(const struct gemm_matrix *matrix, int64_t at, double number)
{
    char *to = (char *)matrix->data + at * (int64_t)gemm_type_bytes(matrix->type);
    union {
        uint16_t u16;
        int8_t i8;
        int32_t i32;
        float f32;
        double f64;
    } value;
    switch (matrix->type) {
    case GEMM_F16:
        value.u16 = float_to_half((float)number);
        break;
    case GEMM_BF16:
        value.u16 = float_to_bfloat((float)number);
        break;
    case GEMM_I8:
        value.i8 = (int8_t)number;
        break;
    case GEMM_I32:
        value.i32 = (int32_t)number;
        break;
    case GEMM_F64:
        value.f64 = number;
        break;
    case GEMM_F32:
    case GEMM_TYPE_COUNT:
    default:
        value.f32 = (float)number;
    }
    memcpy(to, &value, gemm_type_bytes(matrix->type));
}

/* Fills a matrix, gaps included, with small whole numbers; returns the elements it has. */
static int64_t matrix_make(struct gemm_matrix *matrix, int64_t rows, int64_t columns, int64_t count)
{
    matrix->leading = rows + random_below(3);
    matrix->batch = matrix->leading * columns + random_below(5);
    int64_t elements = matrix->batch * count;
    matrix->data = malloc((size_t)elements * gemm_type_bytes(matrix->type));
    assert_non_null(matrix->data);
    for (int64_t i = 0; i < elements; i++)
        element_write(matrix, i, (int)random_below(7) - 3);
    return elements;
}

static void check(enum gemm_type in, enum gemm_type out, bool transposed_a, bool transposed_b,
                  double alpha, double beta, bool in_place)
{
    struct gemm gemm = {
        .m = 1 + random_below(20),
        .n = 1 + random_below(20),
        .k = 1 + random_below(20),
        .count = 1 + random_below(3),
        .a = {.type = in, .transposed = transposed_a},
        .b = {.type = in, .transposed = transposed_b},
        .c = {.type = out},
        .d = {.type = out},
        .alpha = alpha,
        .beta = beta,
    };
    matrix_make(&gemm.a, transposed_a ? gemm.k : gemm.m, transposed_a ? gemm.m : gemm.k,
                gemm.count);
    matrix_make(&gemm.b, transposed_b ? gemm.n : gemm.k, transposed_b ? gemm.k : gemm.n,
                gemm.count);
    int64_t elements = matrix_make(&gemm.d, gemm.m, gemm.n, gemm.count);
    if (in_place)
        gemm.c = gemm.d;
    else
        matrix_make(&gemm.c, gemm.m, gemm.n, gemm.count);

    double *expected = malloc((size_t)elements * sizeof(*expected));
    assert_non_null(expected);
    for (int64_t i = 0; i < elements; i++)
        expected[i] = element_read(&gemm.d, i); /* what lies between the columns must stay */
    for (int64_t p = 0; p < gemm.count; p++)
        for (int64_t j = 0; j < gemm.n; j++)
            for (int64_t i = 0; i < gemm.m; i++) {
                double sum = 0;
                for (int64_t l = 0; l < gemm.k; l++) {
                    int64_t a = transposed_a ? l + i * gemm.a.leading : i + l * gemm.a.leading;
                    int64_t b = transposed_b ? j + l * gemm.b.leading : l + j * gemm.b.leading;
                    sum += element_read(&gemm.a, a + p * gemm.a.batch) *
                           element_read(&gemm.b, b + p * gemm.b.batch);
                }
                double addend = element_read(&gemm.c, i + j * gemm.c.leading + p * gemm.c.batch);
                expected[i + j * gemm.d.leading + p * gemm.d.batch] =
                    alpha * sum + (beta == 0 ? 0 : beta * addend);
            }
    assert_int_equal(gemm_run(&gemm), 0);
    for (int64_t i = 0; i < elements; i++)
        if (element_read(&gemm.d, i) != expected[i])
            fail_msg("%s to %s, transposed %d %d, beta %g: element %d is %g, expected %g",
                     gemm_type_name(in), gemm_type_name(out), transposed_a, transposed_b, beta,
                     (int)i, element_read(&gemm.d, i), expected[i]);
    free(expected);
    free(gemm.a.data);
    free(gemm.b.data);
    if (!in_place)
        free(gemm.c.data);
    free(gemm.d.data);
}

static void test_types(void **state)
{
    (void)state;
    static const enum gemm_type pairs[][2] = {
        {GEMM_F32, GEMM_F32},  {GEMM_F64, GEMM_F64},   {GEMM_F16, GEMM_F16}, {GEMM_F16, GEMM_F32},
        {GEMM_BF16, GEMM_F32}, {GEMM_BF16, GEMM_BF16}, {GEMM_I8, GEMM_I32},
    };
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (size_t pair = 0; pair < sizeof(pairs) / sizeof(pairs[0]); pair++)
        for (unsigned form = 0; form < 4; form++)
            for (unsigned round = 0; round < 10; round++) {
                bool a = form & 1, b = form & 2;
                check(pairs[pair][0], pairs[pair][1], a, b, 1, 0, true);
                check(pairs[pair][0], pairs[pair][1], a, b, 1, 1, true);
                check(pairs[pair][0], pairs[pair][1], a, b, 1, 1, false);
                check(pairs[pair][0], pairs[pair][1], a, b, 1, 0, false);
            }
}

/* beta 0 must not read c, which may hold NaN. */
static void test_overwrite(void **state)
{
    (void)state;
    float a[4] = {1, 2, 3, 4}, d[4] = {NAN, NAN, NAN, NAN};
    struct gemm gemm = {
        .m = 2,
        .n = 2,
        .k = 2,
        .count = 1,
        .a = {a, 2, 0, GEMM_F32, false},
        .b = {a, 2, 0, GEMM_F32, false},
        .c = {d, 2, 0, GEMM_F32, false},
        .d = {d, 2, 0, GEMM_F32, false},
        .alpha = 1,
    };
    assert_int_equal(gemm_run(&gemm), 0);
    assert_true(d[0] == 7 && d[1] == 10 && d[2] == 15 && d[3] == 22);
    gemm.a.leading = 1;
    assert_int_equal(gemm_run(&gemm), -EINVAL);
    gemm.a.leading = 2;
    gemm.b.type = GEMM_I8;
    assert_int_equal(gemm_run(&gemm), -EOPNOTSUPP);
    gemm.m = -1;
    assert_int_equal(gemm_run(&gemm), -EINVAL);
}

/* Every half there is survives the way to fp32 and back; between two, the even one is taken. */
static void test_half(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 65536; bits++) {
        float value = half_to_float((uint16_t)bits);
        uint16_t back = float_to_half(value);
        if (isnan(value))
            assert_true((back & 0x7fff) > 0x7c00);
        else
            assert_int_equal(back, bits);
        if ((bits & 0x7fff) >= 0x7bff || !(bits & 0x7fff))
            continue;
        float above = half_to_float((uint16_t)(bits + 1));
        uint16_t middle = float_to_half((value + above) / 2);
        assert_int_equal(middle, bits & 1 ? bits + 1 : bits);
        assert_int_equal(float_to_half(nextafterf((value + above) / 2, value)), bits);
    }
    assert_int_equal(float_to_half(65519.996F), 0x7bff);
    assert_int_equal(float_to_half(65520), 0x7c00);
    assert_int_equal(float_to_half(-1e30F), 0xfc00);
    assert_int_equal(float_to_half(FLT_MIN), 0);
}

static void test_bfloat(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 65536; bits++) {
        float value = bfloat_to_float((uint16_t)bits);
        uint16_t back = float_to_bfloat(value);
        if (isnan(value))
            assert_true((back & 0x7fff) > 0x7f80);
        else
            assert_int_equal(back, bits);
    }
    assert_int_equal(float_to_bfloat(1.00390625F), 0x3f80); /* 1 + 2^-8: a tie, to even */
    assert_int_equal(float_to_bfloat(1.01171875F), 0x3f82);
}

static void test_extent(void **state)
{
    (void)state;
    struct gemm_matrix matrix = {.leading = 10, .batch = 100, .type = GEMM_F32};
    assert_int_equal(gemm_matrix_bytes(&matrix, 4, 3, 2), (100 + 2 * 10 + 4) * 4);
    assert_int_equal(gemm_matrix_bytes(&matrix, 0, 3, 2), 0);
}

int main(void)
{
    seed = (uint64_t)time(NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),  cmocka_unit_test(test_overwrite),
        cmocka_unit_test(test_half),   cmocka_unit_test(test_bfloat),
        cmocka_unit_test(test_extent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
