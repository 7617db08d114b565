/*
 * Find 2.0: a search is answered from the choice, with solutions of MIOpen's own, and a solution is
 * run as immediate mode runs its solver. What has no convolution in it is MIOpen's own business,
 * and so is every other card's.
 */
#include "shim/choice.h"
#include "shim/export.h"
#include "shim/find2_problem.h"
#include "shim/find2_solution.h"
#include "shim/handle.h"
#include "shim/process.h"
#include "shim/replica.h"
#include "shim/run.h"
#include "shim/trace_record.h"

#include <errno.h>

/* Where nobody can tell, memory being short, the card is taken for one. */
static bool is_forced(const struct real *caller, miopenHandle_t handle)
{
    const struct machine *machine = machine_get();

    if (!machine || !handle)
        return false;
    const struct handle *known = handle_get(caller, machine, handle);
    return !known || known->forced;
}

/*
 * Whether the rules leave the problem to MIOpen. What is passed on in doubt on other roads is
 * refused on this one, which has a status for that.
 */
static bool is_left_to_miopen(const struct choice *choice)
{
    return !choice->forced && choice->handle && choice != &choice->handle->pass;
}

/* --- Find ------------------------------------------------------------------------------------ */

struct search {
    miopenHandle_t handle;
    miopenProblem_t problem;
    miopenFindOptions_t options;
    miopenSolution_t *solutions;
    size_t *count;
    size_t max_count;
};

static miopenStatus_t search_forward(const struct real *real, const struct search *search)
{
    size_t own = 0, *count = search->count ? search->count : &own;

    const miopenStatus_t status =
        real->miopenFindSolutions(search->handle, search->problem, search->options,
                                  search->solutions, count, search->max_count);
    if (status != miopenStatusSuccess)
        return status;
    const int saved_errno = errno;
    const bool convolution = find2_problem_get(search->problem) != NULL;
    for (size_t i = 0; i < *count && i < search->max_count; i++)
        find2_solution_found(real, search->solutions[i], convolution);
    errno = saved_errno;
    return status;
}

/* As the order was asked for; the choice's is that of time. */
static void sort_by_workspace(miopenSolution_t *solutions, size_t *bytes, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = i; j > 0 && bytes[j] < bytes[j - 1]; j--) {
            const miopenSolution_t solution = solutions[j];
            const size_t more = bytes[j - 1];

            solutions[j] = solutions[j - 1];
            solutions[j - 1] = solution;
            bytes[j - 1] = bytes[j];
            bytes[j] = more;
        }
    }
}

/*
 * Solvers that fit the workspace, compiled so that a run finds them. Nothing is launched: none was
 * timed, and every one of a choice is right.
 */
static size_t search_fill(const struct real *real, const struct search *search,
                          const struct call *call, struct choice *choice)
{
    const struct find2_options options = find2_options_get(search->options);
    const size_t limit =
        options.preallocated ? options.preallocated_bytes : options.workspace_limit;
    size_t bytes[CANDIDATES_MAX], count = 0;

    for (unsigned i = 0; i < choice->count && count < search->max_count; i++) {
        const struct usable *usable = &choice->usable[i];

        if (usable->workspace_bytes > limit ||
            choice_compile(real, call, choice, i) != miopenStatusSuccess ||
            find2_solution_make(real, &choice->problem, usable, STANDING_TIME(i),
                                &search->solutions[count]) < 0)
            continue;
        bytes[count++] = usable->workspace_bytes;
    }
    if (options.order == miopenFindResultsOrderByWorkspaceSize)
        sort_by_workspace(search->solutions, bytes, count);
    return count;
}

/* What MIOpen refuses is refused with its statuses. */
static miopenStatus_t search_read(const struct find2_problem *noted, const struct search *search,
                                  struct problem *ret_problem)
{
    if (!search->solutions && search->max_count > 0)
        return miopenStatusBadParm;
    if (noted->fused)
        return miopenStatusUnsupportedOp;
    if (noted->tensors != FIND2_TENSORS)
        return miopenStatusInvalidValue;
    if (!noted->known)
        return miopenStatusUnsupportedOp;
    return call_complete_problem(&noted->problem, ret_problem) < 0 ? miopenStatusBadParm
                                                                   : miopenStatusSuccess;
}

static miopenStatus_t search_answer(const struct real *real, const struct find2_problem *noted,
                                    const struct search *search)
{
    struct problem problem;
    struct replica replica;
    size_t count = 0;

    if (search->count)
        *search->count = 0;
    miopenStatus_t status = search_read(noted, search, &problem);
    if (status != miopenStatusSuccess)
        return status;
    if (replica_make(real, &problem, &replica) < 0)
        return miopenStatusUnknownError;

    const struct call call = replica_call(&replica, &problem, search->handle);
    struct choice *choice = choice_get(real, &call);
    if (is_left_to_miopen(choice)) {
        status = search_forward(real, search);
    } else {
        if (choice->forced)
            count = search_fill(real, search, &call, choice);
        /* As MIOpen's "No suitable algorithm was found". */
        status =
            count > 0 || search->max_count == 0 ? miopenStatusSuccess : miopenStatusUnknownError;
        trace_record_find(choice->record, status);
        if (search->count)
            *search->count = count;
    }
    replica_free(real, &replica);
    return status;
}

SHIM_ENTRY miopenStatus_t miopenFindSolutions(miopenHandle_t handle, miopenProblem_t problem,
                                              miopenFindOptions_t options,
                                              miopenSolution_t *solutions, size_t *count,
                                              size_t max_count)
{
    const struct real *caller = real_get();
    const struct real *real = caller ? handle_real(caller, handle) : NULL;
    if (!real || !real->miopenFindSolutions)
        return miopenStatusNotInitialized;
    if (!machine_get() || !handle || !problem)
        return real->miopenFindSolutions(handle, problem, options, solutions, count, max_count);

    const struct search search = {handle, problem, options, solutions, count, max_count};
    const struct find2_problem *noted = find2_problem_get(problem);
    if (!noted || !is_forced(caller, handle))
        return search_forward(real, &search);

    const int saved_errno = errno;
    const miopenStatus_t status = search_answer(real, noted, &search);
    errno = saved_errno;
    return status;
}

/* --- Run ------------------------------------------------------------------------------------- */

struct run {
    miopenHandle_t handle;
    miopenSolution_t solution;
    size_t count;
    const miopenTensorArgument_t *tensors;
    void *workspace;
    size_t workspace_bytes;
};

static miopenStatus_t run_forward(const struct real *real, const struct run *run)
{
    return real->miopenRunSolution(run->handle, run->solution, run->count, run->tensors,
                                   run->workspace, run->workspace_bytes);
}

/* The convolution's three of the arguments, by number; of two for one the first, as MIOpen has it.
 */
struct operands {
    const miopenTensorArgument_t *by_id[miopenTensorConvolutionY + 1];
};

static miopenStatus_t operands_read(const struct run *run, struct operands *ret_operands)
{
    struct operands operands = {{NULL}};

    for (size_t i = 0; run->tensors && i < run->count; i++) {
        const miopenTensorArgument_t *tensor = &run->tensors[i];

        if (tensor->id >= miopenTensorConvolutionX && tensor->id <= miopenTensorConvolutionY &&
            !operands.by_id[tensor->id])
            operands.by_id[tensor->id] = tensor;
    }
    for (int id = miopenTensorConvolutionX; id <= miopenTensorConvolutionY; id++) {
        if (!operands.by_id[id])
            return miopenStatusInvalidValue;
        if (operands.by_id[id]->descriptor && !*operands.by_id[id]->descriptor)
            return miopenStatusBadParm;
    }
    *ret_operands = operands;
    return miopenStatusSuccess;
}

static void operand_describe(const miopenTensorArgument_t *argument,
                             miopenTensorDescriptor_t *descriptor)
{
    if (argument->descriptor)
        *descriptor = *argument->descriptor;
}

/* The solution's solver, on the tensors as this run describes them. */
static miopenStatus_t run_solver(const struct real *real, const struct run *run,
                                 const struct find2_solution *solution)
{
    struct replica described = solution->replica;
    struct operands operands;

    const miopenStatus_t status = operands_read(run, &operands);
    if (status != miopenStatusSuccess)
        return status;
    const miopenTensorArgument_t *x = operands.by_id[miopenTensorConvolutionX];
    const miopenTensorArgument_t *w = operands.by_id[miopenTensorConvolutionW];
    const miopenTensorArgument_t *y = operands.by_id[miopenTensorConvolutionY];
    operand_describe(x, &described.x);
    operand_describe(w, &described.w);
    operand_describe(y, &described.y);

    const struct call call = replica_call(&described, &solution->problem, run->handle);
    const void *a = y->buffer, *b = w->buffer;
    void *c = x->buffer;
    if (call.direction == DIRECTION_FORWARD)
        a = w->buffer, b = x->buffer, c = y->buffer;
    else if (call.direction == DIRECTION_BACKWARD_WEIGHTS)
        b = x->buffer, c = w->buffer;
    return convolution_run_solver(real, &call, solution->solver->id, a, b, c, run->workspace,
                                  run->workspace_bytes);
}

static bool choice_has(const struct choice *choice, const struct solver *solver)
{
    for (unsigned i = 0; solver && i < choice->count; i++) {
        if (choice->usable[i].solver == solver)
            return true;
    }
    return false;
}

/*
 * A solution of a solver that the card must not run is refused: it was searched for on another
 * card, or without the shim, and who saved it can search again.
 */
static miopenStatus_t run_answer(const struct real *real, const struct run *run)
{
    const struct find2_solution *solution = find2_solution_get(real, run->solution);

    if (!solution)
        return miopenStatusAllocFailed;
    if (solution->known && solution->kind == SOLUTION_OTHER)
        return run_forward(real, run);
    if (!solution->known || solution->kind != SOLUTION_CONVOLUTION)
        return miopenStatusUnsupportedOp;

    const struct call call = replica_call(&solution->replica, &solution->problem, run->handle);
    const struct choice *choice = choice_get(real, &call);
    if (is_left_to_miopen(choice))
        return run_forward(real, run);
    if (!choice->forced || !choice_has(choice, solution->solver))
        return miopenStatusUnsupportedOp;
    return run_solver(real, run, solution);
}

SHIM_ENTRY miopenStatus_t miopenRunSolution(miopenHandle_t handle, miopenSolution_t solution,
                                            size_t count, const miopenTensorArgument_t *tensors,
                                            void *workspace, size_t workspace_bytes)
{
    const struct real *caller = real_get();
    const struct real *real = caller ? handle_real(caller, handle) : NULL;
    if (!real || !real->miopenRunSolution)
        return miopenStatusNotInitialized;

    const struct run run = {handle, solution, count, tensors, workspace, workspace_bytes};
    if (!solution || !is_forced(caller, handle))
        return run_forward(real, &run);
    return run_answer(real, &run);
}
