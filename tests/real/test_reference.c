/* The reference against the definition of a convolution, and the numbers that go into it. */
#include "inputs.h"
#include "number.h"
#include "reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Lengths without strides, which the reference does not look at. */
static struct problem problem_make(int images, int channels, int filters, int groups, int taps,
                                   int pad, int stride, int dilation)
{
    struct problem p = {.spatial = 3, .groups = groups};

    p.x = (struct tensor){.type = TYPE_FP32, .rank = 5, .lengths = {images, channels, 5, 7, 9}};
    p.w = (struct tensor){
        .type = TYPE_FP32, .rank = 5, .lengths = {filters, channels / groups, taps, taps, taps}};
    p.y = (struct tensor){.type = TYPE_FP32, .rank = 5, .lengths = {images, filters}};
    for (int i = 0; i < 3; i++) {
        p.pad[i] = pad + i % 2; /* so that mixed up axes show */
        p.stride[i] = stride + (i == 2);
        p.dilation[i] = dilation;
        p.y.lengths[2 + i] =
            (p.x.lengths[2 + i] + 2 * p.pad[i] - dilation * (taps - 1) - 1) / p.stride[i] + 1;
    }
    return p;
}

static double at(const double *values, const struct tensor *tensor, const int64_t place[5])
{
    int64_t index = 0;

    for (unsigned i = 0; i < 5; i++) {
        if (place[i] < 0 || place[i] >= tensor->lengths[i])
            return 0; /* the padding */
        index = index * tensor->lengths[i] + place[i];
    }
    return values[index];
}

/* One element of y as the textbook has it. */
static double definition(const struct problem *p, const struct operands *o, const int64_t y[5])
{
    int64_t group = y[1] / (p->w.lengths[0] / p->groups);
    double sum = 0;

    for (int64_t c = 0; c < p->w.lengths[1]; c++)
        for (int64_t d = 0; d < p->w.lengths[2]; d++)
            for (int64_t h = 0; h < p->w.lengths[3]; h++)
                for (int64_t w = 0; w < p->w.lengths[4]; w++) {
                    int64_t from[5] = {y[0], group * p->w.lengths[1] + c,
                                       y[2] * p->stride[0] + d * p->dilation[0] - p->pad[0],
                                       y[3] * p->stride[1] + h * p->dilation[1] - p->pad[1],
                                       y[4] * p->stride[2] + w * p->dilation[2] - p->pad[2]};
                    int64_t tap[5] = {y[1], c, d, h, w};

                    sum += at(o->x, &p->x, from) * at(o->w, &p->w, tap);
                }
    return sum;
}

static double dot(const double *a, const double *b, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static void check_problem(struct problem p)
{
    struct inputs inputs = inputs_for(TYPE_FP32, TYPE_FP32, 1000, inputs_fresh_seed());
    size_t xs = tensor_count(&p.x), ws = tensor_count(&p.w), ys = tensor_count(&p.y);
    double *x = malloc(xs * sizeof(double)), *w = malloc(ws * sizeof(double)),
           *y = malloc(ys * sizeof(double)), *right = malloc(ys * sizeof(double)),
           *dx = malloc(xs * sizeof(double)), *dw = malloc(ws * sizeof(double));
    int64_t i = 0;

    printf("# seed %llu\n", (unsigned long long)inputs.seed);
    inputs_draw(&inputs, 1, x, xs);
    inputs_draw(&inputs, 2, w, ws);
    inputs_draw(&inputs, 3, y, ys);

    p.direction = DIRECTION_FORWARD;
    reference_compute(&p, &(struct operands){x, w, right});
    for (int64_t n = 0; n < p.y.lengths[0]; n++)
        for (int64_t k = 0; k < p.y.lengths[1]; k++)
            for (int64_t d = 0; d < p.y.lengths[2]; d++)
                for (int64_t h = 0; h < p.y.lengths[3]; h++)
                    for (int64_t c = 0; c < p.y.lengths[4]; c++) {
                        int64_t place[5] = {n, k, d, h, c};

                        assert_true(right[i++] ==
                                    definition(&p, &(struct operands){x, w, y}, place));
                    }

    /* Gradients are the adjoints: <conv(x, w), y> = <x, backward(y, w)> = <w, weights(x, y)>. */
    p.direction = DIRECTION_BACKWARD_DATA;
    reference_compute(&p, &(struct operands){dx, w, y});
    assert_true(dot(right, y, ys) == dot(x, dx, xs));
    p.direction = DIRECTION_BACKWARD_WEIGHTS;
    reference_compute(&p, &(struct operands){x, dw, y});
    assert_true(dot(right, y, ys) == dot(w, dw, ws));

    free(x);
    free(w);
    free(y);
    free(right);
    free(dx);
    free(dw);
}

static void test_reference(void **state)
{
    (void)state;
    check_problem(problem_make(1, 2, 3, 1, 1, 0, 1, 1));
    check_problem(problem_make(2, 4, 6, 2, 3, 1, 1, 1));
    check_problem(problem_make(2, 4, 4, 4, 3, 2, 2, 2));
    check_problem(problem_make(1, 3, 2, 1, 2, 3, 3, 1)); /* columns that are padding alone */
}

static void test_terms(void **state)
{
    struct problem p = problem_make(2, 4, 6, 2, 3, 1, 1, 1);

    (void)state;
    p.direction = DIRECTION_FORWARD;
    assert_int_equal(reference_terms(&p), 27 * 2);
    p.direction = DIRECTION_BACKWARD_DATA;
    assert_int_equal(reference_terms(&p), 27 * 3);
    p.direction = DIRECTION_BACKWARD_WEIGHTS;
    assert_int_equal(reference_terms(&p), 2 * p.y.lengths[2] * p.y.lengths[3] * p.y.lengths[4]);
}

/* Every number that a sum may be comes back from memory as it was. */
static void test_numbers(void **state)
{
    static const enum data_type types[] = {TYPE_FP16, TYPE_BF16, TYPE_FP32,
                                           TYPE_FP64, TYPE_INT8, TYPE_INT32};

    (void)state;
    for (size_t t = 0; t < sizeof(types) / sizeof(*types); t++) {
        double unit = types[t] == TYPE_INT8 || types[t] == TYPE_INT32 ? 1 : 1 / 16.0;
        int last = (int)fmin(ldexp(1, number_precision(types[t])) - 1, 5000);

        for (int value = -last; value <= last; value++) {
            char bytes[8];

            number_encode(types[t], value * unit, bytes);
            assert_true(number_decode(types[t], bytes) == value * unit);
        }
    }
    assert_true(isnan(number_decode(TYPE_FP16, "\xff\xff")));
    assert_true(isnan(number_decode(TYPE_BF16, "\xff\xff")));
    assert_true(isnan(number_decode(TYPE_FP32, "\xff\xff\xff\xff")));
    assert_true(number_decode(TYPE_FP16, "\x01\x00") == ldexp(1, -24)); /* the least of all */
    assert_true(isinf(number_decode(TYPE_FP16, "\x00\x7c")));
}

/* Sums of any of the problems' lengths stay exact, and inputs are not all alike. */
static void test_inputs(void **state)
{
    static const int64_t terms[] = {1, 144, 576, 2304, 12544, 100000};
    static const enum data_type types[] = {TYPE_FP32, TYPE_FP16, TYPE_BF16};
    double values[20000];

    (void)state;
    for (size_t t = 0; t < sizeof(types) / sizeof(*types); t++)
        for (size_t i = 0; i < sizeof(terms) / sizeof(*terms); i++) {
            struct inputs inputs = inputs_for(types[t], types[t], terms[i], inputs_fresh_seed());
            double squares = 0, zeros = 0;

            inputs_draw(&inputs, 1, values, 20000);
            for (size_t v = 0; v < 20000; v++) {
                squares += values[v] * values[v];
                zeros += values[v] == 0;
                assert_true(fabs(values[v]) <= inputs.largest * inputs.unit);
                assert_true(fmod(values[v], inputs.unit) == 0);
            }
            assert_true(zeros < 19500);
            /* A sum's deviation is that of a product times the root of the terms. */
            assert_true(squares / 20000 * sqrt((double)terms[i]) <= inputs.limit / 7);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_terms),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_inputs),
    };

    return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
