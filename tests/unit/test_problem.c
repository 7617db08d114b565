#include "cmocka_all.h"
#include "policy/problem.h"
#include "samples.h"

#include <string.h>

static const struct version old_miopen = {3, 4, 0};
static const struct version new_miopen = {3, 5, 1};
static const struct version unknown_miopen = {0, 0, 0};

static struct tensor tensor4(const int64_t lengths[4], const int64_t strides[4])
{
    struct tensor tensor = {.type = TYPE_FP32, .rank = 4};
    memcpy(tensor.lengths, lengths, 4 * sizeof(lengths[0]));
    memcpy(tensor.strides, strides, 4 * sizeof(strides[0]));
    return tensor;
}

#define TENSOR(n, c, h, w, sn, sc, sh, sw)                                                         \
    tensor4((const int64_t[]){n, c, h, w}, (const int64_t[]){sn, sc, sh, sw})

static struct problem problem2(struct tensor x, struct tensor w, struct tensor y)
{
    return (struct problem){.spatial = 2,
                            .x = x,
                            .w = w,
                            .y = y,
                            .stride = {1, 1, 1},
                            .dilation = {1, 1, 1},
                            .groups = 1};
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(data_type_name(TYPE_BF16), "bf16");
    assert_int_equal(data_type_bytes(TYPE_BF16), 2);
    assert_int_equal(data_type_bytes(TYPE_INT64), 8);
    for (enum data_type type = 0; type <= TYPE_INT64; type++) {
        assert_string_not_equal(data_type_name(type), "?");
        assert_int_not_equal(data_type_bytes(type), 0);
    }
    assert_string_equal(data_type_name((enum data_type)10), "?");
    assert_string_equal(data_type_name((enum data_type) - 1), "?");
    assert_int_equal(data_type_bytes((enum data_type)10), 0);
    assert_string_equal(direction_name(DIRECTION_BACKWARD_WEIGHTS), "backward-weights");
    assert_string_equal(direction_name(DIRECTION_COUNT), "?");
    assert_string_equal(layout_name(LAYOUT_CHANNEL_LAST, 3), "NDHWC");
    assert_string_equal(layout_name(LAYOUT_DEFAULT, 2), "NCHW");
    assert_string_equal(layout_name(LAYOUT_OTHER, 2), "other");
}

/* Shapes whose layout MIOpen finds in different ways; the two columns are the two rules. */
static void test_layout_rules(void **state)
{
    (void)state;
    const struct tensor x = TENSOR(2, 8, 6, 6, 288, 36, 6, 1);
    const struct tensor x_last = TENSOR(2, 8, 6, 6, 288, 1, 48, 8);
    const struct {
        const char *what;
        struct tensor x, w, y;
        enum layout old_layout, new_layout;
    } cases[] = {
        {"packed NCHW", x, TENSOR(8, 8, 3, 3, 72, 9, 3, 1), x, LAYOUT_DEFAULT, LAYOUT_DEFAULT},
        {"packed NHWC", x_last, TENSOR(8, 8, 3, 3, 72, 1, 24, 8), x_last, LAYOUT_CHANNEL_LAST,
         LAYOUT_CHANNEL_LAST},
        {"1x1 filter, strides of either layout", x_last, TENSOR(8, 8, 1, 1, 8, 1, 1, 1), x_last,
         LAYOUT_CHANNEL_LAST, LAYOUT_CHANNEL_LAST},
        {"x NHWC, y NCHW", x_last, TENSOR(8, 8, 3, 3, 72, 9, 3, 1), x, LAYOUT_OTHER, LAYOUT_OTHER},
        {"depthwise filter that keeps NHWC strides under NCHW", x, TENSOR(8, 1, 3, 3, 9, 1, 3, 1),
         x, LAYOUT_OTHER, LAYOUT_DEFAULT},
        {"depthwise filter with NHWC strides under NHWC", x_last, TENSOR(8, 1, 3, 3, 9, 1, 3, 1),
         x_last, LAYOUT_CHANNEL_LAST, LAYOUT_CHANNEL_LAST},
        {"batch of one with a stride that means nothing", TENSOR(1, 8, 6, 6, 1, 36, 6, 1),
         TENSOR(8, 8, 3, 3, 72, 9, 3, 1), TENSOR(1, 8, 6, 6, 288, 36, 6, 1), LAYOUT_OTHER,
         LAYOUT_DEFAULT},
        {"CHWN", TENSOR(2, 8, 6, 6, 1, 72, 12, 2), TENSOR(8, 8, 3, 3, 1, 72, 24, 8),
         TENSOR(2, 8, 6, 6, 1, 72, 12, 2), LAYOUT_OTHER, LAYOUT_OTHER},
        {"NCHW with gaps", TENSOR(2, 8, 6, 6, 600, 72, 12, 2), TENSOR(8, 8, 3, 3, 72, 9, 3, 1), x,
         LAYOUT_DEFAULT, LAYOUT_DEFAULT},
        {"NCHWc4", TENSOR(2, 2, 6, 6, 288, 144, 24, 4), TENSOR(8, 2, 3, 3, 72, 36, 12, 4),
         TENSOR(2, 2, 6, 6, 288, 144, 24, 4), LAYOUT_OTHER, LAYOUT_OTHER},
        {"NCHWc8", TENSOR(2, 1, 6, 6, 288, 288, 48, 8), TENSOR(8, 1, 3, 3, 72, 72, 24, 8),
         TENSOR(2, 1, 6, 6, 288, 288, 48, 8), LAYOUT_OTHER, LAYOUT_OTHER},
        {"H and W exchanged", TENSOR(2, 8, 6, 6, 288, 36, 1, 6), TENSOR(8, 8, 3, 3, 72, 9, 1, 3),
         TENSOR(2, 8, 6, 6, 288, 36, 1, 6), LAYOUT_OTHER, LAYOUT_OTHER},
        {"all lengths one", TENSOR(1, 1, 1, 1, 1, 1, 1, 1), TENSOR(1, 1, 1, 1, 1, 1, 1, 1),
         TENSOR(1, 1, 1, 1, 1, 1, 1, 1), LAYOUT_DEFAULT, LAYOUT_DEFAULT},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct problem problem = problem2(cases[i].x, cases[i].w, cases[i].y);
        print_message("# %s\n", cases[i].what);
        assert_int_equal(problem_layout(&problem, old_miopen), cases[i].old_layout);
        assert_int_equal(problem_layout(&problem, new_miopen), cases[i].new_layout);
        assert_int_equal(problem_layout(&problem, unknown_miopen), cases[i].new_layout);
    }
}

/* The former rule knows NDHWC only by each tensor's own order, which lengths of 1 can hide. */
static void test_layout_ndhwc(void **state)
{
    (void)state;
    const char *plain = "conv -n 2 -c 4 -k 4 --in_d 5 -H 5 -W 5 --fil_d 3 -y 3 -x 3 -F 1 "
                        "--spatial_dim 3 -I NDHWC -f NDHWC -O NDHWC";
    struct problem problem = problem_of(plain);
    assert_int_equal(problem_layout(&problem, old_miopen), LAYOUT_CHANNEL_LAST);
    assert_int_equal(problem_layout(&problem, new_miopen), LAYOUT_CHANNEL_LAST);

    const char *thin = "conv -n 2 -c 1 -k 4 --in_d 5 -H 5 -W 1 --fil_d 3 -y 3 -x 1 -F 1 "
                       "--spatial_dim 3 -I NDHWC -f NDHWC -O NDHWC";
    problem = problem_of(thin);
    assert_int_equal(problem_layout(&problem, old_miopen), LAYOUT_OTHER);
    assert_int_equal(problem_layout(&problem, new_miopen), LAYOUT_CHANNEL_LAST);
}

/* Where no length is 1 the strides leave no doubt, under either rule. */
static void test_layout_of_plain_tensors(void **state)
{
    (void)state;
    sample_begin();
    unsigned seen[3] = {0};
    for (int i = 0; i < 3000; i++) {
        static const char *const names[2][2] = {{"NCHW", "NHWC"}, {"NCDHW", "NDHWC"}};
        const unsigned deep = sample_below(2);
        const unsigned last = sample_below(2);
        char line[300];
        snprintf(line, sizeof(line),
                 "conv -n %u -c %u -k %u --in_d %u -H %u -W %u --fil_d 2 -y 2 -x 2 -F 1 "
                 "--spatial_dim %u -I %s -f %s -O %s",
                 2 + sample_below(4), 2 + sample_below(4), 2 + sample_below(4), 3 + sample_below(4),
                 3 + sample_below(4), 3 + sample_below(4), 2 + deep, names[deep][last],
                 names[deep][last], names[deep][last]);
        const struct problem problem = problem_of(line);
        const enum layout expected = last ? LAYOUT_CHANNEL_LAST : LAYOUT_DEFAULT;
        assert_int_equal(problem_layout(&problem, old_miopen), expected);
        assert_int_equal(problem_layout(&problem, new_miopen), expected);
        assert_true(problem_is_packed(&problem));
        seen[expected]++;
    }
    assert_true(seen[LAYOUT_DEFAULT] > 0 && seen[LAYOUT_CHANNEL_LAST] > 0);
}

static void test_packed(void **state)
{
    (void)state;
    const struct tensor x = TENSOR(2, 8, 6, 6, 288, 36, 6, 1);
    struct problem problem = problem2(x, x, x);
    assert_true(problem_is_packed(&problem));

    problem.w = TENSOR(2, 8, 6, 6, 288, 1, 48, 8); /* another order is packed as well */
    assert_true(problem_is_packed(&problem));
    problem.w = TENSOR(2, 8, 6, 6, 300, 36, 6, 1);
    assert_false(problem_is_packed(&problem));
    problem.w = TENSOR(2, 8, 6, 6, 288, 36, 6, 2);
    assert_false(problem_is_packed(&problem));
    problem.w = TENSOR(2, 2, 2, 2, 4, 4, 2, 1); /* two dimensions on the same memory */
    assert_false(problem_is_packed(&problem));
    problem.w = TENSOR(1, 8, 6, 6, 77, 36, 6, 1); /* a stride of a length of 1 means nothing */
    assert_true(problem_is_packed(&problem));
    problem.w =
        TENSOR(INT64_MAX, INT64_MAX, 2, 1, INT64_MAX, 2, 1, 1); /* more than there are numbers */
    assert_false(problem_is_packed(&problem));
    problem.w = x;
    problem.w.rank = 900;
    assert_false(problem_is_packed(&problem));
}

static void test_equal_and_hash(void **state)
{
    (void)state;
    sample_begin();
    unsigned collisions = 0;
    for (int i = 0; i < 5000; i++) {
        const struct problem problem = sample_problem();
        struct problem copy = problem;
        assert_true(problem_equal(&problem, &copy));
        assert_int_equal(problem_hash(&problem), problem_hash(&copy));

        /* What is not in use does not count. */
        if (problem.spatial == 2) {
            copy.pad[2] = 99;
            copy.w.lengths[4] = 99;
            copy.y.strides[4] = 99;
            assert_true(problem_equal(&problem, &copy));
            assert_int_equal(problem_hash(&problem), problem_hash(&copy));
        }
        copy = problem;
        struct tensor *const tensors[] = {&copy.x, &copy.w, &copy.y};
        struct tensor *tensor = tensors[sample_below(3)];
        switch (sample_below(11)) {
        case 0:
            copy.direction = (copy.direction + 1) % DIRECTION_COUNT;
            break;
        case 1:
            copy.transposed = !copy.transposed;
            break;
        case 2:
            copy.pad[sample_below(copy.spatial)]++;
            break;
        case 3:
            copy.stride[sample_below(copy.spatial)]++;
            break;
        case 4:
            copy.dilation[sample_below(copy.spatial)]++;
            break;
        case 5:
            copy.groups++;
            break;
        case 6:
            tensor->type ^= 1;
            break;
        case 7:
            tensor->lengths[sample_below(tensor->rank)]++;
            break;
        case 8:
            tensor->strides[sample_below(tensor->rank)] ^= INT64_C(1) << 40;
            break;
        case 9:
            tensor->rank ^= 1;
            break;
        default:
            copy.spatial ^= 1;
            break;
        }
        assert_false(problem_equal(&problem, &copy));
        collisions += problem_hash(&problem) == problem_hash(&copy);
    }
    assert_int_equal(collisions, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),        cmocka_unit_test(test_layout_rules),
        cmocka_unit_test(test_layout_ndhwc), cmocka_unit_test(test_layout_of_plain_tensors),
        cmocka_unit_test(test_packed),       cmocka_unit_test(test_equal_and_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
