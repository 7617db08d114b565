/*
 * Find 2.0 on an RDNA1 card: searches are answered without a launch, by solutions of MIOpen's own;
 * solutions run by the decision or not at all; what has no convolution in it is left alone. With
 * "mixed" the machine has another card as well.
 */
#include "find2.h"
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX 4

static bool mixed;
static char workspace[1 << 17];

static int setup_find2(void **state)
{
    static const char *const cards[] = {"0000:0c:00.0", "0000:1b:00.0"}; /* Navi 10, Navi 31 */

    if (mixed) {
        stub_set_devices(cards, 2);
        if (hipSetDevice(0) != 0)
            return -1;
    }
    return setup(state);
}

static int teardown_find2(void **state)
{
    const int r = teardown(state);

    assert_int_equal(stub_objects_live(), 0);
    return r;
}

struct found {
    miopenStatus_t status;
    size_t count;
    miopenSolution_t solutions[MAX];
};

static struct found find(const struct convolution *it, miopenFindOptions_t options, size_t max)
{
    struct found found = {.count = 99};
    miopenProblem_t problem;

    find2_open(it, &problem);
    found.status =
        miopenFindSolutions(it->handle, problem, options, found.solutions, &found.count, max);
    assert_int_equal(miopenDestroyProblem(problem), miopenStatusSuccess);
    return found;
}

static void found_destroy(struct found *found)
{
    for (size_t i = 0; i < found->count; i++)
        assert_int_equal(miopenDestroySolution(found->solutions[i]), miopenStatusSuccess);
    found->count = 0;
}

static uint64_t id_of(miopenSolution_t solution)
{
    uint64_t id = 0;

    assert_int_equal(miopenGetSolutionSolverId(solution, &id), miopenStatusSuccess);
    return id;
}

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

static void assert_launched(struct convolution *it, uint64_t id)
{
    const struct stub_launch *launch = stub_last_launch();

    assert_int_equal(launch->id, id);
    assert_ptr_equal(launch->handle, it->handle);
    assert_ptr_equal(launch->a, it->a_data);
    assert_ptr_equal(launch->b, it->b_data);
    assert_ptr_equal(launch->c, it->c_data);
}

/* --- Searches -------------------------------------------------------------------------------- */

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

/* The search compiles; the run then launches at once what it names, with what it was given. */
static void every_solution_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < shapes_count; i++) {
        const struct shape *shape = &shapes[i];
        struct convolution it;
        convolution_open(&it, shape, handle);
        struct found found = find(&it, NULL, MAX);
        const unsigned compiled =
            stub_calls(REAL_FUNCTION(shape, miopenConvolution, CompileSolution));
        for (size_t s = 0; s < found.count; s++) {
            print_message("# %s %zu\n", shape->name, s);
            assert_int_equal(find2_run(&it, found.solutions[s], workspace, sizeof(workspace)),
                             miopenStatusSuccess);
            assert_launched(&it, id_of(found.solutions[s]));
            assert_ptr_equal(stub_last_launch()->workspace, workspace);
        }
        assert_int_equal(stub_calls(REAL_FUNCTION(shape, miopenConvolution, CompileSolution)),
                         compiled);
        assert_int_equal(stub_calls(STUB_miopenRunSolution), 0);
        assert_int_equal(stub_calls(STUB_hipMalloc), 0);
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

/* --- Problems -------------------------------------------------------------------------------- */

static miopenStatus_t find_by(miopenProblem_t problem, size_t *count)
{
    miopenSolution_t solutions[MAX] = {NULL};

    *count = 99;
    const miopenStatus_t status = miopenFindSolutions(handle, problem, NULL, solutions, count, MAX);
    for (size_t i = 0; i < *count && i < MAX; i++)
        miopenDestroySolution(solutions[i]);
    return status;
}

/* MIOpen has copied what it was told: so what becomes of the descriptors is of no matter. */
static void a_problem_is_what_it_was_told(void **state)
{
    (void)state;
    struct convolution it;
    miopenProblem_t problem;
    size_t count;
    convolution_open(&it, shape_named("dilated"), handle);
    find2_open(&it, &problem);
    miopenInitConvolutionDescriptor(it.descriptor, 0, 0, 0, 1, 1, 1, 1);
    miopenSet4dTensorDescriptor(it.a, 6, 1, 1, 1, 1);
    convolution_close(&it);
    miopenSolution_t solution = NULL;
    assert_int_equal(miopenFindSolutions(handle, problem, NULL, &solution, &count, 1),
                     miopenStatusSuccess);
    assert_int_equal(id_of(solution), 91);
    assert_int_equal(workspace_of(solution), 56448);
    miopenDestroySolution(solution);
    miopenDestroyProblem(problem);
}

/* Of two tensors under one number MIOpen keeps the first. */
static void the_first_tensor_stays(void **state)
{
    (void)state;
    struct convolution it, other;
    miopenProblem_t problem;
    miopenSolution_t solution = NULL;
    size_t count;
    convolution_open(&it, shape_named("3x3"), handle);
    convolution_open(&other, shape_named("channels last"), handle);
    find2_open(&it, &problem);
    miopenSetProblemTensorDescriptor(problem, miopenTensorConvolutionX,
                                     find2_tensor(&other, miopenTensorConvolutionX));
    assert_int_equal(miopenFindSolutions(handle, problem, NULL, &solution, &count, 1),
                     miopenStatusSuccess);
    assert_int_equal(id_of(solution), 91);
    miopenDestroySolution(solution);
    miopenDestroyProblem(problem);
    convolution_close(&other);
    convolution_close(&it);
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
    miopenCreateConvProblem(&problem, it.descriptor, miopenProblemDirectionForward);
    for (int id = miopenTensorConvolutionX; id <= miopenTensorConvolutionY; id++)
        miopenSetProblemTensorDescriptor(problem, (miopenTensorArgumentId_t)id, line);
    assert_int_equal(find_by(problem, &count), miopenStatusUnsupportedOp);
    miopenDestroyProblem(problem);
    miopenDestroyTensorDescriptor(line);

    /* Casts, which no solution keeps. */
    miopenSetTensorCastType(it.a, TYPE_FP8);
    find2_open(&it, &problem);
    assert_int_equal(find_by(problem, &count), miopenStatusUnsupportedOp);
    miopenDestroyProblem(problem);
    miopenSetTensorCastType(it.a, TYPE_FP32);

    /* Dimensions that do not agree. */
    struct convolution deep;
    convolution_open(&deep, shape_named("3-D"), handle);
    miopenCreateConvProblem(&problem, deep.descriptor, miopenProblemDirectionForward);
    for (int id = miopenTensorConvolutionX; id <= miopenTensorConvolutionY; id++)
        miopenSetProblemTensorDescriptor(problem, (miopenTensorArgumentId_t)id,
                                         find2_tensor(&it, id));
    assert_int_equal(find_by(problem, &count), miopenStatusBadParm);
    assert_int_equal(count, 0);
    miopenDestroyProblem(problem);
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

/* --- Runs ------------------------------------------------------------------------------------ */

static miopenSolution_t one_solution(const struct convolution *it, uint64_t id)
{
    struct found found = find(it, NULL, MAX);
    miopenSolution_t solution = NULL;

    for (size_t i = 0; i < found.count; i++) {
        if (!solution && id_of(found.solutions[i]) == id)
            solution = found.solutions[i];
        else
            miopenDestroySolution(found.solutions[i]);
    }
    assert_non_null(solution);
    return solution;
}

static void too_little_workspace_is_made_up_for(void **state)
{
    (void)state;
    struct convolution it;
    convolution_open(&it, shape_named("3x3"), handle);
    miopenSolution_t solution = one_solution(&it, 91);
    assert_int_equal(find2_run(&it, solution, NULL, 0), miopenStatusSuccess);
    assert_launched(&it, 91);
    assert_int_equal(stub_last_launch()->workspace_bytes, 82944);
    assert_int_equal(find2_run(&it, solution, workspace, 82943), miopenStatusSuccess);
    assert_launched(&it, 91);
    assert_ptr_not_equal(stub_last_launch()->workspace, workspace);
    /* Where there is none to be had the naive solver does it. */
    stub_set_capture(true);
    assert_int_equal(find2_run(&it, solution, workspace, 82943), miopenStatusSuccess);
    assert_launched(&it, 85);
    stub_set_capture(false);
    miopenDestroySolution(solution);
    convolution_close(&it);
}

/* A handle of the same card that has not searched. */
static void another_handle_runs_it_as_well(void **state)
{
    (void)state;
    struct convolution it;
    miopenHandle_t first = handle, second = NULL;
    convolution_open(&it, shape_named("3x3 weights"), handle);
    miopenSolution_t solution = one_solution(&it, 102);
    assert_int_equal(miopenCreate(&second), miopenStatusSuccess);
    it.handle = second;
    assert_int_equal(find2_run(&it, solution, workspace, sizeof(workspace)), miopenStatusSuccess);
    assert_launched(&it, 102);
    assert_int_equal(miopenDestroy(second), miopenStatusSuccess);
    it.handle = first;
    assert_int_equal(find2_run(&it, solution, workspace, sizeof(workspace)), miopenStatusSuccess);
    assert_launched(&it, 102);
    miopenDestroySolution(solution);
    convolution_close(&it);
}

/* The tensors as the run describes them are what is decided on. */
static void a_run_may_describe_other_tensors(void **state)
{
    (void)state;
    struct convolution it, last, more;
    struct shape batch = *shape_named("3x3");
    batch.n = 3;
    convolution_open(&it, shape_named("3x3"), handle);
    convolution_open(&last, shape_named("channels last"), handle);
    convolution_open(&more, &batch, handle);
    miopenSolution_t solution = one_solution(&it, 91);
    assert_int_equal(find2_run_described(&it, solution, &more, workspace, sizeof(workspace)),
                     miopenStatusSuccess);
    assert_launched(&it, 91);
    assert_int_equal(find2_run_described(&it, solution, &last, workspace, sizeof(workspace)),
                     miopenStatusSuccess);
    assert_launched(&it, 85);
    assert_int_equal(find2_run(&it, solution, workspace, sizeof(workspace)), miopenStatusSuccess);
    assert_launched(&it, 91);
    miopenDestroySolution(solution);
    convolution_close(&more);
    convolution_close(&last);
    convolution_close(&it);
}

static void a_run_needs_its_three_tensors(void **state)
{
    (void)state;
    struct convolution it;
    miopenTensorDescriptor_t nothing = NULL;
    convolution_open(&it, shape_named("3x3"), handle);
    miopenSolution_t solution = one_solution(&it, 91);
    const miopenTensorArgument_t good[4] = {{miopenTensorConvolutionX, NULL, it.b_data},
                                            {miopenTensorConvolutionW, NULL, it.a_data},
                                            {miopenTensorConvolutionY, NULL, it.c_data},
                                            {miopenTensorConvolutionY, NULL, workspace}};
    for (size_t missing = 0; missing < 3; missing++) {
        miopenTensorArgument_t tensors[3];
        memcpy(tensors, good, sizeof(tensors));
        tensors[missing].id = (miopenTensorArgumentId_t)(missing ? 40 : 0);
        assert_int_equal(
            miopenRunSolution(handle, solution, 3, tensors, workspace, sizeof(workspace)),
            miopenStatusInvalidValue);
        memcpy(tensors, good, sizeof(tensors));
        tensors[missing].descriptor = &nothing;
        assert_int_equal(
            miopenRunSolution(handle, solution, 3, tensors, workspace, sizeof(workspace)),
            miopenStatusBadParm);
    }
    assert_int_equal(miopenRunSolution(handle, solution, 0, NULL, workspace, sizeof(workspace)),
                     miopenStatusInvalidValue);
    assert_int_equal(miopenRunSolution(handle, solution, 2, good, workspace, sizeof(workspace)),
                     miopenStatusInvalidValue);
    assert_int_equal(stub_launches(), 0);
    /* Of two the first. */
    assert_int_equal(miopenRunSolution(handle, solution, 4, good, workspace, sizeof(workspace)),
                     miopenStatusSuccess);
    assert_launched(&it, 91);
    miopenDestroySolution(solution);
    convolution_close(&it);
}

static void warm_runs_ask_nothing(void **state)
{
    (void)state;
    struct convolution it;
    convolution_open(&it, shape_named("3x3"), handle);
    miopenSolution_t solution = one_solution(&it, 91);
    assert_int_equal(find2_run(&it, solution, workspace, sizeof(workspace)), miopenStatusSuccess);
    stub_reset_calls();
    assert_int_equal(find2_run(&it, solution, workspace, sizeof(workspace)), miopenStatusSuccess);
    assert_int_equal(stub_calls_total(), 1);
    miopenDestroySolution(solution);
    convolution_close(&it);
}

static void errno_is_the_program_s(void **state)
{
    (void)state;
    struct convolution it;
    miopenProblem_t problem;
    miopenSolution_t solution = NULL;
    miopenFindOptions_t options = NULL;
    char data[4096];
    size_t size = 0;
    convolution_open(&it, shape_named("3x3"), handle);
    stub_disturb_errno(true);
    errno = EDOM;
    find2_open(&it, &problem);
    assert_int_equal(errno, EDOM);
    miopenCreateFindOptions(&options);
    miopenSetFindOptionWorkspaceLimit(options, 1 << 20);
    assert_int_equal(miopenFindSolutions(handle, problem, options, &solution, NULL, 1),
                     miopenStatusSuccess);
    assert_int_equal(errno, EDOM);
    assert_int_equal(find2_run(&it, solution, NULL, 0), miopenStatusSuccess);
    assert_int_equal(errno, EDOM);
    stub_disturb_errno(false);
    miopenGetSolutionSize(solution, &size);
    assert_in_range(size, 1, sizeof(data));
    miopenSaveSolution(solution, data);
    miopenDestroySolution(solution);
    stub_disturb_errno(true);
    errno = EDOM;
    assert_int_equal(miopenLoadSolution(&solution, data, size), miopenStatusSuccess);
    assert_int_equal(find2_run(&it, solution, NULL, 0), miopenStatusSuccess);
    miopenDestroySolution(solution);
    miopenDestroyFindOptions(options);
    miopenDestroyProblem(problem);
    assert_int_equal(errno, EDOM);
    stub_disturb_errno(false);
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

/* --- Solutions from elsewhere ---------------------------------------------------------------- */

struct saved {
    char data[4096];
    size_t size;
};

static void save(miopenSolution_t solution, struct saved *saved)
{
    assert_int_equal(miopenGetSolutionSize(solution, &saved->size), miopenStatusSuccess);
    assert_in_range(saved->size, 1, sizeof(saved->data));
    assert_int_equal(miopenSaveSolution(solution, saved->data), miopenStatusSuccess);
}

/* The solution with another word in the place of one: its solver's name, or a key. */
static void reword(struct saved *saved, const char *from, const char *to)
{
    char *at = memmem(saved->data, saved->size, from, strlen(from));

    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    for (size_t i = 0; to[i]; i++)
        at[i] = to[i];
}

static void what_was_saved_runs_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < shapes_count; i++) {
        const struct shape *shape = &shapes[i];
        struct convolution it;
        struct saved saved;
        convolution_open(&it, shape, handle);
        struct found found = find(&it, NULL, MAX);
        for (size_t s = 0; s < found.count; s++) {
            miopenSolution_t loaded = NULL;
            const uint64_t id = id_of(found.solutions[s]);
            save(found.solutions[s], &saved);
            assert_int_equal(miopenDestroySolution(found.solutions[s]), miopenStatusSuccess);
            assert_int_equal(miopenLoadSolution(&loaded, saved.data, saved.size),
                             miopenStatusSuccess);
            assert_int_equal(id_of(loaded), id);
            assert_int_equal(find2_run(&it, loaded, workspace, sizeof(workspace)),
                             miopenStatusSuccess);
            assert_launched(&it, id);
            assert_int_equal(miopenDestroySolution(loaded), miopenStatusSuccess);
        }
        convolution_close(&it);
    }
}

/* With every card of the machine RDNA1, already loading it is refused; else running it. */
static void assert_refused(struct convolution *it, const struct saved *saved)
{
    miopenSolution_t loaded = NULL;

    stub_reset_calls();
    const miopenStatus_t status = miopenLoadSolution(&loaded, saved->data, saved->size);
    if (mixed) {
        assert_int_equal(status, miopenStatusSuccess);
        assert_int_equal(find2_run(it, loaded, workspace, sizeof(workspace)),
                         miopenStatusUnsupportedOp);
        assert_int_equal(stub_calls(STUB_miopenRunSolution), 0);
        miopenDestroySolution(loaded);
    } else {
        assert_int_equal(status, miopenStatusUnsupportedOp);
        assert_null(loaded);
        assert_int_equal(stub_calls(STUB_miopenLoadSolution), 0);
    }
    assert_int_equal(stub_launches(), 0);
}

static void a_forbidden_one_is_refused(void **state)
{
    (void)state;
    struct convolution it;
    struct saved saved;
    convolution_open(&it, shape_named("3x3"), handle);
    miopenSolution_t solution = one_solution(&it, 91);
    save(solution, &saved);
    miopenDestroySolution(solution);
    reword(&saved, "GemmFwdRest", "ConvAsm3x3U");
    assert_refused(&it, &saved);
    /* A solver that is allowed, but does another direction. */
    reword(&saved, "ConvAsm3x3U", "GemmBwdRest");
    assert_refused(&it, &saved);
    convolution_close(&it);
}

static void a_fused_one_is_refused(void **state)
{
    (void)state;
    struct convolution it;
    struct saved saved;
    miopenProblem_t problem, bias = NULL;
    convolution_open(&it, shape_named("3x3"), handle);
    find2_open(&it, &problem);
    miopenCreateBiasProblem(&bias, miopenProblemDirectionForward);
    assert_int_equal(miopenFuseProblems(problem, bias), miopenStatusSuccess);
    miopenSolution_t solution = stub_find_solution(problem);
    save(solution, &saved);
    assert_int_equal(find2_run(&it, solution, workspace, sizeof(workspace)),
                     miopenStatusUnsupportedOp);
    miopenDestroySolution(solution);
    assert_refused(&it, &saved);

    /* Without a convolution it is MIOpen's business. */
    miopenProblem_t two = NULL;
    miopenCreateBiasProblem(&two, miopenProblemDirectionForward);
    assert_int_equal(miopenFuseProblems(two, bias), miopenStatusSuccess);
    solution = stub_find_solution(two);
    save(solution, &saved);
    miopenDestroySolution(solution);
    assert_int_equal(miopenLoadSolution(&solution, saved.data, saved.size), miopenStatusSuccess);
    assert_int_equal(find2_run(&it, solution, NULL, 0), miopenStatusSuccess);
    assert_int_equal(stub_last_launch()->id, STUB_BIAS_ID);
    miopenDestroySolution(solution);
    miopenDestroyProblem(two);
    miopenDestroyProblem(problem);
    miopenDestroyProblem(bias);
    convolution_close(&it);
}

static void one_without_a_convolution_passes(void **state)
{
    (void)state;
    struct convolution it;
    struct saved saved;
    miopenProblem_t bias = NULL;
    miopenSolution_t loaded = NULL;
    convolution_open(&it, shape_named("3x3"), handle);
    miopenCreateBiasProblem(&bias, miopenProblemDirectionForward);
    miopenSolution_t solution = stub_find_solution(bias);
    save(solution, &saved);
    assert_int_equal(miopenLoadSolution(&loaded, saved.data, saved.size), miopenStatusSuccess);
    assert_int_equal(find2_run(&it, loaded, NULL, 0), miopenStatusSuccess);
    assert_int_equal(stub_last_launch()->id, STUB_BIAS_ID);
    /* One that the shim did not see being made is asked. */
    stub_reset_calls();
    assert_int_equal(find2_run(&it, solution, NULL, 0), miopenStatusSuccess);
    assert_int_equal(find2_run(&it, solution, NULL, 0), miopenStatusSuccess);
    assert_int_equal(stub_calls(STUB_miopenSaveSolution), 1);
    miopenDestroySolution(loaded);
    miopenDestroySolution(solution);
    miopenDestroyProblem(bias);
    convolution_close(&it);
}

/* One of MIOpen's own search, at an address where one without a convolution was. */
static void an_unknown_one_is_asked(void **state)
{
    (void)state;
    struct convolution it;
    miopenProblem_t problem, bias = NULL;
    stub_reuse_addresses(true);
    convolution_open(&it, shape_named("3x3"), handle);
    find2_open(&it, &problem);
    miopenCreateBiasProblem(&bias, miopenProblemDirectionForward);
    miopenSolution_t solution = stub_find_solution(bias), other;
    assert_int_equal(find2_run(&it, solution, NULL, 0), miopenStatusSuccess);
    miopenDestroySolution(solution);
    other = stub_find_solution(problem);
    assert_ptr_equal(other, solution);
    const unsigned launches = stub_launches();
    assert_int_equal(find2_run(&it, other, workspace, sizeof(workspace)),
                     miopenStatusUnsupportedOp);
    miopenDestroySolution(other);
    /* Where MIOpen does not tell, nobody knows. */
    static const enum stub_function asked[] = {STUB_miopenGetSolutionSize, STUB_miopenSaveSolution};
    for (size_t i = 0; i < 2; i++) {
        other = stub_find_solution(problem);
        stub_answer(asked[i], miopenStatusInternalError);
        assert_int_equal(find2_run(&it, other, workspace, sizeof(workspace)),
                         miopenStatusUnsupportedOp);
        stub_answer(asked[i], STUB_NORMAL);
        miopenDestroySolution(other);
    }
    assert_int_equal(stub_launches(), launches);
    miopenDestroyProblem(problem);
    miopenDestroyProblem(bias);
    convolution_close(&it);
}

/* What MIOpen takes and the shim does not understand may be anything. */
static void a_strange_one_is_not_run(void **state)
{
    (void)state;
    struct convolution it;
    struct saved saved;
    miopenSolution_t loaded = NULL;
    convolution_open(&it, shape_named("3x3"), handle);
    assert_int_equal(miopenLoadSolution(&loaded, "rubbish", 7), miopenStatusInvalidValue);
    assert_int_equal(miopenLoadSolution(&loaded, NULL, 7), miopenStatusBadParm);
    assert_int_equal(stub_calls(STUB_miopenLoadSolution), 2);
    miopenSolution_t solution = one_solution(&it, 91);
    save(solution, &saved);
    miopenDestroySolution(solution);
    /* The stub does not look at the operation's number under any name. */
    reword(&saved, "primitive", "Primitive");
    assert_int_equal(miopenLoadSolution(&loaded, saved.data, saved.size), miopenStatusSuccess);
    assert_int_equal(find2_run(&it, loaded, workspace, sizeof(workspace)),
                     miopenStatusUnsupportedOp);
    assert_int_equal(stub_launches(), 0);
    miopenDestroySolution(loaded);
    convolution_close(&it);
}

/* --- Two cards ------------------------------------------------------------------------------- */

static void the_other_card_is_left_alone(void **state)
{
    (void)state;
    struct convolution it, there;
    miopenHandle_t other = NULL;
    assert_int_equal(hipSetDevice(1), 0);
    assert_int_equal(miopenCreate(&other), miopenStatusSuccess);
    assert_int_equal(hipSetDevice(0), 0);
    convolution_open(&it, shape_named("3x3"), handle);
    convolution_open(&there, shape_named("3x3"), other);

    /* MIOpen's own search and its solution there; here the solution is refused. */
    struct found found = find(&there, NULL, MAX);
    assert_int_equal(found.status, miopenStatusSuccess);
    assert_int_equal(found.count, 1);
    assert_int_equal(id_of(found.solutions[0]), STUB_WINOGRAD_ID);
    assert_int_equal(stub_calls(STUB_miopenFindSolutions), 1);
    assert_int_equal(find2_run(&there, found.solutions[0], NULL, 0), miopenStatusSuccess);
    assert_int_equal(stub_launches_of(STUB_WINOGRAD_ID), 2);
    assert_int_equal(find2_run(&it, found.solutions[0], NULL, 0), miopenStatusUnsupportedOp);
    assert_int_equal(stub_launches(), 2);
    assert_int_equal(find2_run(&there, found.solutions[0], NULL, 0), miopenStatusSuccess);
    found_destroy(&found);

    /* What was found here is of use there. */
    miopenSolution_t solution = one_solution(&it, 91);
    stub_reset_calls();
    assert_int_equal(find2_run(&there, solution, workspace, sizeof(workspace)),
                     miopenStatusSuccess);
    assert_int_equal(stub_calls(STUB_miopenRunSolution), 1);
    /* There MIOpen is asked as always: it wants its workspace. */
    assert_int_equal(find2_run(&there, solution, NULL, 0), miopenStatusBadParm);
    miopenDestroySolution(solution);
    assert_int_equal(miopenDestroy(other), miopenStatusSuccess);
    convolution_close(&there);
    convolution_close(&it);
}

/* At the address of one that had no convolution, which was found by the same handle. */
static void a_solution_of_the_other_card_is_not_mistaken(void **state)
{
    (void)state;
    struct convolution it, there;
    miopenProblem_t bias = NULL;
    miopenSolution_t solution = NULL;
    miopenHandle_t other = NULL;
    size_t count;
    stub_reuse_addresses(true);
    assert_int_equal(hipSetDevice(1), 0);
    assert_int_equal(miopenCreate(&other), miopenStatusSuccess);
    assert_int_equal(hipSetDevice(0), 0);
    convolution_open(&it, shape_named("3x3"), handle);
    convolution_open(&there, shape_named("3x3"), other);
    miopenCreateBiasProblem(&bias, miopenProblemDirectionForward);
    assert_int_equal(miopenFindSolutions(other, bias, NULL, &solution, &count, 1),
                     miopenStatusSuccess);
    stub_destroy_solution(solution); /* unseen, as from within MIOpen */
    struct found found = find(&there, NULL, 1);
    assert_ptr_equal(found.solutions[0], solution);
    const unsigned launches = stub_launches();
    assert_int_equal(find2_run(&it, found.solutions[0], NULL, 0), miopenStatusUnsupportedOp);
    assert_int_equal(stub_launches(), launches);
    found_destroy(&found);
    miopenDestroyProblem(bias);
    assert_int_equal(miopenDestroy(other), miopenStatusSuccess);
    convolution_close(&there);
    convolution_close(&it);
}

int main(int argc, char **argv)
{
    mixed = argc > 1 && strcmp(argv[1], "find2-mixed") == 0;
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_find2, teardown_find2)
    const struct CMUnitTest tests[] = {
        TEST(every_shape_finds_what_was_decided),
        TEST(every_solution_runs),
        TEST(no_more_than_asked_for),
        TEST(the_workspace_must_do),
        TEST(in_the_order_asked_for),
        TEST(options_end_with_their_object),
        TEST(a_refused_option_is_not_set),
        TEST(a_problem_is_what_it_was_told),
        TEST(the_first_tensor_stays),
        TEST(what_is_no_whole_convolution_is_refused),
        TEST(a_fused_convolution_is_refused),
        TEST(what_has_no_convolution_is_mio_open_s),
        TEST(too_little_workspace_is_made_up_for),
        TEST(another_handle_runs_it_as_well),
        TEST(a_run_may_describe_other_tensors),
        TEST(a_run_needs_its_three_tensors),
        TEST(warm_runs_ask_nothing),
        TEST(errno_is_the_program_s),
        TEST(a_solution_that_is_another_is_none),
        TEST(what_was_saved_runs_again),
        TEST(a_forbidden_one_is_refused),
        TEST(a_fused_one_is_refused),
        TEST(one_without_a_convolution_passes),
        TEST(an_unknown_one_is_asked),
        TEST(a_strange_one_is_not_run),
    };
    const struct CMUnitTest tests_mixed[] = {
        TEST(every_solution_runs),
        TEST(a_forbidden_one_is_refused),
        TEST(a_fused_one_is_refused),
        TEST(one_without_a_convolution_passes),
        TEST(an_unknown_one_is_asked),
        TEST(the_other_card_is_left_alone),
        TEST(a_solution_of_the_other_card_is_not_mistaken),
    };
    return mixed ? cmocka_run_group_tests(tests_mixed, NULL, NULL)
                 : cmocka_run_group_tests(tests, NULL, NULL);
}
