#include "shim/find2_problem.h"

#include "shim/call.h"
#include "shim/export.h"
#include "shim/noted.h"
#include "shim/process.h"
#include "shim/real.h"

#include <errno.h>
#include <stdlib.h>

static struct table problems;
static struct table options_set;

const struct find2_problem *find2_problem_get(miopenProblem_t problem)
{
    return (const struct find2_problem *)table_find(&problems, problem);
}

struct find2_options find2_options_get(miopenFindOptions_t options)
{
    const struct find2_options *set =
        options ? (const struct find2_options *)table_find(&options_set, options) : NULL;

    if (!set)
        return (struct find2_options){.workspace_limit = SIZE_MAX};
    /* Not the record's link, which other threads change as their objects come and go. */
    return (struct find2_options){.order = set->order,
                                  .workspace_limit = set->workspace_limit,
                                  .preallocated = set->preallocated,
                                  .preallocated_bytes = set->preallocated_bytes};
}

/* --- Problems -------------------------------------------------------------------------------- */

static struct find2_problem *problem_note(miopenProblem_t problem)
{
    struct find2_problem *noted = calloc(1, sizeof(*noted));
    if (!noted)
        return NULL;
    free(table_put(&problems, problem, &noted->record));
    return noted;
}

SHIM_ENTRY miopenStatus_t miopenCreateConvProblem(miopenProblem_t *problem,
                                                  miopenConvolutionDescriptor_t convolution,
                                                  miopenProblemDirection_t direction)
{
    const struct real *real = real_get_anew();
    if (!real || !real->miopenCreateConvProblem)
        return miopenStatusNotInitialized;

    const miopenStatus_t status = real->miopenCreateConvProblem(problem, convolution, direction);
    if (status != miopenStatusSuccess || !problem || !*problem || !machine_get())
        return status;

    /* A problem that the shim could not remember would be taken for one without a convolution. */
    const int saved_errno = errno;
    struct find2_problem *noted = problem_note(*problem);
    if (!noted) {
        if (real->miopenDestroyProblem)
            (void)real->miopenDestroyProblem(*problem);
        *problem = NULL;
        errno = saved_errno;
        return miopenStatusAllocFailed;
    }
    noted->problem.direction = (enum direction)direction;
    noted->known = (unsigned)direction < DIRECTION_COUNT &&
                   call_read_convolution(real, convolution, &noted->problem) == 0;
    errno = saved_errno;
    return status;
}

/*
 * MIOpen keeps the first tensor that is set under a number (Problem::RegisterTensorDescriptor). A
 * cast has no place in a saved solution (to_json of src/tensor.cpp), which all of ours are made of:
 * the convolution that it runs would be another one.
 */
static void problem_set_tensor(const struct real *real, struct find2_problem *noted,
                               miopenTensorArgumentId_t id, miopenTensorDescriptor_t tensor)
{
    struct tensor *const places[] = {[miopenTensorConvolutionX] = &noted->problem.x,
                                     [miopenTensorConvolutionW] = &noted->problem.w,
                                     [miopenTensorConvolutionY] = &noted->problem.y};

    if (id < miopenTensorConvolutionX || id > miopenTensorConvolutionY) {
        noted->tensors |= FIND2_OTHER_TENSORS;
    } else if (!(noted->tensors & FIND2_TENSOR(id))) {
        noted->tensors |= FIND2_TENSOR(id);
        if (call_read_tensor(real, tensor, places[id]) < 0 || places[id]->casts)
            noted->known = false;
    }
}

SHIM_ENTRY miopenStatus_t miopenSetProblemTensorDescriptor(miopenProblem_t problem,
                                                           miopenTensorArgumentId_t id,
                                                           const miopenTensorDescriptor_t tensor)
{
    const struct real *real = real_get();
    if (!real || !real->miopenSetProblemTensorDescriptor)
        return miopenStatusNotInitialized;

    const miopenStatus_t status = real->miopenSetProblemTensorDescriptor(problem, id, tensor);
    struct find2_problem *noted = (struct find2_problem *)table_find(&problems, problem);
    if (status == miopenStatusSuccess && noted) {
        const int saved_errno = errno;
        problem_set_tensor(real, noted, id, tensor);
        errno = saved_errno;
    }
    return status;
}

/* The first problem becomes that of both; where MIOpen fails, it may have become so all the same.
 */
SHIM_ENTRY miopenStatus_t miopenFuseProblems(miopenProblem_t problem, miopenProblem_t next)
{
    const struct real *real = real_get();
    if (!real || !real->miopenFuseProblems)
        return miopenStatusNotInitialized;

    const int saved_errno = errno;
    struct find2_problem *noted = (struct find2_problem *)table_find(&problems, problem);
    if (problem && next && !noted && table_find(&problems, next)) {
        noted = problem_note(problem);
        if (!noted)
            return miopenStatusAllocFailed;
    }
    if (noted && next)
        noted->fused = true;
    errno = saved_errno;
    return real->miopenFuseProblems(problem, next);
}

SHIM_ENTRY miopenStatus_t miopenDestroyProblem(miopenProblem_t problem)
{
    const struct real *real = real_get();
    if (!real || !real->miopenDestroyProblem)
        return miopenStatusNotInitialized;

    free(table_take(&problems, problem));
    return real->miopenDestroyProblem(problem);
}

/* --- Options --------------------------------------------------------------------------------- */

/* The record of options that something is set in; NULL where memory is short. */
static struct find2_options *options_note(miopenFindOptions_t options)
{
    struct find2_options *noted = (struct find2_options *)table_find(&options_set, options);
    if (noted)
        return noted;
    const int saved_errno = errno;
    noted = malloc(sizeof(*noted));
    errno = saved_errno;
    if (!noted)
        return NULL;
    *noted = find2_options_get(NULL);
    free(table_put(&options_set, options, &noted->record));
    return noted;
}

/* SET(name, (parameters), (arguments), note): `note` is run on `noted`. */
#define SET(name, parameters, arguments, note)                                                     \
    SHIM_NOTED(name, parameters, arguments, {                                                      \
        struct find2_options *noted = options_note(options);                                       \
        if (!noted)                                                                                \
            return miopenStatusAllocFailed;                                                        \
        note;                                                                                      \
        return miopenStatusSuccess;                                                                \
    })

SET(miopenSetFindOptionResultsOrder, (miopenFindOptions_t options, miopenFindResultsOrder_t order),
    (options, order), noted->order = order)
SET(miopenSetFindOptionWorkspaceLimit, (miopenFindOptions_t options, size_t bytes),
    (options, bytes), noted->workspace_limit = bytes)
SET(miopenSetFindOptionPreallocatedWorkspace,
    (miopenFindOptions_t options, void *workspace, size_t bytes), (options, workspace, bytes),
    (noted->preallocated = true, noted->preallocated_bytes = bytes))

SHIM_ENTRY miopenStatus_t miopenDestroyFindOptions(miopenFindOptions_t options)
{
    const struct real *real = real_get();
    if (!real || !real->miopenDestroyFindOptions)
        return miopenStatusNotInitialized;

    free(table_take(&options_set, options));
    return real->miopenDestroyFindOptions(options);
}
