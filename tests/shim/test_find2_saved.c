/*
 * Solutions of Find 2.0 from elsewhere, on an RDNA1 card: from a file, or made unseen. They run by
 * the decision or not at all. With "mixed" the machine has another card as well.
 */
#include "find2_fixture.h"

#include <pthread.h>
#include <string.h>

static bool mixed;

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

/* Two threads run one solution for the first time, each on its handle. */
static pthread_barrier_t both;

static void wait_for_both(void)
{
    pthread_barrier_wait(&both);
}

/* The first descriptors that a run looks at are what the shim knows the solution by. */
static void look_with_both(void)
{
    static _Thread_local bool looked;

    if (!looked)
        pthread_barrier_wait(&both);
    looked = true;
}

struct runner {
    struct convolution it;
    miopenSolution_t solution;
    miopenStatus_t status;
    uint64_t looked_at;
};

static void *run_first(void *argument)
{
    struct runner *runner = argument;

    runner->status = find2_run(&runner->it, runner->solution, NULL, 0);
    runner->looked_at = stub_last(STUB_miopenGetTensorDescriptor)->arguments[0];
    return NULL;
}

static void an_unknown_one_is_run_by_two_threads(void **state)
{
    (void)state;
    struct runner runners[2] = {0};
    pthread_t threads[2];
    miopenProblem_t problem;

    for (int i = 0; i < 2; i++) {
        miopenHandle_t own = NULL;
        assert_int_equal(miopenCreate(&own), miopenStatusSuccess);
        convolution_open(&runners[i].it, shape_named("3x3"), own);
    }
    find2_open(&runners[0].it, &problem);
    runners[0].solution = runners[1].solution = stub_find_solution(problem);
    assert_int_equal(pthread_barrier_init(&both, NULL, 2), 0);
    /* Neither finds it known, and neither goes on before both have noted it. */
    stub_interrupt(STUB_miopenSaveSolution, wait_for_both);
    stub_interrupt(STUB_miopenGetTensorDescriptor, look_with_both);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run_first, &runners[i]), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    stub_interrupt(STUB_miopenSaveSolution, NULL);
    stub_interrupt(STUB_miopenGetTensorDescriptor, NULL);

    assert_int_equal(stub_calls(STUB_miopenSaveSolution), 2);
    assert_int_not_equal(runners[0].looked_at, 0);
    assert_int_equal(runners[0].looked_at, runners[1].looked_at);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(runners[i].status, miopenStatusUnsupportedOp);
        assert_int_equal(miopenDestroy(runners[i].it.handle), miopenStatusSuccess);
        convolution_close(&runners[i].it);
    }
    pthread_barrier_destroy(&both);
    miopenDestroySolution(runners[0].solution);
    miopenDestroyProblem(problem);
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

int main(int argc, char **argv)
{
    mixed = argc > 1 && strcmp(argv[1], "find2-saved-mixed") == 0;
    const struct CMUnitTest tests[] = {
        TEST(what_was_saved_runs_again),
        TEST(a_forbidden_one_is_refused),
        TEST(a_fused_one_is_refused),
        TEST(one_without_a_convolution_passes),
        TEST(an_unknown_one_is_asked),
        TEST(a_strange_one_is_not_run),
        TEST(an_unknown_one_is_run_by_two_threads),
    };
    const struct CMUnitTest tests_mixed[] = {
        TEST_MIXED(a_forbidden_one_is_refused),
        TEST_MIXED(a_fused_one_is_refused),
        TEST_MIXED(one_without_a_convolution_passes),
        TEST_MIXED(an_unknown_one_is_asked),
    };
    return mixed ? cmocka_run_group_tests(tests_mixed, NULL, NULL)
                 : cmocka_run_group_tests(tests, NULL, NULL);
}
