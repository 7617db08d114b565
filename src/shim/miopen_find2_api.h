/* The part of MIOpen's public C interface that is called Find 2.0; see miopen_api.h. */
#pragma once

#include "shim/miopen_api.h"

typedef struct miopenProblem *miopenProblem_t;
typedef struct miopenFindOptions *miopenFindOptions_t;
typedef struct miopenSolution *miopenSolution_t;

typedef enum {
    miopenProblemDirectionForward = 0,
    miopenProblemDirectionBackward = 1,
    miopenProblemDirectionBackwardWeights = 2,
} miopenProblemDirection_t;

/* Those of a convolution; of other operations there are more, whose numbers have changed. */
typedef enum {
    miopenTensorArgumentIdInvalid = 0,
    miopenTensorConvolutionX = 1,
    miopenTensorConvolutionW = 2,
    miopenTensorConvolutionY = 3,
} miopenTensorArgumentId_t;

typedef enum {
    miopenFindResultsOrderByTime = 0,
    miopenFindResultsOrderByWorkspaceSize = 1,
} miopenFindResultsOrder_t;

typedef struct miopenTensorArgument_t {
    miopenTensorArgumentId_t id;
    miopenTensorDescriptor_t *descriptor; /* NULL: as the problem has it */
    void *buffer;
} miopenTensorArgument_t;

miopenStatus_t miopenCreateConvProblem(miopenProblem_t *problem,
                                       miopenConvolutionDescriptor_t convolution,
                                       miopenProblemDirection_t direction);
miopenStatus_t miopenSetProblemTensorDescriptor(miopenProblem_t problem,
                                                miopenTensorArgumentId_t id,
                                                const miopenTensorDescriptor_t tensor);
miopenStatus_t miopenFuseProblems(miopenProblem_t problem, miopenProblem_t next); /* 3.1 */
miopenStatus_t miopenDestroyProblem(miopenProblem_t problem);

miopenStatus_t miopenSetFindOptionResultsOrder(miopenFindOptions_t options,
                                               miopenFindResultsOrder_t order);
miopenStatus_t miopenSetFindOptionWorkspaceLimit(miopenFindOptions_t options, size_t bytes);
miopenStatus_t miopenSetFindOptionPreallocatedWorkspace(miopenFindOptions_t options, /* 2.20 */
                                                        void *workspace, size_t bytes);
miopenStatus_t miopenDestroyFindOptions(miopenFindOptions_t options);

miopenStatus_t miopenFindSolutions(miopenHandle_t handle, miopenProblem_t problem,
                                   miopenFindOptions_t options, miopenSolution_t *solutions,
                                   size_t *count, size_t max_count);
miopenStatus_t miopenRunSolution(miopenHandle_t handle, miopenSolution_t solution, size_t count,
                                 const miopenTensorArgument_t *tensors, void *workspace,
                                 size_t workspace_bytes);
miopenStatus_t miopenLoadSolution(miopenSolution_t *solution, const char *data, size_t size);
miopenStatus_t miopenSaveSolution(miopenSolution_t solution, char *data);
miopenStatus_t miopenDestroySolution(miopenSolution_t solution);
miopenStatus_t miopenGetSolutionSize(miopenSolution_t solution, size_t *size);
miopenStatus_t miopenGetSolutionWorkspaceSize(miopenSolution_t solution, size_t *bytes);
miopenStatus_t miopenGetSolutionSolverId(miopenSolution_t solution, uint64_t *id); /* 2.20 */
