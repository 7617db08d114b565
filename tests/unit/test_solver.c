#include "cmocka_all.h"
#include "policy/layout.h"
#include "policy/solver.h"
#include "samples.h"

#include <errno.h>
#include <string.h>

static const struct version miopen = {3, 5, 1};

/* The one GEMM solver that takes the problem, 0 for none; two are a failure. */
static uint64_t gemm_on(const struct problem *problem, struct version version,
                        uint64_t memory_bytes)
{
    uint64_t id = 0;
    for (size_t i = 0; i < solvers_count; i++) {
        if (solvers[i].family == FAMILY_GEMM &&
            solver_can_apply(&solvers[i], problem, version, memory_bytes)) {
            assert_int_equal(id, 0);
            id = solvers[i].id;
        }
    }
    return id;
}

static uint64_t gemm_of(const struct problem *problem, struct version version)
{
    return gemm_on(problem, version, 0);
}

static uint64_t naive_of(const struct problem *problem, struct version version)
{
    uint64_t id = 0;
    for (size_t i = 0; i < solvers_count; i++) {
        if (solvers[i].family == FAMILY_NAIVE &&
            solver_can_apply(&solvers[i], problem, version, 0)) {
            assert_int_equal(id, 0);
            id = solvers[i].id;
        }
    }
    return id;
}

static void test_table(void **state)
{
    (void)state;
    assert_int_equal(solvers_count, 12);
    for (size_t i = 0; i < solvers_count; i++) {
        if (i > 0)
            assert_true(solvers[i - 1].id < solvers[i].id);
        assert_ptr_equal(solver_from_id(solvers[i].id), &solvers[i]);
        assert_ptr_equal(solver_from_name(solvers[i].name), &solvers[i]);
        assert_true(solvers[i].family == FAMILY_GEMM || solvers[i].family == FAMILY_NAIVE);
        assert_int_equal(solvers[i].algorithm,
                         solvers[i].family == FAMILY_GEMM ? ALGORITHM_GEMM : ALGORITHM_DIRECT);
    }
    assert_null(solver_from_id(0));
    assert_null(solver_from_id(84));
    assert_string_equal(solver_name_from_id(91), "GemmFwdRest");
    assert_string_equal(solver_name_from_id(53), "ConvBinWinogradRxSf2x3");
    assert_string_equal(solver_name_from_id(180), "ConvWinoRageRxS<2-3>");
    assert_null(solver_name_from_id(0));
    assert_null(solver_name_from_id(4)); /* a fused one, which no convolution alone gets */
    assert_null(solver_name_from_id(UINT64_MAX));
    assert_string_equal(algorithm_name(ALGORITHM_IMPLICIT_GEMM), "implicit-gemm");
    assert_null(algorithm_name((enum algorithm)4));
    assert_null(solver_from_name("GemmFwd"));
    assert_null(solver_from_name(""));
    for (enum family family = 0; family < FAMILY_COUNT; family++) {
        enum family found;
        assert_int_equal(family_from_name(family_name(family), &found), 0);
        assert_int_equal(found, family);
    }
    enum family untouched = FAMILY_FFT;
    assert_int_equal(family_from_name("GEMM", &untouched), -EINVAL);
    assert_int_equal(untouched, FAMILY_FFT);
    assert_string_equal(family_name(FAMILY_COUNT), "?");
}

#define SHAPE " -n 2 -c 16 -H 12 -W 12 -k 32 "

static void test_cases(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint64_t gemm, naive;
    } cases[] = {
        {"conv" SHAPE "-y 3 -x 3 -p 1 -q 1 -F 1", 91, 85},
        {"conv" SHAPE "-y 3 -x 3 -p 1 -q 1 -F 2", 97, 86},
        {"conv" SHAPE "-y 3 -x 3 -p 1 -q 1 -F 4", 102, 87},
        {"conv" SHAPE "-y 3 -x 3 -l 2 -j 2 -F 1", 91, 85},
        {"conv" SHAPE "-y 1 -x 1 -F 1", 88, 85},
        {"conv" SHAPE "-y 1 -x 1 -F 2", 96, 86},
        {"conv" SHAPE "-y 1 -x 1 -F 4", 101, 87},
        {"conv" SHAPE "-y 1 -x 1 -u 2 -v 2 -F 1", 90, 85},
        {"conv" SHAPE "-y 1 -x 1 -u 2 -v 2 -F 2", 95, 86},
        {"conv" SHAPE "-y 1 -x 1 -u 2 -v 2 -F 4", 102, 87},
        {"conv" SHAPE "-y 1 -x 1 -u 2 -v 1 -F 1", 91, 85},
        {"conv" SHAPE "-y 1 -x 1 -u 3 -v 3 -F 2", 97, 86},
        {"conv" SHAPE "-y 1 -x 1 -p 1 -F 1", 91, 85},
        {"conv" SHAPE "-y 1 -x 1 -u 2 -v 2 -q 1 -F 1", 91, 85},
        {"conv" SHAPE "-y 1 -x 3 -q 1 -F 4", 102, 87},
        /* a dilation of a filter of one element is nothing */
        {"conv" SHAPE "-y 1 -x 1 -l 2 -j 2 -F 1", 88, 85},
        {"conv" SHAPE "-y 1 -x 1 -g 4 -F 1", 88, 85},
        {"conv" SHAPE "-y 3 -x 3 -g 16 -F 1", 91, 85},
        {"conv" SHAPE "-y 1 -x 1 -u 2 -v 2 -g 4 -F 2", 95, 86},
        /* 1x1 with stride 2 has its own solvers in 2-D only */
        {"conv" SHAPE "--in_d 6 --fil_d 1 -y 1 -x 1 --spatial_dim 3 -F 1", 88, 85},
        {"conv" SHAPE "--in_d 6 --fil_d 1 -y 1 -x 1 -u 2 -v 2 -# 2 --spatial_dim 3 -F 1", 91, 85},
        {"conv" SHAPE "--in_d 6 --fil_d 1 -y 1 -x 1 -u 2 -v 2 -# 2 --spatial_dim 3 -F 2", 97, 86},
        {"conv" SHAPE "--in_d 6 --fil_d 1 -y 1 -x 1 --spatial_dim 3 -F 4", 101, 87},
        {"conv" SHAPE "--in_d 6 --fil_d 3 -y 1 -x 1 --spatial_dim 3 -F 2", 97, 86},
        /* transposed: the other direction's solvers */
        {"conv" SHAPE "-y 3 -x 3 -m trans -F 1", 97, 86},
        {"conv" SHAPE "-y 3 -x 3 -m trans -F 2", 91, 85},
        {"conv" SHAPE "-y 1 -x 1 -m trans -u 2 -v 2 -F 1", 95, 86},
        {"conv" SHAPE "-y 1 -x 1 -m trans -F 4", 101, 87},
        {"convfp16" SHAPE "-y 3 -x 3 -F 1", 91, 85},
        {"convbfp16" SHAPE "-y 3 -x 3 -F 4", 102, 87},
        /* int8: forward only */
        {"convint8" SHAPE "-y 3 -x 3 -F 1", 91, 85},
        {"convint8" SHAPE "-y 1 -x 1 -F 1", 89, 85},
        {"convint8" SHAPE "-y 1 -x 1 -g 2 -F 1", 91, 85},
        {"convint8" SHAPE "-y 1 -x 1 -u 2 -v 2 -F 1", 90, 85},
        {"convint8" SHAPE "-y 3 -x 3 -F 2", 0, 0},
        {"convint8" SHAPE "-y 3 -x 3 -F 4", 0, 0},
        /* channels last: never GEMM */
        {"conv" SHAPE "-y 3 -x 3 -F 1 -I NHWC -f NHWC -O NHWC", 0, 85},
        {"convfp16" SHAPE "-y 1 -x 1 -F 4 -I NHWC -f NHWC -O NHWC", 0, 87},
        {"conv" SHAPE "-y 3 -x 3 -F 1 -I NHWC", 0, 0},
        {"conv" SHAPE "-y 3 -x 3 -F 1 -I CHWN -f CHWN -O CHWN", 0, 0},
        {"conv" SHAPE "--in_d 6 -y 3 -x 3 --spatial_dim 3 -F 2 -I NDHWC -f NDHWC -O NDHWC", 0, 86},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct problem problem = problem_of(cases[i].line);
        print_message("# %s\n", cases[i].line);
        assert_int_equal(gemm_of(&problem, miopen), cases[i].gemm);
        assert_int_equal(naive_of(&problem, miopen), cases[i].naive);
    }
}

static void test_types(void **state)
{
    (void)state;
    const struct problem base = problem_of("conv" SHAPE "-y 3 -x 3 -F 1");
    static const struct {
        enum data_type x, w, y;
        uint64_t gemm, naive;
    } cases[] = {
        {TYPE_INT8, TYPE_INT8, TYPE_INT32, 91, 85}, {TYPE_INT8, TYPE_INT8, TYPE_FP32, 91, 85},
        {TYPE_INT8, TYPE_INT8, TYPE_INT8, 0, 85},   {TYPE_INT8, TYPE_INT8, TYPE_FP16, 0, 0},
        {TYPE_FP16, TYPE_FP16, TYPE_FP32, 0, 0},    {TYPE_FP32, TYPE_FP16, TYPE_FP32, 0, 0},
        {TYPE_FP64, TYPE_FP64, TYPE_FP64, 0, 0},    {TYPE_INT32, TYPE_INT32, TYPE_INT32, 0, 0},
        {TYPE_FP8, TYPE_FP8, TYPE_FP8, 0, 85},      {TYPE_INT8X4, TYPE_INT8X4, TYPE_INT32, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problem problem = base;
        problem.x.type = cases[i].x;
        problem.w.type = cases[i].w;
        problem.y.type = cases[i].y;
        assert_int_equal(gemm_of(&problem, miopen), cases[i].gemm);
        assert_int_equal(naive_of(&problem, miopen), cases[i].naive);
    }

    /* int8 to int8: the kernel of two dimensions came with 3.4, there is none of three. */
    struct problem problem = base;
    problem.x.type = problem.w.type = problem.y.type = TYPE_INT8;
    assert_int_equal(naive_of(&problem, (struct version){3, 4, 0}), 85);
    assert_int_equal(naive_of(&problem, (struct version){3, 3, 0}), 0);
    problem = problem_of("convint8" SHAPE "--in_d 6 -y 3 -x 3 --spatial_dim 3 -F 1");
    assert_int_equal(naive_of(&problem, miopen), 85);
    problem.y.type = TYPE_INT8;
    assert_int_equal(naive_of(&problem, miopen), 0);
}

/* Known to MIOpen 2 alone, to its GEMM alone, and forward alone. */
static void test_int8x4(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum data_type y;
        struct version miopen;
        uint64_t gemm;
    } cases[] = {
        {"conv" SHAPE "-y 3 -x 3 -F 1", TYPE_INT32, {2, 16, 0}, 91},
        {"conv" SHAPE "-y 3 -x 3 -F 1", TYPE_FP32, {2, 20, 0}, 91},
        {"conv" SHAPE "-y 1 -x 1 -F 1", TYPE_INT32, {2, 20, 0}, 88},
        {"conv" SHAPE "-y 1 -x 1 -u 2 -v 2 -F 1", TYPE_INT32, {2, 17, 0}, 90},
        {"conv" SHAPE "-y 3 -x 3 -F 1", TYPE_INT8X4, {2, 17, 0}, 0},
        {"conv" SHAPE "-y 3 -x 3 -F 1", TYPE_INT32, {3, 0, 0}, 0},
        {"conv" SHAPE "-y 3 -x 3 -F 1", TYPE_INT32, {0, 0, 0}, 0},
        {"conv" SHAPE "-y 3 -x 3 -F 2", TYPE_INT32, {2, 17, 0}, 0},
        {"conv" SHAPE "-y 3 -x 3 -F 4", TYPE_INT32, {2, 17, 0}, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct problem problem = problem_of(cases[i].line);
        problem.x.type = problem.w.type = TYPE_INT8X4;
        problem.y.type = cases[i].y;
        assert_int_equal(gemm_of(&problem, cases[i].miopen), cases[i].gemm);
        assert_int_equal(naive_of(&problem, cases[i].miopen), 0);
    }
}

static void test_strides(void **state)
{
    (void)state;
    struct problem problem = problem_of("conv" SHAPE "-y 3 -x 3 -F 1");
    problem.x.strides[0] += 8; /* a gap between images */
    assert_int_equal(gemm_of(&problem, miopen), 0);
    assert_int_equal(naive_of(&problem, miopen), 85);
    /* The naive kernels of MIOpen 2 do not look at strides. */
    assert_int_equal(naive_of(&problem, (struct version){2, 20, 0}), 0);
    assert_int_equal(naive_of(&problem, (struct version){3, 0, 0}), 85);
    assert_int_equal(naive_of(&problem, (struct version){0, 0, 0}), 85);

    problem.x.strides[0] = INT64_C(1) << 31;
    assert_int_equal(gemm_of(&problem, miopen), 0);
    assert_int_equal(naive_of(&problem, miopen), 85);
}

static void set_strides(struct tensor *tensor, int64_t n, int64_t c, int64_t h, int64_t w)
{
    const int64_t strides[] = {n, c, h, w};
    memcpy(tensor->strides, strides, sizeof(strides));
}

/* The naive kernels are right where the strides, sorted, come out in the order of the layout. */
static void test_naive_strides(void **state)
{
    (void)state;
    /* One channel: as it lies, rows and columns could be those of either layout. */
    struct problem problem = problem_of("conv -n 2 -c 1 -H 6 -W 5 -k 3 -y 3 -x 3 -p 1 -q 1 -F 1 "
                                        "-I NHWC -f NHWC -O NHWC");
    assert_int_equal(naive_of(&problem, miopen), 85);
    set_strides(&problem.x, 30, 30, 5, 1); /* the same memory, said otherwise */
    assert_int_equal(problem_layout(&problem, miopen), LAYOUT_CHANNEL_LAST);
    assert_int_equal(naive_of(&problem, miopen), 0);
    set_strides(&problem.x, 30, 1, 5, 1);
    assert_int_equal(naive_of(&problem, miopen), 85);
    set_strides(&problem.w, 9, 9, 3, 1);
    assert_int_equal(naive_of(&problem, miopen), 0);

    /* Gaps: between elements, rows, planes, images. */
    problem = problem_of("conv -n 2 -c 4 -H 6 -W 5 -k 6 -y 3 -x 3 -F 1 -g 2");
    set_strides(&problem.x, 4 * 6 * 6, 6 * 6, 6, 1);
    assert_int_equal(naive_of(&problem, miopen), 85);
    set_strides(&problem.x, 4 * 70, 70, 11, 2);
    assert_int_equal(naive_of(&problem, miopen), 85);
    set_strides(&problem.x, 5 * 30, 30, 5, 1); /* half of that is not where the second group is */
    assert_int_equal(naive_of(&problem, miopen), 0);
    problem = problem_of("conv -n 2 -c 4 -H 6 -W 5 -k 6 -y 3 -x 3 -F 1");
    set_strides(&problem.x, 5 * 30, 30, 5, 1);
    assert_int_equal(naive_of(&problem, miopen), 85);
    set_strides(&problem.w, 60, 10, 3, 1);
    assert_int_equal(naive_of(&problem, miopen), 85);
    set_strides(&problem.w, 9, 54, 3, 1); /* filters inside channels */
    assert_int_equal(naive_of(&problem, miopen), 0);

    /* The second group past 64 bits, where nine steps of 2^61 would come to one. */
    const int64_t far = INT64_C(1) << 61;
    const struct problem grouped =
        problem_of("conv -n 1 -c 18 -H 8 -W 8 -k 18 -y 3 -x 3 -F 1 -g 2");
    assert_int_equal(naive_of(&grouped, miopen), 85);
    problem = grouped;
    set_strides(&problem.x, 2 * far, far, 8, 1);
    assert_int_equal(naive_of(&problem, miopen), 0);
    problem = grouped;
    set_strides(&problem.w, far, 9, 3, 1);
    assert_int_equal(naive_of(&problem, miopen), 0);
}

/* What MIOpen divides by the groups before each run, whichever solver it is. */
static void test_groups(void **state)
{
    (void)state;
    struct problem problem = problem_of("conv -n 1 -c 4 -H 6 -W 5 -k 6 -y 3 -x 3 -F 1 -g 2");
    assert_int_equal(gemm_of(&problem, miopen), 91);
    problem.x.strides[0] = 121; /* of an only image, so the tensor is packed all the same */
    assert_int_equal(gemm_of(&problem, miopen), 0);
    assert_int_equal(naive_of(&problem, miopen), 0);
    assert_int_equal(gemm_of(&problem, (struct version){2, 20, 0}), 91);
    problem.x.strides[0] = 122;
    assert_int_equal(gemm_of(&problem, miopen), 91);
    problem.y.strides[0] = 73;
    assert_int_equal(gemm_of(&problem, miopen), 0);
    problem.groups = 1;
    problem.w.lengths[1] = 4;
    set_strides(&problem.w, 36, 9, 3, 1);
    assert_int_equal(gemm_of(&problem, miopen), 91);
}

static void test_casts(void **state)
{
    (void)state;
    const struct problem base = problem_of("convfp16" SHAPE "-y 3 -x 3 -F 1");
    for (int direction = 0; direction < DIRECTION_COUNT; direction++) {
        for (int cast = 0; cast < 8; cast++) {
            struct problem problem = base;
            problem.direction = (enum direction)direction;
            problem.x.casts = cast & 1;
            problem.w.casts = cast & 2;
            problem.y.casts = cast & 4;
            problem.x.cast = problem.w.cast = problem.y.cast = TYPE_BF8;
            const int needed = direction == DIRECTION_BACKWARD_WEIGHTS ? 5 : 3;
            const bool naive = cast == 0 || (cast & needed) == needed;
            assert_int_equal(gemm_of(&problem, miopen) != 0, cast == 0);
            assert_int_equal(naive_of(&problem, miopen) != 0, naive);
            assert_int_equal(problem_equal(&problem, &base), cast == 0 && direction == 0);
            problem.x.cast = TYPE_FP32; /* nothing that the kernels know */
            assert_int_equal(naive_of(&problem, miopen) != 0,
                             cast == 0 || (naive && !problem.x.casts));
        }
    }
}

#define GIB (UINT64_C(1) << 30)

/* Where the workspace is more than MIOpen thinks there is to be had. */
static void test_workspace(void **state)
{
    (void)state;
    /* 9 * 1024 * 512 * 512 * 4 = 9 GiB of columns: twice the common limit of 6.8 GiB is enough */
    struct problem problem =
        problem_of("conv -n 1 -c 1024 -H 512 -W 512 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1");
    assert_int_equal(gemm_on(&problem, miopen, 0), 91);
    assert_int_equal(gemm_on(&problem, (struct version){3, 1, 0}, 16 * GIB), 91);
    assert_int_equal(gemm_on(&problem, (struct version){3, 0, 0}, 16 * GIB), 0);
    assert_int_equal(gemm_on(&problem, miopen, 10 * GIB), 0); /* of which 85 % */
    assert_int_equal(gemm_on(&problem, miopen, 11 * GIB), 91);
    problem.direction = DIRECTION_BACKWARD_DATA;
    assert_int_equal(gemm_on(&problem, miopen, 16 * GIB), 97);
    problem.direction = DIRECTION_BACKWARD_WEIGHTS;
    assert_int_equal(gemm_on(&problem, miopen, 16 * GIB), 0);
    assert_int_equal(naive_of(&problem, miopen), 87);
    problem.direction = DIRECTION_FORWARD;
    problem.x.type = problem.w.type = problem.y.type = TYPE_FP16; /* 4.5 GiB */
    assert_int_equal(gemm_on(&problem, miopen, 5 * GIB), 0);
    assert_int_equal(gemm_on(&problem, miopen, 8 * GIB), 91);

    /* The batch is too much for the special solver, one image is nothing to the other one. */
    problem = problem_of("conv -n 4096 -c 256 -H 64 -W 64 -k 256 -y 1 -x 1 -u 2 -v 2 -F 1");
    assert_int_equal(gemm_on(&problem, miopen, 16 * GIB), 91);
    problem.direction = DIRECTION_BACKWARD_DATA;
    assert_int_equal(gemm_on(&problem, miopen, 16 * GIB), 97);
    problem.x.lengths[0] = problem.y.lengths[0] = 64; /* 64 * 512 * 32 * 32 * 4 = 128 MiB */
    assert_int_equal(gemm_on(&problem, miopen, 16 * GIB), 95);
    assert_int_equal(gemm_on(&problem, miopen, GIB / 8), 97);
    problem.direction = DIRECTION_FORWARD;
    assert_int_equal(gemm_on(&problem, miopen, GIB / 8), 91);

    /* Past 64 bits. */
    problem = problem_of("conv -n 1 -c 1 -H 65536 -W 32767 -k 1 -y 32767 -x 32767 -p 16383 "
                         "-q 16383 -F 1");
    assert_int_equal(gemm_on(&problem, miopen, 0), 0);
    problem.w.lengths[2] = problem.w.lengths[3] = INT32_MAX;
    assert_int_equal(gemm_on(&problem, miopen, 0), 0);
    assert_int_equal(gemm_on(&problem, miopen, UINT64_MAX), 0);
}

/* The largest tensors that MIOpen counts in int, and what is past them. */
static void test_lengths(void **state)
{
    (void)state;
    struct problem problem = problem_of("conv -n 1 -c 1 -H 2147483647 -W 1 -k 1 -y 1 -x 1 -F 1");
    assert_int_equal(gemm_of(&problem, miopen), 88);
    problem = problem_of("conv -n 2 -c 1 -H 2147483647 -W 2 -k 1 -y 1 -x 1 -F 1");
    assert_int_equal(gemm_of(&problem, miopen), 0); /* a stride past int */
    assert_int_equal(naive_of(&problem, miopen), 85);
    problem.x.lengths[2] = problem.y.lengths[2] = INT64_C(1) << 31;
    assert_int_equal(naive_of(&problem, miopen), 0);
}

static void test_mismatch(void **state)
{
    (void)state;
    const struct problem good = problem_of("conv" SHAPE "-y 3 -x 3 -g 4 -F 1");
    assert_int_equal(gemm_of(&good, miopen), 91);
    for (int i = 0; i < 14; i++) {
        struct problem bad = good;
        switch (i) {
        case 0:
            bad.x.lengths[0]++;
            break;
        case 1:
            bad.x.lengths[1]++;
            break;
        case 2:
            bad.y.lengths[1]++;
            break;
        case 3:
            bad.w.lengths[1] = 16;
            break;
        case 4:
            bad.groups = 1;
            break;
        case 5:
            bad.groups = 0;
            break;
        case 6:
            bad.groups = -4;
            break;
        case 7:
            bad.x.lengths[2] = 0;
            break;
        case 8:
            bad.w.lengths[3] = -1;
            break;
        case 9:
            bad.stride[0] = 0;
            break;
        case 10:
            bad.pad[1] = -1;
            break;
        case 11:
            bad.dilation[1] = 0;
            break;
        case 12:
            bad.spatial = 3;
            break;
        default:
            bad.w.rank = 5;
            break;
        }
        assert_int_equal(gemm_of(&bad, miopen), 0);
        assert_int_equal(naive_of(&bad, miopen), 0);
    }
}

static void test_every_problem_has_at_most_one(void **state)
{
    (void)state;
    sample_begin();
    unsigned with_gemm = 0;
    for (int i = 0; i < 20000; i++) {
        const struct problem problem = sample_problem();
        const struct version version = sample_below(2) ? miopen : (struct version){3, 4, 0};
        const uint64_t gemm = gemm_of(&problem, version);
        const uint64_t naive = naive_of(&problem, version);
        const enum layout layout = problem_layout(&problem, version);
        /* What all tensors are alone, leaves no doubt in any of them. */
        const size_t order = order_of_tensor(&problem.x);
        const bool uniform = order < ORDERS_COUNT && order_of_tensor(&problem.w) == order &&
                             order_of_tensor(&problem.y) == order;
        /* int8 is turned round by a transposed convolution: x is then the int32 side. */
        const bool possible = problem.w.type != TYPE_INT8 ||
                              (problem.direction == DIRECTION_FORWARD && !problem.transposed);
        with_gemm += gemm != 0;
        if (!possible || layout == LAYOUT_OTHER)
            assert_int_equal(naive, 0);
        else if (uniform)
            assert_int_not_equal(naive, 0);
        if (!possible || layout != LAYOUT_DEFAULT)
            assert_int_equal(gemm, 0);
        else if (uniform || problem.groups == 1)
            assert_int_not_equal(gemm, 0);
    }
    assert_true(with_gemm > 1000);
}

/* Whatever stands in a problem, the answer comes without a crash. */
static void test_garbage(void **state)
{
    (void)state;
    sample_begin();
    unsigned taken = 0;
    for (int i = 0; i < 20000; i++) {
        struct problem problem = sample_problem();
        unsigned char *bytes = (unsigned char *)&problem;
        for (unsigned j = 1 + sample_below(8); j > 0; j--) {
            const size_t at = sample_bits() % sizeof(problem);
            /* a bool has no third value to test with */
            if (at != offsetof(struct problem, transposed))
                bytes[at] = (unsigned char)sample_bits();
        }
        taken += gemm_of(&problem, miopen) != 0;
        taken += naive_of(&problem, miopen) != 0;
        (void)problem_hash(&problem);
        char line[1024];
        (void)driver_line_write(&problem, line, sizeof(line));
    }
    assert_true(taken < 40000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),     cmocka_unit_test(test_cases),
        cmocka_unit_test(test_types),     cmocka_unit_test(test_int8x4),
        cmocka_unit_test(test_strides),   cmocka_unit_test(test_naive_strides),
        cmocka_unit_test(test_groups),    cmocka_unit_test(test_casts),
        cmocka_unit_test(test_workspace), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_mismatch),  cmocka_unit_test(test_every_problem_has_at_most_one),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
