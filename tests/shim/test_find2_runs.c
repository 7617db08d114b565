/*
 * The solutions of Find 2.0 on an RDNA1 card: they run by the decision or not at all. With "mixed"
 * the machine has another card as well.
 */
#include "find2_fixture.h"

#include <errno.h>
#include <string.h>

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

/* Its strides are no ints. */
static void a_tensor_past_an_int_runs(void **state)
{
    (void)state;
    struct convolution it;
    convolution_open(&it, shape_named("1x1"), handle);
    convolution_enlarge(&it);
    struct found found = find(&it, NULL, MAX);
    assert_int_equal(found.status, miopenStatusSuccess);
    assert_int_equal(found.count, 1);
    assert_int_equal(find2_run(&it, found.solutions[0], NULL, 0), miopenStatusSuccess);
    assert_launched(&it, 85);
    found_destroy(&found);
    convolution_close(&it);
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
    convolution_open(&it, shape_named("3x3 weights"), handle);
    miopenSolution_t solution = one_solution(&it, 102);
    const miopenHandle_t second = handle_on(0);
    it.handle = second;
    assert_int_equal(find2_run(&it, solution, workspace, sizeof(workspace)), miopenStatusSuccess);
    assert_launched(&it, 102);
    assert_int_equal(miopenDestroy(second), miopenStatusSuccess);
    it.handle = handle;
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

/* --- Two cards -------------------------------------------------------------------------------- */

static void the_other_card_is_left_alone(void **state)
{
    (void)state;
    struct convolution it, there;
    const miopenHandle_t other = handle_on(1);
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
    stub_reuse_addresses(true);
    const miopenHandle_t other = handle_on(1);
    convolution_open(&it, shape_named("3x3"), handle);
    convolution_open(&there, shape_named("3x3"), other);
    miopenCreateBiasProblem(&bias, miopenProblemDirectionForward);
    struct found found = find_for(other, bias, NULL, 1);
    const miopenSolution_t solution = found.solutions[0];
    assert_int_equal(found.status, miopenStatusSuccess);
    stub_destroy_solution(solution); /* unseen, as from within MIOpen */
    found = find(&there, NULL, 1);
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
    const bool mixed = argc > 1 && strcmp(argv[1], "find2-runs-mixed") == 0;
    const struct CMUnitTest tests[] = {
        TEST(a_tensor_past_an_int_runs),
        TEST(every_solution_runs),
        TEST(too_little_workspace_is_made_up_for),
        TEST(another_handle_runs_it_as_well),
        TEST(a_run_may_describe_other_tensors),
        TEST(a_run_needs_its_three_tensors),
        TEST(warm_runs_ask_nothing),
        TEST(errno_is_the_program_s),
    };
    const struct CMUnitTest tests_mixed[] = {
        TEST_MIXED(every_solution_runs),
        TEST_MIXED(the_other_card_is_left_alone),
        TEST_MIXED(a_solution_of_the_other_card_is_not_mistaken),
    };
    return mixed ? cmocka_run_group_tests(tests_mixed, NULL, NULL)
                 : cmocka_run_group_tests(tests, NULL, NULL);
}
