/*
 * The stub of libMIOpen: Find 2.0. Its own search launches Winograd; a problem without a
 * convolution has a solver of its own.
 */
#include "stub_find2.h"

#include "stub_enter.h"

/* --- Problems and options -------------------------------------------------------------------- */

miopenStatus_t miopenCreateConvProblem(miopenProblem_t *problem,
                                       miopenConvolutionDescriptor_t convolution,
                                       miopenProblemDirection_t direction)
{
    STUB_ENTER(miopenCreateConvProblem, problem, convolution, direction);
    if (!problem || !convolution)
        return miopenStatusBadParm;
    miopenProblem_t made = stub_object_new(STUB_KIND_PROBLEM, sizeof(*made));
    if (!made)
        return miopenStatusAllocFailed;
    made->convolution = *convolution;
    made->direction = (int)direction;
    *problem = made;
    return miopenStatusSuccess;
}

miopenStatus_t miopenCreateBiasProblem(miopenProblem_t *problem, miopenProblemDirection_t direction)
{
    miopenProblem_t made = stub_object_new(STUB_KIND_PROBLEM, sizeof(*made));
    if (!made)
        return miopenStatusAllocFailed;
    made->bias = true;
    made->direction = (int)direction;
    *problem = made;
    return miopenStatusSuccess;
}

miopenStatus_t miopenSetProblemTensorDescriptor(miopenProblem_t problem,
                                                miopenTensorArgumentId_t id,
                                                const miopenTensorDescriptor_t tensor)
{
    STUB_ENTER(miopenSetProblemTensorDescriptor, problem, id, tensor);
    if (!problem || !tensor || problem->fused)
        return miopenStatusBadParm;
    if (id >= 1 && id <= 3 && !problem->set[id - 1]) {
        problem->tensors[id - 1] = *tensor;
        problem->set[id - 1] = true;
    }
    return miopenStatusSuccess;
}

miopenStatus_t miopenFuseProblems(miopenProblem_t problem, miopenProblem_t next)
{
    STUB_ENTER(miopenFuseProblems, problem, next);
    if (!problem || !next)
        return miopenStatusBadParm;
    problem->bias = problem->bias && next->bias;
    problem->fused = true;
    return miopenStatusSuccess;
}

miopenStatus_t miopenDestroyProblem(miopenProblem_t problem)
{
    const int status = STUB_STATUS(miopenDestroyProblem, problem);
    stub_object_free(STUB_KIND_PROBLEM, problem);
    return status == STUB_NORMAL ? miopenStatusSuccess : (miopenStatus_t)status;
}

miopenStatus_t miopenCreateFindOptions(miopenFindOptions_t *options)
{
    *options = stub_object_new(STUB_KIND_OPTIONS, sizeof(**options));
    return *options ? miopenStatusSuccess : miopenStatusAllocFailed;
}

miopenStatus_t miopenDestroyFindOptions(miopenFindOptions_t options)
{
    const int status = STUB_STATUS(miopenDestroyFindOptions, options);
    stub_object_free(STUB_KIND_OPTIONS, options);
    return status == STUB_NORMAL ? miopenStatusSuccess : (miopenStatus_t)status;
}

miopenStatus_t miopenSetFindOptionResultsOrder(miopenFindOptions_t options,
                                               miopenFindResultsOrder_t order)
{
    STUB_ENTER(miopenSetFindOptionResultsOrder, options, order);
    return options ? miopenStatusSuccess : miopenStatusBadParm;
}

miopenStatus_t miopenSetFindOptionWorkspaceLimit(miopenFindOptions_t options, size_t bytes)
{
    STUB_ENTER(miopenSetFindOptionWorkspaceLimit, options, bytes);
    return options ? miopenStatusSuccess : miopenStatusBadParm;
}

miopenStatus_t miopenSetFindOptionPreallocatedWorkspace(miopenFindOptions_t options,
                                                        void *workspace, size_t bytes)
{
    STUB_ENTER(miopenSetFindOptionPreallocatedWorkspace, options, workspace, bytes);
    return options ? miopenStatusSuccess : miopenStatusBadParm;
}

/* --- Solutions ------------------------------------------------------------------------------- */

miopenSolution_t stub_solution_new(const struct miopenSolution *content)
{
    miopenSolution_t made = stub_object_new(STUB_KIND_SOLUTION, sizeof(*made));
    if (made)
        *made = *content;
    return made;
}

miopenSolution_t stub_find_solution(miopenProblem_t problem)
{
    return stub_solution_new(&(struct miopenSolution){
        .problem = *problem, .id = problem->bias ? STUB_BIAS_ID : STUB_WINOGRAD_ID, .time = 0.5F});
}

miopenStatus_t miopenFindSolutions(miopenHandle_t handle, miopenProblem_t problem,
                                   miopenFindOptions_t options, miopenSolution_t *solutions,
                                   size_t *count, size_t max_count)
{
    STUB_ENTER(miopenFindSolutions, handle, problem, options, solutions, count, max_count);
    if (!handle || !problem || !solutions)
        return miopenStatusBadParm;
    if (!problem->bias)
        stub_launch(NULL, &(struct stub_launch){.id = STUB_WINOGRAD_ID, .handle = handle});
    if (max_count > 0)
        solutions[0] = stub_find_solution(problem);
    if (count)
        *count = max_count > 0 ? 1 : 0;
    return miopenStatusSuccess;
}

miopenStatus_t miopenRunSolution(miopenHandle_t handle, miopenSolution_t solution, size_t count,
                                 const miopenTensorArgument_t *tensors, void *workspace,
                                 size_t workspace_bytes)
{
    STUB_ENTER(miopenRunSolution, handle, solution, count, tensors, workspace, workspace_bytes);
    if (!handle || !solution)
        return miopenStatusBadParm;
    if (workspace_bytes < solution->workspace_bytes)
        return miopenStatusBadParm;
    return stub_launch(NULL, &(struct stub_launch){.id = solution->id,
                                                   .handle = handle,
                                                   .c = count > 0 ? tensors[0].buffer : NULL});
}

void stub_destroy_solution(miopenSolution_t solution)
{
    stub_object_free(STUB_KIND_SOLUTION, solution);
}

miopenStatus_t miopenDestroySolution(miopenSolution_t solution)
{
    const int status = STUB_STATUS(miopenDestroySolution, solution);
    stub_object_free(STUB_KIND_SOLUTION, solution);
    return status == STUB_NORMAL ? miopenStatusSuccess : (miopenStatus_t)status;
}

miopenStatus_t miopenGetSolutionSolverId(miopenSolution_t solution, uint64_t *id)
{
    STUB_ENTER(miopenGetSolutionSolverId, solution, id);
    *id = solution->id;
    return miopenStatusSuccess;
}

miopenStatus_t miopenGetSolutionWorkspaceSize(miopenSolution_t solution, size_t *bytes)
{
    STUB_ENTER(miopenGetSolutionWorkspaceSize, solution, bytes);
    *bytes = solution->workspace_bytes;
    return miopenStatusSuccess;
}

miopenStatus_t miopenGetSolutionTime(miopenSolution_t solution, float *time)
{
    *time = solution->time;
    return miopenStatusSuccess;
}
