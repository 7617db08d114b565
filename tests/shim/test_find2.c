/*
 * The searches of Find 2.0 on an RDNA1 card: answered without a launch, by solutions of MIOpen's
 * own, as their options and problems want it; what has no convolution in it is left alone.
 */
#include "find2_fixture.h"

static size_t workspace_of(miopenSolution_t solution)
{
    size_t bytes = 99;

    assert_int_equal(miopenGetSolutionWorkspaceSize(solution, &bytes), miopenStatusSuccess);
    return bytes;
}

static float time_of(miopenSolution_t solution)
{
    float time = -1;

    assert_int_equal(miopenGetSolutionTime(solution, &time), miopenStatusSuccess);
    return time;
}

/* --- Searches --------------------------------------------------------------------------------- */

static void every_shape_finds_what_was_decided(void **state)
{
    (void)state;
    for (size_t i = 0; i < shapes_count; i++) {
        const struct shape *shape = &shapes[i];
        struct convolution it;
        convolution_open(&it, shape, handle);
        struct found found = find(&it, NULL, MAX);
        const size_t count = (shape->gemm ? 1U : 0U) + (shape->naive ? 1U : 0U);
        print_message("# %s\n", shape->name);
        assert_int_equal(found.status, count > 0 ? miopenStatusSuccess : miopenStatusUnknownError);
        assert_int_equal(found.count, count);
        if (count > 0) {
            assert_int_equal(id_of(found.solutions[0]), shape_preferred(shape));
            assert_int_equal(workspace_of(found.solutions[0]), shape->workspace_bytes);
        }
        if (count > 1) {
            assert_int_equal(id_of(found.solutions[1]), shape->naive);
            assert_int_equal(workspace_of(found.solutions[1]), 0);
            assert_true(time_of(found.solutions[0]) > 0);
            assert_true(time_of(found.solutions[1]) > time_of(found.solutions[0]));
        }
        assert_int_equal(stub_calls(STUB_miopenFindSolutions), 0);
        assert_int_equal(stub_launches(), 0);
        found_destroy(&found);
        convolution_close(&it);
    }
}

static void no_more_than_asked_for(void **state)
{
    (void)state;
    struct convolution it;
    miopenProblem_t problem;
    miopenSolution_t solution = NULL;
    convolution_open(&it, shape_named("3x3"), handle);
    struct found found = find(&it, NULL, 1);
    assert_int_equal(found.status, miopenStatusSuccess);
    assert_int_equal(found.count, 1);
    assert_int_equal(id_of(found.solutions[0]), 91);
    assert_null(found.solutions[1]);
    found_destroy(&found);
    found = find(&it, NULL, 0);
    assert_int_equal(found.status, miopenStatusSuccess);
    assert_int_equal(found.count, 0);

    /* Nobody has to take the count. */
    find2_open(&it, &problem);
    assert_int_equal(miopenFindSolutions(handle, problem, NULL, &solution, NULL, 1),
                     miopenStatusSuccess);
    assert_int_equal(id_of(solution), 91);
    miopenDestroySolution(solution);
    miopenDestroyProblem(problem);
    convolution_close(&it);
}

/* NAIVE and GEMM: the ids that a search with the options gives, in order; 0: none. */
static void assert_found(const struct convolution *it, miopenFindOptions_t options, uint64_t first,
                         uint64_t second)
{
    struct found found = find(it, options, MAX);

    assert_int_equal(found.count, (first ? 1 : 0) + (second ? 1 : 0));
    if (first)
        assert_int_equal(id_of(found.solutions[0]), first);
    if (second)
        assert_int_equal(id_of(found.solutions[1]), second);
    found_destroy(&found);
}

static void the_workspace_must_do(void **state)
{
    (void)state;
    const struct shape *shape = shape_named("3x3");
    struct convolution it;
    miopenFindOptions_t options = NULL;
    convolution_open(&it, shape, handle);
    assert_int_equal(miopenCreateFindOptions(&options), miopenStatusSuccess);
    assert_found(&it, options, 91, 85);
    miopenSetFindOptionWorkspaceLimit(options, shape->workspace_bytes);
    assert_found(&it, options, 91, 85);
    miopenSetFindOptionWorkspaceLimit(options, shape->workspace_bytes - 1);
    assert_found(&it, options, 85, 0);
    miopenSetFindOptionWorkspaceLimit(options, 0);
    assert_found(&it, options, 85, 0);
    /* A workspace that is given is what counts. */
    miopenSetFindOptionPreallocatedWorkspace(options, workspace, shape->workspace_bytes);
    assert_found(&it, options, 91, 85);
    miopenSetFindOptionPreallocatedWorkspace(options, workspace, shape->workspace_bytes - 1);
    assert_found(&it, options, 85, 0);
    miopenSetFindOptionPreallocatedWorkspace(options, NULL, 0);
    miopenSetFindOptionWorkspaceLimit(options, SIZE_MAX);
    assert_found(&it, options, 85, 0);
    miopenDestroyFindOptions(options);
    convolution_close(&it);
}

static void in_the_order_asked_for(void **state)
{
    (void)state;
    struct convolution it;
    miopenFindOptions_t options = NULL;
    convolution_open(&it, shape_named("3x3"), handle);
    assert_int_equal(miopenCreateFindOptions(&options), miopenStatusSuccess);
    miopenSetFindOptionResultsOrder(options, miopenFindResultsOrderByWorkspaceSize);
    assert_found(&it, options, 85, 91);
    miopenSetFindOptionResultsOrder(options, miopenFindResultsOrderByTime);
    assert_found(&it, options, 91, 85);
    /* Where both need the same, the quicker one stays in front. */
    miopenSetFindOptionResultsOrder(options, miopenFindResultsOrderByWorkspaceSize);
    convolution_close(&it);
    convolution_open(&it, shape_named("1x1"), handle);
    assert_found(&it, options, 88, 85);
    miopenDestroyFindOptions(options);
    convolution_close(&it);
}

static void options_end_with_their_object(void **state)
{
    (void)state;
    struct convolution it;
    miopenFindOptions_t options = NULL, again = NULL;
    convolution_open(&it, shape_named("3x3"), handle);
    stub_reuse_addresses(true);
    assert_int_equal(miopenCreateFindOptions(&options), miopenStatusSuccess);
    miopenSetFindOptionWorkspaceLimit(options, 1);
    miopenDestroyFindOptions(options);
    assert_int_equal(miopenCreateFindOptions(&again), miopenStatusSuccess);
    assert_ptr_equal(again, options);
    assert_found(&it, again, 91, 85);
    miopenDestroyFindOptions(again);
    convolution_close(&it);
}

/* An option that MIOpen did not take is none. */
static void a_refused_option_is_not_set(void **state)
{
    (void)state;
    struct convolution it;
    miopenFindOptions_t options = NULL;
    convolution_open(&it, shape_named("3x3"), handle);
    assert_int_equal(miopenCreateFindOptions(&options), miopenStatusSuccess);
    stub_answer(STUB_miopenSetFindOptionWorkspaceLimit, miopenStatusInternalError);
    assert_int_equal(miopenSetFindOptionWorkspaceLimit(options, 1), miopenStatusInternalError);
    stub_answer(STUB_miopenSetFindOptionWorkspaceLimit, STUB_NORMAL);
    assert_found(&it, options, 91, 85);
    miopenDestroyFindOptions(options);
    convolution_close(&it);
}

/* MIOpen must take a solution for what was written: else there is none, and nothing is left. */
static void a_solution_that_is_another_is_none(void **state)
{
    (void)state;
    static const enum stub_function asked[] = {STUB_miopenLoadSolution,
                                               STUB_miopenGetSolutionSolverId,
                                               STUB_miopenGetSolutionWorkspaceSize};
    struct convolution it;
    convolution_open(&it, shape_named("3x3"), handle);
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        stub_answer(asked[i], miopenStatusSuccess); /* and nothing is written */
        struct found found = find(&it, NULL, MAX);
        /* Naive needs no workspace: the 0 that nobody wrote is right. */
        const bool right = asked[i] == STUB_miopenGetSolutionWorkspaceSize;
        assert_int_equal(found.status, right ? miopenStatusSuccess : miopenStatusUnknownError);
        assert_int_equal(found.count, right ? 1 : 0);
        stub_answer(asked[i], STUB_NORMAL);
        found_destroy(&found);
    }
    stub_answer(STUB_miopenLoadSolution, miopenStatusVersionMismatch);
    struct found found = find(&it, NULL, MAX);
    assert_int_equal(found.status, miopenStatusUnknownError);
    assert_int_equal(found.count, 0);
    stub_answer(STUB_miopenLoadSolution, STUB_NORMAL);
    /* One that does not say what it is, is not another. */
    stub_answer(STUB_miopenGetSolutionSolverId, miopenStatusInternalError);
    stub_answer(STUB_miopenGetSolutionWorkspaceSize, miopenStatusInternalError);
    found = find(&it, NULL, MAX);
    assert_int_equal(found.count, 2);
    found_destroy(&found);
    convolution_close(&it);
}

/* --- Problems --------------------------------------------------------------------------------- */

static miopenStatus_t find_by(miopenProblem_t problem, size_t *count)
{
    struct found found = find_for(handle, problem, NULL, MAX);

    *count = found.count;
    found_destroy(&found);
    return found.status;
}

/* MIOpen has copied what it was told: so what becomes of the descriptors is of no matter. */
static void a_problem_is_what_it_was_told(void **state)
{
    (void)state;
    struct convolution it;
    miopenProblem_t problem;
    convolution_open(&it, shape_named("dilated"), handle);
    find2_open(&it, &problem);
    miopenInitConvolutionDescriptor(it.descriptor, 0, 0, 0, 1, 1, 1, 1);
    miopenSet4dTensorDescriptor(it.a, 6, 1, 1, 1, 1);
    convolution_close(&it);
    struct found found = find_for(handle, problem, NULL, 1);
    assert_int_equal(found.status, miopenStatusSuccess);
    assert_int_equal(id_of(found.solutions[0]), 91);
    assert_int_equal(workspace_of(found.solutions[0]), 56448);
    found_destroy(&found);
    miopenDestroyProblem(problem);
}

/* Of two tensors under one number MIOpen keeps the first. */
static void the_first_tensor_stays(void **state)
{
    (void)state;
    struct convolution it, other;
    miopenProblem_t problem;
    convolution_open(&it, shape_named("3x3"), handle);
    convolution_open(&other, shape_named("channels last"), handle);
    find2_open(&it, &problem);
    miopenSetProblemTensorDescriptor(problem, miopenTensorConvolutionX,
                                     find2_tensor(&other, miopenTensorConvolutionX));
    struct found found = find_for(handle, problem, NULL, 1);
    assert_int_equal(found.status, miopenStatusSuccess);
    assert_int_equal(id_of(found.solutions[0]), 91);
    found_destroy(&found);
    miopenDestroyProblem(problem);
    convolution_close(&other);
    convolution_close(&it);
}

/* A search for the convolution finds nothing, and says so. */
static void assert_none_found(const struct convolution *it, miopenStatus_t status)
{
    miopenProblem_t problem;
    size_t count;

    find2_open(it, &problem);
    assert_int_equal(find_by(problem, &count), status);
    assert_int_equal(count, 0);
    miopenDestroyProblem(problem);
}

static void what_is_no_whole_convolution_is_refused(void **state)
{
    (void)state;
    struct convolution it;
    miopenProblem_t problem = NULL;
    miopenTensorDescriptor_t line = NULL;
    miopenSolution_t solution = NULL;
    size_t count;
    convolution_open(&it, shape_named("3x3"), handle);

    /* Too few tensors, and one too many. */
    miopenCreateConvProblem(&problem, it.descriptor, miopenProblemDirectionForward);
    for (int id = miopenTensorConvolutionX; id <= miopenTensorConvolutionY; id++) {
        assert_int_equal(find_by(problem, &count), miopenStatusInvalidValue);
        assert_int_equal(count, 0);
        miopenSetProblemTensorDescriptor(problem, (miopenTensorArgumentId_t)id,
                                         find2_tensor(&it, id));
    }
    assert_int_equal(find_by(problem, &count), miopenStatusSuccess);
    assert_int_equal(miopenFindSolutions(handle, problem, NULL, NULL, &count, 1),
                     miopenStatusBadParm);
    assert_int_equal(miopenFindSolutions(handle, problem, NULL, &solution, &count, 0),
                     miopenStatusSuccess);
    miopenSetProblemTensorDescriptor(problem, (miopenTensorArgumentId_t)17, it.a);
    assert_int_equal(find_by(problem, &count), miopenStatusInvalidValue);
    miopenDestroyProblem(problem);

    /* A direction that convolutions do not have. */
    miopenCreateConvProblem(&problem, it.descriptor, (miopenProblemDirection_t)4);
    for (int id = miopenTensorConvolutionX; id <= miopenTensorConvolutionY; id++)
        miopenSetProblemTensorDescriptor(problem, (miopenTensorArgumentId_t)id,
                                         find2_tensor(&it, id));
    assert_int_equal(find_by(problem, &count), miopenStatusUnsupportedOp);
    miopenDestroyProblem(problem);

    /* One dimension, which the shim does not know. */
    miopenCreateTensorDescriptor(&line);
    miopenSetTensorDescriptor(line, TYPE_FP32, 3, (const int[]){1, 16, 8},
                              (const int[]){128, 8, 1});
    struct convolution other = it;
    other.a = other.b = other.c = line;
    assert_none_found(&other, miopenStatusUnsupportedOp);
    miopenDestroyTensorDescriptor(line);

    /* Casts, which no solution keeps. */
    miopenSetTensorCastType(it.a, TYPE_FP8);
    assert_none_found(&it, miopenStatusUnsupportedOp);
    miopenSetTensorCastType(it.a, TYPE_FP32);

    /* Dimensions that do not agree. */
    struct convolution deep;
    convolution_open(&deep, shape_named("3-D"), handle);
    other = it;
    other.descriptor = deep.descriptor;
    assert_none_found(&other, miopenStatusBadParm);
    convolution_close(&deep);
    convolution_close(&it);
    assert_int_equal(stub_launches(), 0);
    assert_int_equal(stub_calls(STUB_miopenFindSolutions), 0);
}

/* In whichever order: with a convolution in it there is no solver but bad ones for it. */
static void a_fused_convolution_is_refused(void **state)
{
    (void)state;
    for (int convolution_first = 0; convolution_first < 2; convolution_first++) {
        struct convolution it;
        miopenProblem_t problem, bias = NULL;
        size_t count;
        convolution_open(&it, shape_named("3x3"), handle);
        find2_open(&it, &problem);
        miopenCreateBiasProblem(&bias, miopenProblemDirectionForward);
        assert_int_equal(convolution_first ? miopenFuseProblems(problem, bias)
                                           : miopenFuseProblems(bias, problem),
                         miopenStatusSuccess);
        assert_int_equal(find_by(convolution_first ? problem : bias, &count),
                         miopenStatusUnsupportedOp);
        assert_int_equal(count, 0);
        /* The second of them stays what it was. */
        assert_int_equal(find_by(convolution_first ? bias : problem, &count), miopenStatusSuccess);
        miopenDestroyProblem(problem);
        miopenDestroyProblem(bias);
        convolution_close(&it);
    }
    assert_int_equal(stub_launches(), 0);
}

static void what_has_no_convolution_is_mio_open_s(void **state)
{
    (void)state;
    struct convolution it;
    miopenProblem_t problem = NULL, other = NULL;
    miopenSolution_t solution = NULL;
    size_t count = 0;
    stub_reuse_addresses(true);
    convolution_open(&it, shape_named("3x3"), handle);
    find2_open(&it, &problem);
    miopenDestroyProblem(problem);
    /* Where a convolution's problem was. */
    miopenCreateBiasProblem(&other, miopenProblemDirectionForward);
    assert_ptr_equal(other, problem);
    miopenSetProblemTensorDescriptor(other, (miopenTensorArgumentId_t)40, it.a);
    for (unsigned round = 1; round <= 2; round++) {
        assert_int_equal(
            miopenFindSolutions(handle, other, NULL, &solution, round == 1 ? NULL : &count, MAX),
            miopenStatusSuccess);
        assert_int_equal(stub_calls(STUB_miopenFindSolutions), round);
        assert_int_equal(id_of(solution), STUB_BIAS_ID);
        assert_int_equal(find2_run(&it, solution, NULL, 0), miopenStatusSuccess);
        assert_int_equal(stub_calls(STUB_miopenRunSolution), round);
        assert_int_equal(stub_last_launch()->id, STUB_BIAS_ID);
        miopenDestroySolution(solution);
    }
    assert_int_equal(count, 1);
    assert_int_equal(stub_calls(STUB_miopenSaveSolution), 0);
    assert_int_equal(miopenFuseProblems(other, other), miopenStatusSuccess);
    assert_int_equal(find_by(other, &count), miopenStatusSuccess);
    assert_int_equal(stub_launches_of(STUB_WINOGRAD_ID), 0);
    miopenDestroyProblem(other);
    convolution_close(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_shape_finds_what_was_decided),
        TEST(no_more_than_asked_for),
        TEST(the_workspace_must_do),
        TEST(in_the_order_asked_for),
        TEST(options_end_with_their_object),
        TEST(a_refused_option_is_not_set),
        TEST(a_solution_that_is_another_is_none),
        TEST(a_problem_is_what_it_was_told),
        TEST(the_first_tensor_stays),
        TEST(what_is_no_whole_convolution_is_refused),
        TEST(a_fused_convolution_is_refused),
        TEST(what_has_no_convolution_is_mio_open_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
