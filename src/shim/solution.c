/*
 * The questions of immediate mode, answered from the choice: which solutions there are, what they
 * need, and to compile one. A foreign id (of a saved program, or a database) stands for the
 * preferred solver.
 */
#include "shim/choice.h"
#include "shim/export.h"

SHIM_HOT miopenStatus_t get_solution_count(const struct call *call, size_t *count)
{
    const struct real *caller = real_get();
    if (!caller)
        return miopenStatusNotInitialized;

    const struct choice *choice = choice_get(caller, call);
    const struct real *real = choice_real(choice, caller);
    if (!REAL_OF(real, call->direction, miopenConvolution, GetSolutionCount))
        return miopenStatusNotInitialized;
    if (!choice->forced || !count)
        return REAL_OF(real, call->direction, miopenConvolution, GetSolutionCount)(
            call->handle, call->a, call->b, call->convolution, call->c, count);
    if (choice->count == 0)
        return miopenStatusNotImplemented; /* as MIOpen where it knows no solution */
    *count = choice->count;
    return miopenStatusSuccess;
}

SHIM_HOT miopenStatus_t get_solution(const struct call *call, size_t max_count, size_t *count,
                                     miopenConvSolution_t *solutions)
{
    const struct real *caller = real_get();
    if (!caller)
        return miopenStatusNotInitialized;

    const struct choice *choice = choice_get(caller, call);
    const struct real *real = choice_real(choice, caller);
    if (!REAL_OF(real, call->direction, miopenConvolution, GetSolution))
        return miopenStatusNotInitialized;
    if (!choice->forced || !solutions)
        return REAL_OF(real, call->direction, miopenConvolution,
                       GetSolution)(call->handle, call->a, call->b, call->convolution, call->c,
                                    max_count, count, solutions);

    size_t n = choice->count < max_count ? choice->count : max_count;
    for (size_t i = 0; i < n; i++)
        solutions[i] = (miopenConvSolution_t){.time = STANDING_TIME(i),
                                              .workspace_size = choice->usable[i].workspace_bytes,
                                              .solution_id = choice->usable[i].solver->id,
                                              .algorithm = choice->usable[i].solver->algorithm};
    if (count)
        *count = n;
    return miopenStatusSuccess;
}

SHIM_HOT miopenStatus_t get_solution_workspace_size(const struct call *call, uint64_t id,
                                                    size_t *bytes)
{
    const struct real *caller = real_get();
    if (!caller)
        return miopenStatusNotInitialized;

    struct choice *choice = choice_get(caller, call);
    const struct real *real = choice_real(choice, caller);
    if (!REAL_OF(real, call->direction, miopenConvolution, GetSolutionWorkspaceSize))
        return miopenStatusNotInitialized;
    if (!choice->forced || !bytes)
        return REAL_OF(real, call->direction, miopenConvolution, GetSolutionWorkspaceSize)(
            call->handle, call->a, call->b, call->convolution, call->c, id, bytes);
    if (choice->count == 0)
        return miopenStatusBadParm; /* as MIOpen for a solver that is not applicable */
    *bytes = choice_usable(choice, id)->workspace_bytes;
    return miopenStatusSuccess;
}

SHIM_HOT miopenStatus_t compile_solution(const struct call *call, uint64_t id)
{
    const struct real *caller = real_get();
    if (!caller)
        return miopenStatusNotInitialized;

    struct choice *choice = choice_get(caller, call);
    const struct real *real = choice_real(choice, caller);
    if (!REAL_OF(real, call->direction, miopenConvolution, CompileSolution))
        return miopenStatusNotInitialized;
    if (!choice->forced)
        return REAL_OF(real, call->direction, miopenConvolution, CompileSolution)(
            call->handle, call->a, call->b, call->convolution, call->c, id);
    if (choice->count == 0)
        return miopenStatusBadParm;
    /* Whichever it is, the calls that launch will find it again. */
    unsigned i = 0;
    return choice_compile_any(real, call, choice,
                              (unsigned)(choice_usable(choice, id) - choice->usable), &i);
}

#define DEFINE(D, DIRECTION)                                                                       \
    SHIM_ENTRY miopenStatus_t miopenConvolution##D##GetSolutionCount(                              \
        miopenHandle_t handle, const miopenTensorDescriptor_t a, const miopenTensorDescriptor_t b, \
        const miopenConvolutionDescriptor_t convolution, const miopenTensorDescriptor_t c,         \
        size_t *count)                                                                             \
    {                                                                                              \
        return get_solution_count(&(struct call){DIRECTION, handle, a, b, convolution, c}, count); \
    }                                                                                              \
                                                                                                   \
    SHIM_ENTRY miopenStatus_t miopenConvolution##D##GetSolution(                                   \
        miopenHandle_t handle, const miopenTensorDescriptor_t a, const miopenTensorDescriptor_t b, \
        const miopenConvolutionDescriptor_t convolution, const miopenTensorDescriptor_t c,         \
        const size_t max_count, size_t *count, miopenConvSolution_t *solutions)                    \
    {                                                                                              \
        return get_solution(&(struct call){DIRECTION, handle, a, b, convolution, c}, max_count,    \
                            count, solutions);                                                     \
    }                                                                                              \
                                                                                                   \
    SHIM_ENTRY miopenStatus_t miopenConvolution##D##GetSolutionWorkspaceSize(                      \
        miopenHandle_t handle, const miopenTensorDescriptor_t a, const miopenTensorDescriptor_t b, \
        const miopenConvolutionDescriptor_t convolution, const miopenTensorDescriptor_t c,         \
        const uint64_t id, size_t *bytes)                                                          \
    {                                                                                              \
        return get_solution_workspace_size(                                                        \
            &(struct call){DIRECTION, handle, a, b, convolution, c}, id, bytes);                   \
    }                                                                                              \
                                                                                                   \
    SHIM_ENTRY miopenStatus_t miopenConvolution##D##CompileSolution(                               \
        miopenHandle_t handle, const miopenTensorDescriptor_t a, const miopenTensorDescriptor_t b, \
        const miopenConvolutionDescriptor_t convolution, const miopenTensorDescriptor_t c,         \
        const uint64_t id)                                                                         \
    {                                                                                              \
        return compile_solution(&(struct call){DIRECTION, handle, a, b, convolution, c}, id);      \
    }

DEFINE(Forward, DIRECTION_FORWARD)
DEFINE(BackwardData, DIRECTION_BACKWARD_DATA)
DEFINE(BackwardWeights, DIRECTION_BACKWARD_WEIGHTS)
