#include "calls.h"

/* The calls of one direction whose prototypes agree; operands stand in the order of each call. */
struct functions {
    __typeof__(miopenConvolutionForwardGetWorkSpaceSize) *workspace;
    __typeof__(miopenFindConvolutionForwardAlgorithm) *find;
    __typeof__(miopenConvolutionForwardGetSolutionCount) *count;
    __typeof__(miopenConvolutionForwardGetSolution) *solution;
    __typeof__(miopenConvolutionForwardGetSolutionWorkspaceSize) *solution_workspace;
    __typeof__(miopenConvolutionForwardCompileSolution) *compile;
    __typeof__(miopenConvolutionForwardImmediate) *immediate;
};

static const struct functions functions[DIRECTION_COUNT] = {
    [DIRECTION_FORWARD] = {miopenConvolutionForwardGetWorkSpaceSize,
                           miopenFindConvolutionForwardAlgorithm,
                           miopenConvolutionForwardGetSolutionCount,
                           miopenConvolutionForwardGetSolution,
                           miopenConvolutionForwardGetSolutionWorkspaceSize,
                           miopenConvolutionForwardCompileSolution,
                           miopenConvolutionForwardImmediate},
    [DIRECTION_BACKWARD_DATA] = {miopenConvolutionBackwardDataGetWorkSpaceSize,
                                 miopenFindConvolutionBackwardDataAlgorithm,
                                 miopenConvolutionBackwardDataGetSolutionCount,
                                 miopenConvolutionBackwardDataGetSolution,
                                 miopenConvolutionBackwardDataGetSolutionWorkspaceSize,
                                 miopenConvolutionBackwardDataCompileSolution,
                                 miopenConvolutionBackwardDataImmediate},
    [DIRECTION_BACKWARD_WEIGHTS] = {miopenConvolutionBackwardWeightsGetWorkSpaceSize,
                                    miopenFindConvolutionBackwardWeightsAlgorithm,
                                    miopenConvolutionBackwardWeightsGetSolutionCount,
                                    miopenConvolutionBackwardWeightsGetSolution,
                                    miopenConvolutionBackwardWeightsGetSolutionWorkspaceSize,
                                    miopenConvolutionBackwardWeightsCompileSolution,
                                    miopenConvolutionBackwardWeightsImmediate},
};

/* The arguments of a direction: two inputs and an output. */
struct arguments {
    struct operand first, second, out; /* in the order of Find and of the calls that run */
    struct operand a, b;               /* the inputs in the order of all other calls */
};

static struct arguments arguments_of(const struct call *call)
{
    struct arguments arguments;

    switch (call->direction) {
    case DIRECTION_FORWARD: /* the only one whose calls do not agree on an order */
        arguments.first = arguments.b = call->x;
        arguments.second = arguments.a = call->w;
        arguments.out = call->y;
        break;
    case DIRECTION_BACKWARD_DATA:
        arguments.first = arguments.a = call->y;
        arguments.second = arguments.b = call->w;
        arguments.out = call->x;
        break;
    case DIRECTION_BACKWARD_WEIGHTS:
    case DIRECTION_COUNT:
    default:
        arguments.first = arguments.a = call->y;
        arguments.second = arguments.b = call->x;
        arguments.out = call->w;
        break;
    }
    return arguments;
}

miopenStatus_t call_get_workspace_size(const struct call *call, size_t *ret_bytes)
{
    struct arguments args = arguments_of(call);

    return functions[call->direction].workspace(call->handle, args.a.tensor, args.b.tensor,
                                                call->convolution, args.out.tensor, ret_bytes);
}

miopenStatus_t call_find(const struct call *call, int max, int *ret_count,
                         miopenConvAlgoPerf_t *ret_found, void *workspace, size_t bytes,
                         bool exhaustive)
{
    struct arguments args = arguments_of(call);

    return functions[call->direction].find(call->handle, args.first.tensor, args.first.data,
                                           args.second.tensor, args.second.data, call->convolution,
                                           args.out.tensor, args.out.data, max, ret_count,
                                           ret_found, workspace, bytes, exhaustive);
}

miopenStatus_t call_get_solution_count(const struct call *call, size_t *ret_count)
{
    struct arguments args = arguments_of(call);

    return functions[call->direction].count(call->handle, args.a.tensor, args.b.tensor,
                                            call->convolution, args.out.tensor, ret_count);
}

miopenStatus_t call_get_solution(const struct call *call, size_t max, size_t *ret_count,
                                 miopenConvSolution_t *ret_solutions)
{
    struct arguments args = arguments_of(call);

    return functions[call->direction].solution(call->handle, args.a.tensor, args.b.tensor,
                                               call->convolution, args.out.tensor, max, ret_count,
                                               ret_solutions);
}

miopenStatus_t call_get_solution_workspace_size(const struct call *call, uint64_t solution,
                                                size_t *ret_bytes)
{
    struct arguments args = arguments_of(call);

    return functions[call->direction].solution_workspace(call->handle, args.a.tensor, args.b.tensor,
                                                         call->convolution, args.out.tensor,
                                                         solution, ret_bytes);
}

miopenStatus_t call_compile_solution(const struct call *call, uint64_t solution)
{
    struct arguments args = arguments_of(call);

    return functions[call->direction].compile(call->handle, args.a.tensor, args.b.tensor,
                                              call->convolution, args.out.tensor, solution);
}

miopenStatus_t call_immediate(const struct call *call, void *workspace, size_t bytes,
                              uint64_t solution)
{
    struct arguments args = arguments_of(call);

    return functions[call->direction].immediate(
        call->handle, args.a.tensor, args.a.data, args.b.tensor, args.b.data, call->convolution,
        args.out.tensor, args.out.data, workspace, bytes, solution);
}

miopenStatus_t call_convolution(const struct call *call, int algorithm, void *workspace,
                                size_t bytes)
{
    struct arguments args = arguments_of(call);
    float one = 1, zero = 0;

    switch (call->direction) {
    case DIRECTION_FORWARD:
        return miopenConvolutionForward(call->handle, &one, args.first.tensor, args.first.data,
                                        args.second.tensor, args.second.data, call->convolution,
                                        (miopenConvFwdAlgorithm_t)algorithm, &zero, args.out.tensor,
                                        args.out.data, workspace, bytes);
    case DIRECTION_BACKWARD_DATA:
        return miopenConvolutionBackwardData(
            call->handle, &one, args.first.tensor, args.first.data, args.second.tensor,
            args.second.data, call->convolution, (miopenConvBwdDataAlgorithm_t)algorithm, &zero,
            args.out.tensor, args.out.data, workspace, bytes);
    case DIRECTION_BACKWARD_WEIGHTS:
    case DIRECTION_COUNT:
    default:
        return miopenConvolutionBackwardWeights(
            call->handle, &one, args.first.tensor, args.first.data, args.second.tensor,
            args.second.data, call->convolution, (miopenConvBwdWeightsAlgorithm_t)algorithm, &zero,
            args.out.tensor, args.out.data, workspace, bytes);
    }
}
