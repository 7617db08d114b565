#include "cmocka_all.h"
#include "policy/driver_line.h"
#include "samples.h"

#include <errno.h>
#include <string.h>

static void assert_lengths(const struct tensor *tensor, int64_t n, int64_t c, int64_t h, int64_t w)
{
    assert_int_equal(tensor->rank, 4);
    assert_int_equal(tensor->lengths[0], n);
    assert_int_equal(tensor->lengths[1], c);
    assert_int_equal(tensor->lengths[2], h);
    assert_int_equal(tensor->lengths[3], w);
}

static void test_plain(void **state)
{
    (void)state;
    const struct problem problem =
        problem_of("./bin/MIOpenDriver conv -n 4 -c 6 -H 56 -W 55 -k 8 -y 3 -x 5 -p 1 -q 2 -u 2 -v "
                   "1 -l 1 -j 2 "
                   "-m conv -g 2 -F 1 -t 1 -V 0 -i 3 --printconv 0 -S GemmFwdRest");
    assert_int_equal(problem.direction, DIRECTION_FORWARD);
    assert_false(problem.transposed);
    assert_int_equal(problem.spatial, 2);
    assert_int_equal(problem.groups, 2);
    assert_lengths(&problem.x, 4, 6, 56, 55);
    assert_lengths(&problem.w, 8, 3, 3, 5);
    assert_lengths(&problem.y, 4, 8, 28, 51);
    assert_int_equal(problem.pad[0], 1);
    assert_int_equal(problem.pad[1], 2);
    assert_int_equal(problem.stride[0], 2);
    assert_int_equal(problem.stride[1], 1);
    assert_int_equal(problem.dilation[0], 1);
    assert_int_equal(problem.dilation[1], 2);
    assert_int_equal(problem.x.strides[0], 6 * 56 * 55);
    assert_int_equal(problem.x.strides[1], 56 * 55);
    assert_int_equal(problem.x.strides[3], 1);
    assert_int_equal(problem.w.type, TYPE_FP32);
}

/* The driver's own numbers where the line says nothing. */
static void test_defaults(void **state)
{
    (void)state;
    const struct problem problem = problem_of("conv -F 4");
    assert_int_equal(problem.direction, DIRECTION_BACKWARD_WEIGHTS);
    assert_lengths(&problem.x, 100, 3, 32, 32);
    assert_lengths(&problem.w, 32, 3, 3, 3);
    assert_lengths(&problem.y, 100, 32, 30, 30);
}

static void test_types_and_layouts(void **state)
{
    (void)state;
    struct problem problem = problem_of("convint8 -F 1 -n 2 -c 4 --in_layout nhwc -f NHWC -O CHWN");
    assert_int_equal(problem.x.type, TYPE_INT8);
    assert_int_equal(problem.w.type, TYPE_INT8);
    assert_int_equal(problem.y.type, TYPE_INT32);
    assert_int_equal(problem.x.strides[0], 32 * 32 * 4);
    assert_int_equal(problem.x.strides[1], 1);
    assert_int_equal(problem.x.strides[2], 32 * 4);
    assert_int_equal(problem.x.strides[3], 4);
    assert_int_equal(problem.y.strides[0], 1);
    assert_int_equal(problem.y.strides[1], 2 * 30 * 30);
    assert_int_equal(problem.y.strides[3], 2);
    assert_int_equal(problem_of("convbfp16 -F 1").y.type, TYPE_BF16);
    assert_int_equal(problem_of("convfp16 -F 1").x.type, TYPE_FP16);
}

static void test_three_dimensions(void **state)
{
    (void)state;
    const struct problem problem = problem_of(
        "conv -F 2 -n 1 -c 4 -! 7 -H 8 -W 9 -k 6 -@ 2 -y 3 -x 4 -$ 1 -p 0 -q 2 -# 2 -u 1 "
        "-v 3 -^ 3 -l 2 -j 1 -_ 3 -I NDHWC");
    assert_int_equal(problem.spatial, 3);
    assert_int_equal(problem.direction, DIRECTION_BACKWARD_DATA);
    assert_int_equal(problem.x.rank, 5);
    static const int64_t x[] = {1, 4, 7, 8, 9};
    static const int64_t w[] = {6, 4, 2, 3, 4};
    static const int64_t y[] = {1, 6, 3, 4, 4};
    assert_memory_equal(problem.x.lengths, x, sizeof(x));
    assert_memory_equal(problem.w.lengths, w, sizeof(w));
    assert_memory_equal(problem.y.lengths, y, sizeof(y));
    static const int numbers[3][3] = {{1, 0, 2}, {2, 1, 3}, {3, 2, 1}};
    assert_memory_equal(problem.pad, numbers[0], sizeof(numbers[0]));
    assert_memory_equal(problem.stride, numbers[1], sizeof(numbers[1]));
    assert_memory_equal(problem.dilation, numbers[2], sizeof(numbers[2]));
    assert_int_equal(problem.x.strides[1], 1);
    assert_int_equal(problem.x.strides[2], 8 * 9 * 4);
    assert_int_equal(problem.y.strides[1], 3 * 4 * 4);
}

/* A transposed convolution's problem is the one of the convolution that it turns round. */
static void test_transposed(void **state)
{
    (void)state;
    const char *shape = "-n 2 -c 6 -H 5 -W 5 -k 8 -y 3 -x 3 -p 1 -q 1 -u 2 -v 2 -Y 1 -X 1 -g 2";
    static const struct {
        int flag;
        enum direction direction;
    } cases[] = {
        {1, DIRECTION_BACKWARD_DATA}, {2, DIRECTION_FORWARD}, {4, DIRECTION_BACKWARD_WEIGHTS}};
    for (size_t i = 0; i < 3; i++) {
        char line[200];
        snprintf(line, sizeof(line), "conv %s -m trans -F %d", shape, cases[i].flag);
        const struct problem problem = problem_of(line);
        assert_true(problem.transposed);
        assert_int_equal(problem.direction, cases[i].direction);
        assert_lengths(&problem.x, 2, 8, 10, 10); /* the caller's y */
        assert_lengths(&problem.w, 6, 4, 3, 3);
        assert_lengths(&problem.y, 2, 6, 5, 5); /* the caller's x */
    }
}

static void test_pad_modes(void **state)
{
    (void)state;
    struct problem problem = problem_of("conv -F 1 -y 5 -x 5 -H 11 -W 12 -u 2 -v 2 -z same");
    assert_int_equal(problem.pad[0], 2); /* (5 - 11 % 2) / 2 */
    assert_int_equal(problem.pad[1], 1); /* (5 - 2) / 2 */
    problem = problem_of("conv -F 1 -y 5 -x 5 -p 3 -q 3 -z valid");
    assert_int_equal(problem.pad[0], 0);
    problem = problem_of("conv -F 1 -y 5 -x 5 -p 3 -q 3 -l 2 -z valid"); /* not where dilated */
    assert_int_equal(problem.pad[0], 3);
    problem = problem_of("conv -F 1 -y 1 -x 1 -p 3 -q 3 -l 2 --pad_mode same");
    assert_int_equal(problem.pad[0], 0);
}

static void test_bad_lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } cases[] = {
        {"", "the line is empty: expected such as \"conv -n 1 -c 64 -H 56 …\""},
        {"  \n", "the line is empty: expected such as \"conv -n 1 -c 64 -H 56 …\""},
        {"MIOpenDriver", "the line is empty: expected such as \"conv -n 1 -c 64 -H 56 …\""},
        {"pool -F 1", "\"pool\": expected conv, convfp16, convbfp16 or convint8"},
        {"-F 1", "\"-F\": expected conv, convfp16, convbfp16 or convint8"},
        {"conv", "--forw (-F) 0: expected one direction, 1 (forward), 2 (backward data) or 4 "
                 "(backward weights)"},
        {"conv -F 3", "--forw (-F) 3: expected one direction, 1 (forward), 2 (backward data) or 4 "
                      "(backward weights)"},
        {"conv -F 1 -n", "-n has no value"},
        {"conv -F 1 -A 3", "-A is not an option that MIOpenDriver has for convolutions"},
        {"conv -F 1 --nothing 3",
         "--nothing is not an option that MIOpenDriver has for convolutions"},
        {"conv -F 1 n 3", "\"n\" is not an option: expected such as -n 1"},
        {"conv -F 1 -n 3x", "--batchsize (-n): \"3x\" is not a whole number"},
        {"conv -F 1 -n 99999999999", "--batchsize (-n): \"99999999999\" is not a whole number"},
        {"conv -F 1 -n 0", "a tensor would have the length 0: expected 1 to 2147483647"},
        {"conv -F 1 -H 0", "--in_h 0, --fil_h 3: expected 1 or more"},
        {"conv -F 1 -x -1", "--in_w 32, --fil_w -1: expected 1 or more"},
        {"conv -F 1 -u 0", "expected a padding of 0 or more, a stride and a dilation of 1 or more"},
        {"conv -F 1 -p -1",
         "expected a padding of 0 or more, a stride and a dilation of 1 or more"},
        {"conv -F 1 -g 2", "2 groups do not divide 3 and 32 channels"},
        {"conv -F 1 -m deconv", "--mode (-m) deconv: expected conv or trans"},
        {"conv -F 1 -m trans -Y 1", "--trans_output_pad_h 1: expected 0 or more, and less than the "
                                    "stride"},
        {"conv -F 1 -_ 4", "--spatial_dim 4: expected 2 or 3"},
        {"conv -F 1 -I NCDHW",
         "--in_layout: \"NCDHW\" is not a layout of 4 dimensions: expected NCHW, NHWC or CHWN"},
        {"conv -F 1 -O NHWC -_ 3",
         "--out_layout: \"NHWC\" is not a layout of 5 dimensions: expected NCDHW or NDHWC"},
        {"conv -F 1 -z full", "--pad_mode full: expected default, same or valid"},
        {"conv -F 1 -Z 1 -L 4",
         "--tensor_vect 1: vectorized and cast tensors are not supported here"},
        {"conv -F 1 -n 2147483647 -c 2147483647 -H 2147483647 -W 2147483647",
         "a tensor would have more than 2^63 elements"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problem problem = {.groups = 4711};
        char error[200] = "";
        assert_int_equal(driver_line_parse(cases[i].line, &problem, error, sizeof(error)), -EINVAL);
        assert_string_equal(error, cases[i].error);
        assert_int_equal(problem.groups, 4711);
        assert_int_equal(driver_line_parse(cases[i].line, &problem, NULL, 0), -EINVAL);
    }
}

/* A line's problem, written as a line, is the same problem. */
static void test_round_trip(void **state)
{
    (void)state;
    sample_begin();
    unsigned transposed = 0;
    for (int i = 0; i < 10000; i++) {
        char line[400];
        sample_line(line, sizeof(line));
        const struct problem problem = problem_of(line);
        char written[500];
        const int r = driver_line_write(&problem, written, sizeof(written));
        if (r != 0)
            fail_msg("%s: %d", line, r);
        const struct problem again = problem_of(written);
        if (!problem_equal(&problem, &again))
            fail_msg("%s\n%s", line, written);
        char rewritten[500];
        assert_int_equal(driver_line_write(&again, rewritten, sizeof(rewritten)), 0);
        assert_string_equal(written, rewritten);
        transposed += problem.transposed;
    }
    assert_true(transposed > 100);
}

static void test_written_line(void **state)
{
    (void)state;
    char line[300];
    const struct problem problem =
        problem_of("convfp16 -F 1 -n 1 -c 64 -H 56 -W 56 -k 64 -p 1 -q 1 "
                   "-I NHWC -f NHWC -O NHWC");
    assert_int_equal(driver_line_write(&problem, line, sizeof(line)), 0);
    assert_string_equal(line, "convfp16 -n 1 -c 64 -H 56 -W 56 -k 64 -y 3 -x 3 -p 1 -q 1 -u 1 -v 1 "
                              "-l 1 -j 1 --in_layout NHWC --fil_layout NHWC --out_layout NHWC "
                              "-m conv -g 1 -F 1 -t 1");
    const size_t size = strlen(line) + 1;
    char exact[300];
    memset(exact, 'x', sizeof(exact));
    assert_int_equal(driver_line_write(&problem, exact, size - 1), -ENOSPC);
    assert_int_equal(exact[0], 'x');
    assert_int_equal(driver_line_write(&problem, exact, 0), -ENOSPC);
    assert_int_equal(driver_line_write(&problem, exact, size), 0);
    assert_string_equal(exact, line);
    assert_int_equal(exact[size], 'x');

    const struct problem wide = problem_of("conv -F 1 -m trans -u 2 -v 2 -Y 1 -n 1");
    assert_int_equal(driver_line_write(&wide, line, sizeof(line)), 0);
    assert_non_null(strstr(line, " -Y 1 "));
    assert_null(strstr(line, " -X "));
}

/* What no line of the driver makes. */
static void test_inexpressible(void **state)
{
    (void)state;
    const struct problem good = problem_of("conv -F 1 -n 2 -c 4 -u 2 -v 2");
    for (int i = 0; i < 10; i++) {
        struct problem problem = good;
        switch (i) {
        case 0:
            problem.x.strides[0]++;
            break;
        case 1:
            problem.y.type = TYPE_FP16;
            break;
        case 2:
            problem.x.type = problem.w.type = problem.y.type = TYPE_FP64;
            break;
        case 3:
            problem.y.lengths[2]++;
            problem.y.strides[0] += problem.y.strides[2];
            break;
        case 4:
            problem.stride[0] = 0;
            break;
        case 5:
            problem.groups = 2;
            break;
        case 6:
            problem.spatial = 1;
            break;
        case 7:
            problem.spatial = 3;
            break;
        case 8:
            problem.direction = DIRECTION_COUNT;
            break;
        default:
            problem.x.lengths[2] = -7;
            break;
        }
        char line[300] = "untouched";
        assert_int_equal(driver_line_write(&problem, line, sizeof(line)), -EOPNOTSUPP);
        assert_string_equal(line, "untouched");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_types_and_layouts),
        cmocka_unit_test(test_three_dimensions),
        cmocka_unit_test(test_transposed),
        cmocka_unit_test(test_pad_modes),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_written_line),
        cmocka_unit_test(test_inexpressible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
