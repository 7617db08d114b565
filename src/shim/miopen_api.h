/*
 * MIOpen's public C interface, as far as a convolution needs it, in declarations of our own: the
 * shim must build where no MIOpen is installed. Types and prototypes are the same from MIOpen 2.16
 * to 3.5.1 (include/miopen/miopen.h); tests/shim/api.sh compares them with the real headers.
 * Functions marked with a version are missing before it, and their pointer in struct real is NULL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct miopenHandle *miopenHandle_t;
typedef struct miopenTensorDescriptor *miopenTensorDescriptor_t;
typedef struct miopenConvolutionDescriptor *miopenConvolutionDescriptor_t;
typedef struct miopenRNNDescriptor *miopenRNNDescriptor_t;
typedef struct ihipStream_t *miopenAcceleratorQueue_t; /* hipStream_t */

typedef enum {
    miopenStatusSuccess = 0,
    miopenStatusNotInitialized = 1,
    miopenStatusInvalidValue = 2,
    miopenStatusBadParm = 3,
    miopenStatusAllocFailed = 4,
    miopenStatusInternalError = 5,
    miopenStatusNotImplemented = 6,
    miopenStatusUnknownError = 7,
    miopenStatusUnsupportedOp = 8,
    miopenStatusGpuOperationsSkipped = 9,
    miopenStatusVersionMismatch = 10,
} miopenStatus_t;

/* Enums whose values the shim only hands on, or that the policy has under its own names. */
typedef unsigned miopenDataType_t;        /* enum data_type */
typedef unsigned miopenTensorLayout_t;    /* 0 NCHW, 1 NHWC, … */
typedef unsigned miopenConvolutionMode_t; /* 0 convolution, 1 transpose */
typedef unsigned miopenBatchNormMode_t;
typedef unsigned miopenConvFwdAlgorithm_t;        /* enum algorithm */
typedef unsigned miopenConvBwdDataAlgorithm_t;    /* enum algorithm */
typedef unsigned miopenConvBwdWeightsAlgorithm_t; /* enum algorithm */

#define MIOPEN_MODE_TRANSPOSE 1u

typedef struct {
    unsigned algorithm; /* enum algorithm; a union of the three directions' enums in MIOpen */
    float time;         /* milliseconds */
    size_t memory;      /* workspace, bytes */
} miopenConvAlgoPerf_t;

typedef struct {
    float time;            /* milliseconds; below 0: a rough estimate */
    size_t workspace_size; /* bytes */
    uint64_t solution_id;
    unsigned algorithm; /* enum algorithm */
} miopenConvSolution_t;

/* Shorthand for this header only: the descriptors as MIOpen's prototypes take them. */
#define TENSOR      const miopenTensorDescriptor_t
#define CONVOLUTION const miopenConvolutionDescriptor_t

miopenStatus_t miopenGetVersion(size_t *major, size_t *minor, size_t *patch);
miopenStatus_t miopenCreate(miopenHandle_t *handle);
miopenStatus_t miopenCreateWithStream(miopenHandle_t *handle, miopenAcceleratorQueue_t stream);
miopenStatus_t miopenDestroy(miopenHandle_t handle);
miopenStatus_t miopenGetStream(miopenHandle_t handle, miopenAcceleratorQueue_t *stream);

miopenStatus_t miopenCreateTensorDescriptor(miopenTensorDescriptor_t *tensor);
miopenStatus_t miopenDestroyTensorDescriptor(miopenTensorDescriptor_t tensor);
miopenStatus_t miopenSet4dTensorDescriptor(miopenTensorDescriptor_t tensor, miopenDataType_t type,
                                           int n, int c, int h, int w);
miopenStatus_t miopenSet4dTensorDescriptorEx(miopenTensorDescriptor_t tensor, /* 2.17 */
                                             miopenDataType_t type, int n, int c, int h, int w,
                                             int n_stride, int c_stride, int h_stride,
                                             int w_stride);
miopenStatus_t miopenSetNdTensorDescriptorWithLayout(miopenTensorDescriptor_t tensor, /* 2.18 */
                                                     miopenDataType_t type,
                                                     miopenTensorLayout_t layout,
                                                     const int *lengths, int rank);
miopenStatus_t miopenSetTensorDescriptor(miopenTensorDescriptor_t tensor, miopenDataType_t type,
                                         int rank, const int *lengths, const int *strides);
miopenStatus_t miopenSetTensorDescriptorV2(miopenTensorDescriptor_t tensor, /* 3.2 */
                                           miopenDataType_t type, int rank, const size_t *lengths,
                                           const size_t *strides);
miopenStatus_t miopenSetTensorCastType(miopenTensorDescriptor_t tensor, /* 3.0 */
                                       miopenDataType_t type);
miopenStatus_t miopenGetTensorDescriptorSize(miopenTensorDescriptor_t tensor, int *rank);
miopenStatus_t miopenGetTensorDescriptor(miopenTensorDescriptor_t tensor, miopenDataType_t *type,
                                         int *lengths, int *strides);
miopenStatus_t miopenGetTensorNumBytes(miopenTensorDescriptor_t tensor, size_t *bytes);
/* 3.0, in no header: its own type where none was set. */
miopenStatus_t miopenGetTensorCastType(miopenTensorDescriptor_t tensor, miopenDataType_t *type);
miopenStatus_t miopenDeriveBNTensorDescriptor(miopenTensorDescriptor_t derived, TENSOR x,
                                              miopenBatchNormMode_t mode);
miopenStatus_t miopenGetRNNParamsDescriptor(miopenHandle_t handle, miopenRNNDescriptor_t rnn,
                                            miopenTensorDescriptor_t x, miopenTensorDescriptor_t w,
                                            miopenDataType_t type);
miopenStatus_t miopenGetRNNLayerParam(miopenHandle_t handle, miopenRNNDescriptor_t rnn,
                                      const int layer, miopenTensorDescriptor_t x,
                                      miopenTensorDescriptor_t w_descriptor, const void *w,
                                      const int id, miopenTensorDescriptor_t param,
                                      void *layer_param);
miopenStatus_t miopenGetRNNLayerBias(miopenHandle_t handle, miopenRNNDescriptor_t rnn,
                                     const int layer, miopenTensorDescriptor_t x,
                                     miopenTensorDescriptor_t w_descriptor, const void *w,
                                     const int id, miopenTensorDescriptor_t bias, void *layer_bias);
miopenStatus_t miopenGetRNNLayerParamOffset(miopenRNNDescriptor_t rnn, const int layer,
                                            miopenTensorDescriptor_t x, const int id,
                                            miopenTensorDescriptor_t param, size_t *offset);
miopenStatus_t miopenGetRNNLayerBiasOffset(miopenRNNDescriptor_t rnn, const int layer,
                                           miopenTensorDescriptor_t x, const int id,
                                           miopenTensorDescriptor_t bias, size_t *offset);

miopenStatus_t miopenCreateConvolutionDescriptor(miopenConvolutionDescriptor_t *convolution);
miopenStatus_t miopenDestroyConvolutionDescriptor(miopenConvolutionDescriptor_t convolution);
miopenStatus_t miopenInitConvolutionDescriptor(miopenConvolutionDescriptor_t convolution,
                                               miopenConvolutionMode_t mode, int pad_h, int pad_w,
                                               int stride_h, int stride_w, int dilation_h,
                                               int dilation_w);
miopenStatus_t miopenInitConvolutionNdDescriptor(miopenConvolutionDescriptor_t convolution,
                                                 int spatial, const int *pad, const int *stride,
                                                 const int *dilation, miopenConvolutionMode_t mode);
miopenStatus_t miopenSetConvolutionGroupCount(miopenConvolutionDescriptor_t convolution,
                                              int groups);
miopenStatus_t miopenSetTransposeConvOutputPadding(miopenConvolutionDescriptor_t convolution, int h,
                                                   int w);
miopenStatus_t miopenSetTransposeConvNdOutputPadding(miopenConvolutionDescriptor_t convolution,
                                                     int spatial, const int *padding);
miopenStatus_t miopenGetConvolutionNdDescriptor(miopenConvolutionDescriptor_t convolution,
                                                int requested_spatial, int *spatial, int *pad,
                                                int *stride, int *dilation,
                                                miopenConvolutionMode_t *mode);
miopenStatus_t miopenGetConvolutionGroupCount(miopenConvolutionDescriptor_t convolution, /* 3.0 */
                                              int *groups);

/*
 * The eight calls of each direction. D is the direction's name; A, W, C are the tensors in the
 * order of that call: GetWorkSpaceSize and immediate mode take the weights first going forward,
 * Find and the run functions take x first. Backwards both orders are the same.
 */
#define MIOPEN_DIRECTION_CALLS(D, ALGORITHM)                                                       \
    miopenStatus_t miopenConvolution##D##GetWorkSpaceSize(miopenHandle_t handle, TENSOR a,         \
                                                          TENSOR b, CONVOLUTION convolution,       \
                                                          TENSOR c, size_t *bytes);                \
    miopenStatus_t miopenConvolution##D##GetSolutionCount(miopenHandle_t handle, TENSOR a,         \
                                                          TENSOR b, CONVOLUTION convolution,       \
                                                          TENSOR c, size_t *count);                \
    miopenStatus_t miopenConvolution##D##GetSolution(                                              \
        miopenHandle_t handle, TENSOR a, TENSOR b, CONVOLUTION convolution, TENSOR c,              \
        const size_t max_count, size_t *count, miopenConvSolution_t *solutions);                   \
    miopenStatus_t miopenConvolution##D##GetSolutionWorkspaceSize(                                 \
        miopenHandle_t handle, TENSOR a, TENSOR b, CONVOLUTION convolution, TENSOR c,              \
        const uint64_t id, size_t *bytes);                                                         \
    miopenStatus_t miopenConvolution##D##CompileSolution(miopenHandle_t handle, TENSOR a,          \
                                                         TENSOR b, CONVOLUTION convolution,        \
                                                         TENSOR c, const uint64_t id);             \
    miopenStatus_t miopenConvolution##D##Immediate(                                                \
        miopenHandle_t handle, TENSOR a_descriptor, const void *a, TENSOR b_descriptor,            \
        const void *b, CONVOLUTION convolution, TENSOR c_descriptor, void *c, void *workspace,     \
        size_t workspace_bytes, const uint64_t id);                                                \
    miopenStatus_t miopenFindConvolution##D##Algorithm(                                            \
        miopenHandle_t handle, TENSOR a_descriptor, const void *a, TENSOR b_descriptor,            \
        const void *b, CONVOLUTION convolution, TENSOR c_descriptor, void *c, const int requested, \
        int *returned, miopenConvAlgoPerf_t *results, void *workspace, size_t workspace_bytes,     \
        bool exhaustive);                                                                          \
    miopenStatus_t miopenConvolution##D(                                                           \
        miopenHandle_t handle, const void *alpha, TENSOR a_descriptor, const void *a,              \
        TENSOR b_descriptor, const void *b, CONVOLUTION convolution, ALGORITHM algorithm,          \
        const void *beta, TENSOR c_descriptor, void *c, void *workspace, size_t workspace_bytes);

MIOPEN_DIRECTION_CALLS(Forward, miopenConvFwdAlgorithm_t)
MIOPEN_DIRECTION_CALLS(BackwardData, miopenConvBwdDataAlgorithm_t)
MIOPEN_DIRECTION_CALLS(BackwardWeights, miopenConvBwdWeightsAlgorithm_t)

#undef TENSOR
#undef CONVOLUTION
#undef MIOPEN_DIRECTION_CALLS

#include "shim/miopen_find2_api.h"
#include "shim/miopen_fusion_api.h"
