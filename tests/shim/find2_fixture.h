/* What the tests of Find 2.0 share: what a search found, and a machine with one card or two. */
#pragma once

#include "find2.h"
#include "fixture.h"

#define MAX 4

static char workspace[1 << 17];

/* Another card beside the RDNA1 one. */
static inline int setup_mixed(void **state)
{
    stub_set_mixed_devices();
    return hipSetDevice(0) == 0 ? setup(state) : -1;
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

static inline struct found find_for(miopenHandle_t searcher, miopenProblem_t problem,
                                    miopenFindOptions_t options, size_t max)
{
    struct found found = {.count = 99};

    found.status =
        miopenFindSolutions(searcher, problem, options, found.solutions, &found.count, max);
    return found;
}

static inline struct found find(const struct convolution *it, miopenFindOptions_t options,
                                size_t max)
{
    miopenProblem_t problem;

    find2_open(it, &problem);
    const struct found found = find_for(it->handle, problem, options, max);
    assert_int_equal(miopenDestroyProblem(problem), miopenStatusSuccess);
    return found;
}

static inline void found_destroy(struct found *found)
{
    assert_in_range(found->count, 0, MAX);
    for (size_t i = 0; i < found->count; i++)
        assert_int_equal(miopenDestroySolution(found->solutions[i]), miopenStatusSuccess);
    found->count = 0;
}

static inline uint64_t id_of(miopenSolution_t solution)
{
    uint64_t id = 0;

    assert_int_equal(miopenGetSolutionSolverId(solution, &id), miopenStatusSuccess);
    return id;
}

static inline miopenSolution_t one_solution(const struct convolution *it, uint64_t id)
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

static inline void assert_launched(struct convolution *it, uint64_t id)
{
    const struct stub_launch *launch = stub_last_launch();

    assert_int_equal(launch->id, id);
    assert_ptr_equal(launch->handle, it->handle);
    assert_ptr_equal(launch->a, it->a_data);
    assert_ptr_equal(launch->b, it->b_data);
    assert_ptr_equal(launch->c, it->c_data);
}

#define TEST(name)       cmocka_unit_test_setup_teardown(name, setup, teardown_find2)
#define TEST_MIXED(name) cmocka_unit_test_setup_teardown(name, setup_mixed, teardown_find2)
