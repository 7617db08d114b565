#include "find2.h"

#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Missing in the stubs of releases without Find 2.0, as the other functions are in MIOpen. */
#pragma weak miopenGetSolutionSize
#pragma weak miopenSaveSolution

#define X miopenTensorConvolutionX
#define W miopenTensorConvolutionW
#define Y miopenTensorConvolutionY

/* The number of a, b and c in the order of GetWorkSpaceSize. */
static const int ids[DIRECTION_COUNT][3] = {
    [DIRECTION_FORWARD] = {W, X, Y},
    [DIRECTION_BACKWARD_DATA] = {Y, W, X},
    [DIRECTION_BACKWARD_WEIGHTS] = {Y, X, W},
};

miopenTensorDescriptor_t find2_tensor(const struct convolution *it, int id)
{
    const int *order = ids[it->shape->direction];

    return order[0] == id ? it->a : order[1] == id ? it->b : it->c;
}

void *find2_data(struct convolution *it, int id)
{
    const int *order = ids[it->shape->direction];

    return order[0] == id ? it->a_data : order[1] == id ? it->b_data : it->c_data;
}

bool find2_try_open(const struct convolution *it, miopenProblem_t *problem)
{
    *problem = NULL;
    if (miopenCreateConvProblem(problem, it->descriptor,
                                (miopenProblemDirection_t)it->shape->direction) !=
            miopenStatusSuccess ||
        !*problem)
        return false;
    if (miopenSetProblemTensorDescriptor(*problem, X, find2_tensor(it, X)) == miopenStatusSuccess &&
        miopenSetProblemTensorDescriptor(*problem, W, find2_tensor(it, W)) == miopenStatusSuccess &&
        miopenSetProblemTensorDescriptor(*problem, Y, find2_tensor(it, Y)) == miopenStatusSuccess)
        return true;
    (void)miopenDestroyProblem(*problem);
    return false;
}

void find2_open(const struct convolution *it, miopenProblem_t *problem)
{
    assert_true(find2_try_open(it, problem));
}

miopenStatus_t find2_run_described(struct convolution *it, miopenSolution_t solution,
                                   const struct convolution *described, void *workspace,
                                   size_t bytes)
{
    miopenTensorDescriptor_t descriptors[4] = {NULL};
    miopenTensorArgument_t tensors[4] = {{miopenTensorArgumentIdInvalid, NULL, NULL}};

    for (int id = X; id <= Y; id++) {
        if (described)
            descriptors[id] = find2_tensor(described, id);
        /* Not in the order of their numbers. */
        tensors[Y - id + 1] = (miopenTensorArgument_t){
            (miopenTensorArgumentId_t)id, described ? &descriptors[id] : NULL, find2_data(it, id)};
    }
    return miopenRunSolution(it->handle, solution, 4, tensors, workspace, bytes);
}

miopenStatus_t find2_run(struct convolution *it, miopenSolution_t solution, void *workspace,
                         size_t bytes)
{
    return find2_run_described(it, solution, NULL, workspace, bytes);
}

/* --- A conversation -------------------------------------------------------------------------- */

static const char *run_once(struct convolution *it, miopenSolution_t solution,
                            enum session_trust trust)
{
    session_expect_launch(it);
    return session_judge_launch(it, find2_run(it, solution, NULL, 0), trust);
}

/* The same solution by way of a file. */
static const char *reload(struct convolution *it, miopenSolution_t solution,
                          enum session_trust trust)
{
    const char *wrong = NULL;
    miopenSolution_t loaded = NULL;
    size_t size = 0;

    /* These two are MIOpen's own, past the shim. */
    const int saved_errno = errno;
    if (miopenGetSolutionSize(solution, &size) != miopenStatusSuccess || size == 0) {
        errno = saved_errno;
        return trust == SESSION_SUCCEEDS ? "a solution has no size" : NULL;
    }
    char *data = malloc(size);
    const bool saved = data && miopenSaveSolution(solution, data) == miopenStatusSuccess;
    errno = saved_errno;
    if (saved && miopenLoadSolution(&loaded, data, size) == miopenStatusSuccess && loaded) {
        wrong = run_once(it, loaded, trust);
        (void)miopenDestroySolution(loaded);
    } else if (trust == SESSION_SUCCEEDS) {
        wrong = "a solution was not loaded";
    }
    free(data);
    return wrong;
}

static const char *search(struct convolution *it, miopenProblem_t problem, enum session_trust trust)
{
    miopenSolution_t solutions[4] = {NULL};
    const char *wrong = NULL;
    size_t count = 0;

    const miopenStatus_t status =
        miopenFindSolutions(it->handle, problem, NULL, solutions, &count, 4);
    if (trust != SESSION_LOOSE && (status == miopenStatusSuccess) != (count > 0))
        wrong = "a search's status is not what it found";
    if (trust == SESSION_SUCCEEDS && count == 0 && shape_preferred(it->shape))
        wrong = "a search found nothing";
    for (size_t i = 0; i < count && i < 4 && solutions[i]; i++) {
        if (!wrong)
            wrong = run_once(it, solutions[i], trust);
        if (!wrong)
            wrong = reload(it, solutions[i], trust);
        (void)miopenDestroySolution(solutions[i]);
    }
    return wrong;
}

/* With options, and as a part of a larger problem. A forbidden search would show as its launch. */
static const char *search_otherwise(struct convolution *it, miopenProblem_t problem,
                                    enum session_trust trust)
{
    static char memory[1 << 17];
    miopenSolution_t solutions[4] = {NULL};
    miopenFindOptions_t options = NULL;
    miopenProblem_t bias = NULL;
    size_t count = 0;

    session_expect_launch(it);
    if (miopenCreateFindOptions(&options) != miopenStatusSuccess)
        return NULL;
    (void)miopenSetFindOptionResultsOrder(options, (miopenFindResultsOrder_t)1);
    (void)miopenSetFindOptionWorkspaceLimit(options, sizeof(memory));
    (void)miopenSetFindOptionPreallocatedWorkspace(options, memory, sizeof(memory));
    (void)miopenFindSolutions(it->handle, problem, options, solutions, &count, 4);
    (void)miopenDestroyFindOptions(options);
    for (size_t i = 0; i < count && i < 4 && solutions[i]; i++)
        (void)miopenDestroySolution(solutions[i]);

    if (miopenCreateBiasProblem(&bias, (miopenProblemDirection_t)0) != miopenStatusSuccess)
        return NULL;
    (void)miopenFuseProblems(problem, bias);
    count = 0;
    memset(solutions, 0, sizeof(solutions));
    (void)miopenFindSolutions(it->handle, problem, NULL, solutions, &count, 4);
    for (size_t i = 0; i < count && i < 4 && solutions[i]; i++)
        (void)miopenDestroySolution(solutions[i]);
    (void)miopenDestroyProblem(bias);
    return trust == SESSION_LOOSE || stub_last_launch()->id == 0 ? NULL
                                                                 : "a search that nobody wanted";
}

const char *find2_converse(struct convolution *it, enum session_trust trust)
{
    const char *wrong = NULL;
    miopenProblem_t problem;

    if (!stub_has(STUB_miopenCreateConvProblem))
        return find2_try_open(it, &problem) ? "a problem where there is no Find 2.0" : NULL;
    if (!find2_try_open(it, &problem))
        return trust == SESSION_SUCCEEDS ? "no problem of Find 2.0" : NULL;
    wrong = search(it, problem, trust);
    if (!wrong)
        wrong = search_otherwise(it, problem, trust);
    (void)miopenDestroyProblem(problem);
    return wrong;
}
