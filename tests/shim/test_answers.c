/*
 * On one RDNA1 card: what every convolution call answers, and what it makes of the real MIOpen.
 * Each shape of shapes.list goes through every call of its direction.
 */
#include "cmocka_all.h"
#include "convolution.h"

#include <errno.h>
#include <string.h>

static miopenHandle_t handle;

static int setup(void **state)
{
    (void)state;
    stub_reset();
    stub_disturb_errno(true);
    return miopenCreate(&handle) == miopenStatusSuccess && handle ? 0 : -1;
}

/* What holds after every test: nothing forbidden happened, and HIP was left as it was. */
static int teardown(void **state)
{
    (void)state;
    errno = EDOM;
    if (miopenDestroy(handle) != miopenStatusSuccess || errno != EDOM)
        return -1;
    errno = EDOM;
    if (miopenCreate(&handle) != miopenStatusSuccess || errno != EDOM)
        return -1;
    if (miopenDestroy(handle) != miopenStatusSuccess)
        return -1;
    assert_int_equal(stub_violations(), 0);
    assert_int_equal(stub_memory_live(), 0);
    assert_int_equal(stub_last_error(), 0);
    return 0;
}

#define FOR_EACH_SHAPE(it)                                                                         \
    for (size_t i_ = 0; i_ < shapes_count; i_++)                                                   \
        for (struct convolution it, *once_ = shape_open(&it, &shapes[i_]); once_;                  \
             convolution_close(once_), once_ = NULL)

static struct convolution *shape_open(struct convolution *convolution, const struct shape *shape)
{
    print_message("# %s\n", shape->name);
    convolution_open(convolution, shape, handle);
    return convolution;
}

static bool shape_has_solver(const struct shape *shape)
{
    return shape_preferred(shape) != 0;
}

static void workspace_size_is_that_of_the_solver(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(it)
    {
        const unsigned real =
            stub_calls(REAL_FUNCTION(it.shape, miopenConvolution, GetWorkSpaceSize));
        size_t bytes = 1;
        errno = EDOM;
        assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
        assert_int_equal(errno, EDOM);
        if (shape_has_solver(it.shape))
            assert_int_equal(bytes, it.shape->workspace_bytes);
        assert_int_equal(stub_calls(REAL_FUNCTION(it.shape, miopenConvolution, GetWorkSpaceSize)),
                         real + !shape_has_solver(it.shape));
    }
    assert_int_equal(stub_failed_probes(), 0);
}

static void find_answers_without_searching(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(it)
    {
        miopenConvAlgoPerf_t results[3];
        int returned = -1;
        memset(results, 0x55, sizeof(results));
        errno = EDOM;
        const miopenStatus_t status = call_find(&it, 3, &returned, results, NULL, 0);
        assert_int_equal(errno, EDOM);
        assert_int_equal(stub_calls(REAL_FUNCTION(it.shape, miopenFindConvolution, Algorithm)), 0);
        if (!shape_has_solver(it.shape)) {
            assert_int_equal(status, miopenStatusUnknownError);
            assert_int_equal(returned, -1);
            continue;
        }
        assert_int_equal(status, miopenStatusSuccess);
        assert_int_equal(returned, 1);
        assert_int_equal(results[0].algorithm, shape_algorithm(it.shape));
        assert_int_equal(results[0].memory, it.shape->workspace_bytes);
        assert_true(results[0].time > 0.0F);
        assert_int_equal(results[1].algorithm, 0x55555555);
        /* What makes the run functions know it. */
        const struct stub_record *compiled =
            stub_last(REAL_FUNCTION(it.shape, miopenConvolution, CompileSolution));
        assert_int_equal(compiled->arguments[5], shape_preferred(it.shape));
    }
    assert_int_equal(stub_launches(), 0);
    assert_int_equal(stub_failed_probes(), 0);
    assert_int_equal(stub_calls(STUB_hipMalloc), 0);
}

static void solutions_are_those_of_the_decision(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(it)
    {
        const size_t expected = (it.shape->gemm ? 1U : 0U) + (it.shape->naive ? 1U : 0U);
        size_t count = 99;
        errno = EDOM;
        assert_int_equal(call_solution_count(&it, &count),
                         expected ? miopenStatusSuccess : miopenStatusNotImplemented);
        assert_int_equal(count, expected ? expected : 99);

        miopenConvSolution_t solutions[8];
        for (size_t room = 0; room <= 8; room++) {
            memset(solutions, 0x55, sizeof(solutions));
            count = 99;
            assert_int_equal(call_solution(&it, room, &count, solutions), miopenStatusSuccess);
            assert_int_equal(count, room < expected ? room : expected);
            if (count < 8)
                assert_int_equal(solutions[count].solution_id, 0x5555555555555555);
        }
        assert_int_equal(errno, EDOM);
        if (expected == 0)
            continue;
        assert_int_equal(solutions[0].solution_id, shape_preferred(it.shape));
        assert_int_equal(solutions[0].algorithm, shape_algorithm(it.shape));
        assert_int_equal(solutions[0].workspace_size, it.shape->workspace_bytes);
        assert_true(solutions[0].time > 0.0F);
        if (expected == 1)
            continue;
        assert_int_equal(solutions[1].solution_id, it.shape->naive);
        assert_int_equal(solutions[1].algorithm, 1);
        assert_int_equal(solutions[1].workspace_size, 0);
        assert_true(solutions[1].time > solutions[0].time);
    }
    assert_int_equal(stub_failed_probes(), 0);
}

/* Of another machine's database, of a saved program, of another direction, of the far future. */
static const uint64_t foreign_ids[] = {STUB_WINOGRAD_ID, 34, 1, 0, 92, 103, 1u << 20, UINT64_MAX};

static void foreign_ids_stand_for_the_preferred_solver(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(it)
    {
        for (size_t i = 0; i < sizeof(foreign_ids) / sizeof(foreign_ids[0]); i++) {
            const uint64_t id = foreign_ids[i];
            size_t bytes = 99;
            errno = EDOM;
            const miopenStatus_t asked = call_solution_workspace_size(&it, id, &bytes);
            const miopenStatus_t compiled = call_compile(&it, id);
            char workspace[1 << 17];
            const unsigned launches = stub_launches();
            const miopenStatus_t run = call_immediate(&it, workspace, sizeof(workspace), id);
            assert_int_equal(errno, EDOM);
            if (!shape_has_solver(it.shape)) {
                assert_int_equal(asked, miopenStatusBadParm);
                assert_int_equal(compiled, miopenStatusBadParm);
                assert_int_equal(run, miopenStatusBadParm);
                assert_int_equal(bytes, 99);
                assert_int_equal(stub_launches(), launches);
                continue;
            }
            assert_int_equal(asked, miopenStatusSuccess);
            assert_int_equal(bytes, it.shape->workspace_bytes);
            assert_int_equal(compiled, miopenStatusSuccess);
            assert_int_equal(stub_last(REAL_FUNCTION(it.shape, miopenConvolution, CompileSolution))
                                 ->arguments[5],
                             shape_preferred(it.shape));
            assert_int_equal(run, miopenStatusSuccess);
            assert_int_equal(stub_launches(), launches + 1);
            assert_int_equal(stub_last_launch()->id, shape_preferred(it.shape));
        }
    }
    assert_int_equal(stub_failed_probes(), 0);
}

static void own_ids_are_what_they_say(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(it)
    {
        char workspace[1 << 17];
        size_t bytes = 99;
        if (!it.shape->naive)
            continue;
        assert_int_equal(call_solution_workspace_size(&it, it.shape->naive, &bytes),
                         miopenStatusSuccess);
        assert_int_equal(bytes, 0);
        assert_int_equal(call_immediate(&it, NULL, 0, it.shape->naive), miopenStatusSuccess);
        assert_int_equal(stub_last_launch()->id, it.shape->naive);
        assert_int_equal(
            call_immediate(&it, workspace, sizeof(workspace), shape_preferred(it.shape)),
            miopenStatusSuccess);
        assert_int_equal(stub_last_launch()->id, shape_preferred(it.shape));
    }
    assert_int_equal(stub_calls(STUB_hipMalloc), 0);
}

static void assert_launched(const struct convolution *it, uint64_t id, const void *workspace)
{
    const struct stub_launch *launch = stub_last_launch();

    assert_int_equal(launch->id, id);
    assert_ptr_equal(launch->handle, it->handle);
    assert_ptr_equal(launch->a, it->a_data);
    assert_ptr_equal(launch->b, it->b_data);
    assert_ptr_equal(launch->c, it->c_data);
    if (it->shape->workspace_bytes && id == it->shape->gemm)
        assert_ptr_equal(launch->workspace, workspace);
}

/* The workspace the caller brought is enough, and is what is used. */
static void every_algorithm_runs_the_decision(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(it)
    {
        static const unsigned algorithms[] = {0, 1, 2, 3, 4, 5, 77};
        for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
            char workspace[1 << 17];
            const unsigned launches = stub_launches();
            const unsigned named =
                stub_calls(REAL_FUNCTION(it.shape, miopenConvolution, Immediate));
            errno = EDOM;
            const miopenStatus_t status =
                call_run_plain(&it, algorithms[i], workspace, sizeof(workspace));
            assert_int_equal(errno, EDOM);
            if (!shape_has_solver(it.shape)) {
                assert_int_equal(status, miopenStatusUnknownError);
                assert_int_equal(stub_launches(), launches);
                continue;
            }
            assert_int_equal(status, miopenStatusSuccess);
            assert_int_equal(stub_launches(), launches + 1);
            const uint64_t id = algorithms[i] == 1 ? it.shape->naive : shape_preferred(it.shape);
            assert_launched(&it, id, workspace);
            /* Of direct solvers MIOpen may have found another one: the naive one is named. */
            assert_int_equal(stub_calls(REAL_FUNCTION(it.shape, miopenConvolution, Immediate)),
                             named + (id == it.shape->naive));
        }
    }
    assert_int_equal(stub_calls(STUB_hipMalloc), 0);
    assert_int_equal(stub_failed_probes(), 0);
}

static void a_run_on_another_handle_than_find(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(it)
    {
        if (!shape_has_solver(it.shape))
            continue;
        char workspace[1 << 17];
        miopenConvAlgoPerf_t result;
        miopenHandle_t other = NULL;
        int returned = 0;
        assert_int_equal(call_find(&it, 1, &returned, &result, workspace, sizeof(workspace)),
                         miopenStatusSuccess);
        assert_int_equal(miopenCreate(&other), miopenStatusSuccess);
        it.handle = other;
        assert_int_equal(call_run_plain(&it, result.algorithm, workspace, sizeof(workspace)),
                         miopenStatusSuccess);
        assert_launched(&it, shape_preferred(it.shape), workspace);
        assert_int_equal(miopenDestroy(other), miopenStatusSuccess);
    }
}

/* A warm call asks the real MIOpen for nothing but what it must do. */
static void a_warm_call_costs_no_other(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(it)
    {
        if (!shape_has_solver(it.shape))
            continue;
        char workspace[1 << 17];
        size_t bytes = 0, count = 0;
        int returned = 0;
        miopenConvAlgoPerf_t result;
        miopenConvSolution_t solution;
        assert_int_equal(call_find(&it, 1, &returned, &result, NULL, 0), miopenStatusSuccess);
        const unsigned cold = stub_calls_total();
        call_workspace_size(&it, &bytes);
        call_find(&it, 1, &returned, &result, NULL, 0);
        call_solution_count(&it, &count);
        call_solution(&it, 1, &count, &solution);
        call_solution_workspace_size(&it, solution.solution_id, &bytes);
        call_compile(&it, solution.solution_id);
        assert_int_equal(stub_calls_total(), cold);
        call_immediate(&it, workspace, sizeof(workspace), solution.solution_id);
        assert_int_equal(stub_calls_total(), cold + 1);
        call_run_plain(&it, result.algorithm, workspace, sizeof(workspace));
        assert_int_equal(stub_calls_total(), cold + 2);
    }
}

static void gemm_over_the_library_s_limit_is_naive(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(it)
    {
        if (it.shape->workspace_bytes == 0)
            continue;
        stub_reset();
        stub_set_workspace_limit(it.shape->workspace_bytes - 1);
        size_t bytes = 99, count = 0;
        assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
        assert_int_equal(bytes, 0);
        assert_int_equal(call_solution_count(&it, &count), miopenStatusSuccess);
        assert_int_equal(count, 1);
        assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusSuccess);
        assert_launched(&it, it.shape->naive, NULL);
        assert_int_equal(call_immediate(&it, NULL, 0, it.shape->gemm), miopenStatusSuccess);
        assert_launched(&it, it.shape->naive, NULL);
        assert_int_equal(stub_failed_probes(), 1); /* MIOpen prints a line for each */
        stub_set_workspace_limit(SIZE_MAX);
        miopenDestroy(handle);
        miopenCreate(&handle); /* which forgets it */
    }
}

/* GEMM's kernels do not build here: every road leads to naive, and the failure is paid for once. */
static miopenStatus_t immediate_gemm(struct convolution *it)
{
    return call_immediate(it, NULL, 0, it->shape->gemm);
}

static miopenStatus_t run_gemm(struct convolution *it)
{
    return call_run_plain(it, 0, NULL, 0);
}

static miopenStatus_t find_first(struct convolution *it)
{
    miopenConvAlgoPerf_t result;
    int returned = 0;
    miopenStatus_t status = call_find(it, 1, &returned, &result, NULL, 0);

    if (status == miopenStatusSuccess)
        assert_int_equal(result.algorithm, 1);
    return status;
}

static miopenStatus_t compile_gemm(struct convolution *it)
{
    return call_compile(it, it->shape->gemm);
}

static void gemm_that_does_not_compile_is_naive(void **state)
{
    (void)state;
    static miopenStatus_t (*const roads[])(struct convolution *) = {find_first, compile_gemm,
                                                                    immediate_gemm, run_gemm};
    for (size_t first = 0; first < 4; first++) {
        FOR_EACH_SHAPE(it)
        {
            if (it.shape->gemm == 0)
                continue;
            const enum stub_function compile =
                REAL_FUNCTION(it.shape, miopenConvolution, CompileSolution);
            stub_reset();
            stub_fail_at(0);
            /* Probed, then compiled: the call that fails is the first of CompileSolution. */
            size_t bytes = 0;
            assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
            stub_fail_at(1);
            errno = EDOM;
            assert_int_equal(roads[first](&it), miopenStatusSuccess);
            assert_int_equal(errno, EDOM);
            assert_int_equal(stub_failed(), compile);
            assert_int_equal(stub_calls(compile), 2);
            for (size_t i = 0; i < 8; i++)
                assert_int_equal(roads[i % 4](&it), miopenStatusSuccess);
            assert_int_equal(stub_calls(compile), 2);
            assert_int_equal(stub_launches(), stub_launches_of(it.shape->naive));
            assert_int_equal(stub_calls(STUB_hipMalloc), 0);
            miopenDestroy(handle);
            miopenCreate(&handle);
        }
    }
}

static void nothing_compiles_is_said(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(it)
    {
        if (!shape_has_solver(it.shape))
            continue;
        const enum stub_function compile =
            REAL_FUNCTION(it.shape, miopenConvolution, CompileSolution);
        stub_answer(compile, miopenStatusInternalError);
        miopenConvAlgoPerf_t result;
        int returned = -1;
        assert_int_equal(call_find(&it, 1, &returned, &result, NULL, 0), miopenStatusUnknownError);
        assert_int_equal(returned, -1);
        assert_int_equal(call_compile(&it, it.shape->naive), miopenStatusInternalError);
        assert_int_equal(call_immediate(&it, NULL, 0, it.shape->naive), miopenStatusInternalError);
        assert_int_equal(call_run_plain(&it, 0, NULL, 0), miopenStatusInternalError);
        assert_int_equal(stub_launches(), 0);

        /* It was a passing weakness. */
        stub_answer(compile, STUB_NORMAL);
        assert_int_equal(call_find(&it, 1, &returned, &result, NULL, 0), miopenStatusSuccess);
        assert_int_equal(result.algorithm, shape_algorithm(it.shape));
    }
    assert_int_equal(stub_launches(), 0);
}

/* GEMM and naive know neither factor: MIOpen says itself what it makes of them. */
static void other_factors_are_forwarded(void **state)
{
    (void)state;
    const float one = 1.0F, zero = 0.0F, half = 0.5F;
    const float *factors[][2] = {{&half, &zero}, {&one, &one}, {&half, &half},
                                 {NULL, &zero},  {&one, NULL}, {NULL, NULL}};
    struct convolution it;
    convolution_open(&it, shape_named("3x3"), handle);
    for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
        stub_reset();
        assert_int_equal(call_run(&it, factors[i][0], factors[i][1], 5, &it, 3),
                         miopenStatusNotImplemented);
        const struct stub_record *record = stub_last(STUB_miopenConvolutionForward);
        assert_int_equal(stub_calls_total(), 1);
        assert_int_equal(record->arguments[1], (uintptr_t)factors[i][0]);
        assert_int_equal(record->arguments[7], 5);
        assert_int_equal(record->arguments[8], (uintptr_t)factors[i][1]);
        assert_int_equal(record->arguments[11], (uintptr_t)&it);
        assert_int_equal(record->arguments[12], 3);
    }
    assert_int_equal(stub_launches(), 0);
    convolution_close(&it);
}

static void a_tensor_with_gaps_is_naive(void **state)
{
    (void)state;
    struct convolution it;
    convolution_open(&it, shape_named("3x3"), handle);
    /* Rows of 16 where 12 are used: GEMM would read on as if there were no gap. */
    const int lengths[4] = {1, 16, 12, 12}, strides[4] = {16 * 12 * 16, 12 * 16, 16, 1};
    assert_int_equal(miopenSetTensorDescriptor(it.b, TYPE_FP32, 4, lengths, strides),
                     miopenStatusSuccess);
    size_t count = 0;
    miopenConvSolution_t solution;
    assert_int_equal(call_solution(&it, 1, &count, &solution), miopenStatusSuccess);
    if (stub_is_before(3, 0)) {
        assert_int_equal(count, 0); /* the naive kernels of MIOpen 2 would do the same */
    } else {
        assert_int_equal(count, 1);
        assert_int_equal(solution.solution_id, 85);
    }
    assert_int_equal(stub_failed_probes(), 0);
    convolution_close(&it);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(workspace_size_is_that_of_the_solver),
        TEST(find_answers_without_searching),
        TEST(solutions_are_those_of_the_decision),
        TEST(foreign_ids_stand_for_the_preferred_solver),
        TEST(own_ids_are_what_they_say),
        TEST(every_algorithm_runs_the_decision),
        TEST(a_run_on_another_handle_than_find),
        TEST(a_warm_call_costs_no_other),
        TEST(gemm_over_the_library_s_limit_is_naive),
        TEST(gemm_that_does_not_compile_is_naive),
        TEST(nothing_compiles_is_said),
        TEST(other_factors_are_forwarded),
        TEST(a_tensor_with_gaps_is_naive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
