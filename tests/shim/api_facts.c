/*
 * Sizes, offsets and numbers of MIOpen's interface, one a line: from src/shim/miopen_api.h, or with
 * REAL from a release's own header. tests/shim/api.sh compares the two.
 */
#include <stddef.h>
#include <stdio.h>

#ifdef REAL
/* The header is C++'s: C needs this name before it is used. */
typedef struct miopenTensorArgument_t miopenTensorArgument_t;
#include <miopen/miopen.h>
#define PERF_ALGORITHM fwd_algo
#else
#include "policy/solver.h"
#include "shim/miopen_api.h"
#define PERF_ALGORITHM algorithm
#endif

#define SIZE(type)          printf("sizeof %s %zu\n", #type, sizeof(type));
#define OFFSET(type, field) printf("offset %s %s %zu\n", #type, #field, offsetof(type, field));
#define NUMBER(word, name)  printf("%s %d\n", word, (int)(name));
#define VALUE(name)         printf("value %s %d\n", #name, (int)(name));

/* Where a type's sign says how a value is widened. */
#define SIGN(type)          printf("sign %s %d\n", #type, (type)-1 < (type)0);

int main(void)
{
    SIZE(miopenHandle_t)
    SIZE(miopenTensorDescriptor_t)
    SIZE(miopenConvolutionDescriptor_t)
    SIZE(miopenRNNDescriptor_t)
    SIZE(miopenAcceleratorQueue_t)

    SIZE(miopenStatus_t)
    VALUE(miopenStatusSuccess)
    VALUE(miopenStatusNotInitialized)
    VALUE(miopenStatusInvalidValue)
    VALUE(miopenStatusBadParm)
    VALUE(miopenStatusAllocFailed)
    VALUE(miopenStatusInternalError)
    VALUE(miopenStatusNotImplemented)
    VALUE(miopenStatusUnknownError)
    VALUE(miopenStatusUnsupportedOp)
    VALUE(miopenStatusGpuOperationsSkipped)
    VALUE(miopenStatusVersionMismatch)

    SIZE(miopenDataType_t)
    SIGN(miopenDataType_t)
    SIZE(miopenTensorLayout_t)
    SIGN(miopenTensorLayout_t)
    SIZE(miopenConvolutionMode_t)
    SIGN(miopenConvolutionMode_t)
    SIZE(miopenBatchNormMode_t)
    SIGN(miopenBatchNormMode_t)
    SIZE(miopenConvFwdAlgorithm_t)
    SIGN(miopenConvFwdAlgorithm_t)
    SIZE(miopenConvBwdDataAlgorithm_t)
    SIGN(miopenConvBwdDataAlgorithm_t)
    SIZE(miopenConvBwdWeightsAlgorithm_t)
    SIGN(miopenConvBwdWeightsAlgorithm_t)
    SIZE(miopenFusionDirection_t)
    SIGN(miopenFusionDirection_t)
    SIZE(miopenActivationMode_t)
    SIGN(miopenActivationMode_t)
    SIZE(miopenTensorOp_t)
    SIGN(miopenTensorOp_t)

    SIZE(miopenConvAlgoPerf_t)
    printf("offset miopenConvAlgoPerf_t algorithm %zu\n",
           offsetof(miopenConvAlgoPerf_t, PERF_ALGORITHM));
    OFFSET(miopenConvAlgoPerf_t, time)
    OFFSET(miopenConvAlgoPerf_t, memory)
    SIZE(miopenConvSolution_t)
    OFFSET(miopenConvSolution_t, time)
    OFFSET(miopenConvSolution_t, workspace_size)
    OFFSET(miopenConvSolution_t, solution_id)
    OFFSET(miopenConvSolution_t, algorithm)

#ifdef REAL
    NUMBER("transposed", miopenTranspose)
    NUMBER("NHWC", miopenTensorNHWC)
    NUMBER("NDHWC", miopenTensorNDHWC)
    NUMBER("fp16", miopenHalf)
    NUMBER("fp32", miopenFloat)
    NUMBER("int32", miopenInt32)
    NUMBER("int8", miopenInt8)
    NUMBER("bf16", miopenBFloat16)
    NUMBER("fp64", miopenDouble)
    NUMBER("int64", miopenInt64)
    NUMBER("GEMM", miopenConvolutionAlgoGEMM)
    NUMBER("direct", miopenConvolutionAlgoDirect)
    NUMBER("FFT", miopenConvolutionAlgoFFT)
    NUMBER("Winograd", miopenConvolutionAlgoWinograd)
    NUMBER("implicit GEMM", miopenConvolutionAlgoImplicitGEMM)
    NUMBER("GEMM forward", miopenConvolutionFwdAlgoGEMM)
    NUMBER("direct forward", miopenConvolutionFwdAlgoDirect)
    NUMBER("GEMM backward data", miopenConvolutionBwdDataAlgoGEMM)
    NUMBER("direct backward data", miopenConvolutionBwdDataAlgoDirect)
    NUMBER("GEMM backward weights", miopenConvolutionBwdWeightsAlgoGEMM)
    NUMBER("direct backward weights", miopenConvolutionBwdWeightsAlgoDirect)
    NUMBER("vertical fusion", miopenVerticalFusion)
    NUMBER("batch norm per activation", miopenBNPerActivation)
    NUMBER("batch norm, spatial", miopenBNSpatial)
    NUMBER("pass through", miopenActivationPASTHRU)
    NUMBER("ReLU", miopenActivationRELU)
    NUMBER("the last activation of all", miopenActivationELU)
    NUMBER("addition", miopenTensorOpAdd)
#else
    NUMBER("transposed", MIOPEN_MODE_TRANSPOSE)
    NUMBER("NHWC", 1)
    NUMBER("NDHWC", 8)
    NUMBER("fp16", TYPE_FP16)
    NUMBER("fp32", TYPE_FP32)
    NUMBER("int32", TYPE_INT32)
    NUMBER("int8", TYPE_INT8)
    NUMBER("bf16", TYPE_BF16)
    NUMBER("fp64", TYPE_FP64)
    NUMBER("int64", TYPE_INT64)
    NUMBER("GEMM", ALGORITHM_GEMM)
    NUMBER("direct", ALGORITHM_DIRECT)
    NUMBER("FFT", ALGORITHM_FFT)
    NUMBER("Winograd", ALGORITHM_WINOGRAD)
    NUMBER("implicit GEMM", ALGORITHM_IMPLICIT_GEMM)
    NUMBER("GEMM forward", ALGORITHM_GEMM)
    NUMBER("direct forward", ALGORITHM_DIRECT)
    NUMBER("GEMM backward data", ALGORITHM_GEMM)
    NUMBER("direct backward data", ALGORITHM_DIRECT)
    NUMBER("GEMM backward weights", ALGORITHM_GEMM)
    NUMBER("direct backward weights", ALGORITHM_DIRECT)
    NUMBER("vertical fusion", MIOPEN_FUSION_VERTICAL)
    NUMBER("batch norm per activation", MIOPEN_BN_PER_ACTIVATION)
    NUMBER("batch norm, spatial", MIOPEN_BN_SPATIAL)
    NUMBER("pass through", MIOPEN_ACTIVATION_PASSTHROUGH)
    NUMBER("ReLU", MIOPEN_ACTIVATION_RELU)
    NUMBER("the last activation of all", MIOPEN_ACTIVATION_LAST)
    NUMBER("addition", MIOPEN_TENSOR_OP_ADD)
#endif
    SIZE(miopenProblem_t)
    SIZE(miopenFindOptions_t)
    SIZE(miopenSolution_t)
    SIZE(miopenProblemDirection_t)
    VALUE(miopenProblemDirectionForward)
    VALUE(miopenProblemDirectionBackward)
    VALUE(miopenProblemDirectionBackwardWeights)
    SIZE(miopenTensorArgumentId_t)
    VALUE(miopenTensorArgumentIdInvalid)
    VALUE(miopenTensorConvolutionX)
    VALUE(miopenTensorConvolutionW)
    VALUE(miopenTensorConvolutionY)
    SIZE(miopenFindResultsOrder_t)
    VALUE(miopenFindResultsOrderByTime)
    VALUE(miopenFindResultsOrderByWorkspaceSize)
    SIZE(miopenTensorArgument_t)
    OFFSET(miopenTensorArgument_t, id)
    OFFSET(miopenTensorArgument_t, descriptor)
    OFFSET(miopenTensorArgument_t, buffer)
    return 0;
}
