/*
 * Find 1.0: the workspace a program asks for is that of the solver it will be given, and the search
 * is answered from the choice. Nothing is launched.
 */
#include "shim/choice.h"
#include "shim/export.h"
#include "shim/handle.h"
#include "shim/trace_record.h"

SHIM_HOT miopenStatus_t get_workspace_size(const struct call *call, size_t *bytes)
{
    const struct real *caller = real_get();
    if (!caller)
        return miopenStatusNotInitialized;

    const struct choice *choice = choice_get(caller, call);
    const struct real *real = choice_real(choice, caller);
    if (!REAL_OF(real, call->direction, miopenConvolution, GetWorkSpaceSize))
        return miopenStatusNotInitialized;
    if (!choice->forced || choice->count == 0 || !bytes)
        return REAL_OF(real, call->direction, miopenConvolution, GetWorkSpaceSize)(
            call->handle, call->a, call->b, call->convolution, call->c, bytes);
    *bytes = choice->usable[0].workspace_bytes;
    return miopenStatusSuccess;
}

/* The arguments of Find behind the descriptors, in MIOpen's order. */
struct search {
    const void *first, *second;
    void *c;
    int requested;
    int *returned;
    miopenConvAlgoPerf_t *results;
    void *workspace;
    size_t workspace_bytes;
    bool exhaustive;
};

SHIM_HOT miopenStatus_t find(enum direction direction, miopenHandle_t handle,
                             miopenTensorDescriptor_t first, miopenTensorDescriptor_t second,
                             miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t c,
                             const struct search *search)
{
    const struct real *caller = real_get();
    if (!caller)
        return miopenStatusNotInitialized;

    /* What MIOpen refuses before it searches it refuses best itself. */
    const bool refused = !search->first || !search->second || !search->c || !search->returned ||
                         !search->results || search->requested < 1;
    const struct call call = call_in_find_order(direction, handle, first, second, convolution, c);
    struct choice *choice = refused ? NULL : choice_get(caller, &call);
    const struct real *real = choice ? choice_real(choice, caller) : handle_real(caller, handle);
    if (!REAL_OF(real, direction, miopenFindConvolution, Algorithm))
        return miopenStatusNotInitialized;
    if (!choice || !choice->forced)
        return REAL_OF(real, direction, miopenFindConvolution, Algorithm)(
            handle, first, search->first, second, search->second, convolution, c, search->c,
            search->requested, search->returned, search->results, search->workspace,
            search->workspace_bytes, search->exhaustive);

    /* Compiling is what makes the run functions know the solver (MIOpen Handle::RegisterInvoker).
     */
    unsigned i = 0;
    const bool found =
        choice->count > 0 && choice_compile_any(real, &call, choice, 0, &i) == miopenStatusSuccess;
    trace_record_find(choice->record, found ? miopenStatusSuccess : miopenStatusUnknownError);
    if (!found)
        return miopenStatusUnknownError; /* as MIOpen's "No suitable algorithm was found" */
    search->results[0] = (miopenConvAlgoPerf_t){.algorithm = choice->usable[i].solver->algorithm,
                                                .time = STANDING_TIME(i),
                                                .memory = choice->usable[i].workspace_bytes};
    *search->returned = 1;
    return miopenStatusSuccess;
}

#define DEFINE(D, DIRECTION)                                                                       \
    SHIM_ENTRY miopenStatus_t miopenConvolution##D##GetWorkSpaceSize(                              \
        miopenHandle_t handle, const miopenTensorDescriptor_t a, const miopenTensorDescriptor_t b, \
        const miopenConvolutionDescriptor_t convolution, const miopenTensorDescriptor_t c,         \
        size_t *bytes)                                                                             \
    {                                                                                              \
        return get_workspace_size(&(struct call){DIRECTION, handle, a, b, convolution, c}, bytes); \
    }                                                                                              \
                                                                                                   \
    SHIM_ENTRY miopenStatus_t miopenFindConvolution##D##Algorithm(                                 \
        miopenHandle_t handle, const miopenTensorDescriptor_t a_descriptor, const void *a,         \
        const miopenTensorDescriptor_t b_descriptor, const void *b,                                \
        const miopenConvolutionDescriptor_t convolution,                                           \
        const miopenTensorDescriptor_t c_descriptor, void *c, const int requested, int *returned,  \
        miopenConvAlgoPerf_t *results, void *workspace, size_t workspace_bytes, bool exhaustive)   \
    {                                                                                              \
        return find(DIRECTION, handle, a_descriptor, b_descriptor, convolution, c_descriptor,      \
                    &(struct search){a, b, c, requested, returned, results, workspace,             \
                                     workspace_bytes, exhaustive});                                \
    }

DEFINE(Forward, DIRECTION_FORWARD)
DEFINE(BackwardData, DIRECTION_BACKWARD_DATA)
DEFINE(BackwardWeights, DIRECTION_BACKWARD_WEIGHTS)
