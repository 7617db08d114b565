/*
 * The functions that change a descriptor. Each forwards, then ends what was remembered of the
 * object: also where MIOpen failed, for it may have changed a part.
 */
#include "shim/export.h"
#include "shim/generation.h"
#include "shim/real.h"

atomic_uint generations[GENERATION_SLOTS];

/* MUTATOR(name, (parameters), (arguments), object): `object` is what the call changes. */
#define MUTATOR(name, parameters, arguments, object)                                               \
    SHIM_EXPORT miopenStatus_t name parameters                                                     \
    {                                                                                              \
        const struct real *real = real_get();                                                      \
        if (!real || !real->name)                                                                  \
            return miopenStatusNotInitialized;                                                     \
        miopenStatus_t status = real->name arguments;                                              \
        generation_end(object);                                                                    \
        return status;                                                                             \
    }

MUTATOR(miopenCreateTensorDescriptor, (miopenTensorDescriptor_t * tensor), (tensor),
        tensor ? *tensor : NULL)
MUTATOR(miopenSet4dTensorDescriptor,
        (miopenTensorDescriptor_t tensor, miopenDataType_t type, int n, int c, int h, int w),
        (tensor, type, n, c, h, w), tensor)
MUTATOR(miopenSet4dTensorDescriptorEx,
        (miopenTensorDescriptor_t tensor, miopenDataType_t type, int n, int c, int h, int w,
         int n_stride, int c_stride, int h_stride, int w_stride),
        (tensor, type, n, c, h, w, n_stride, c_stride, h_stride, w_stride), tensor)
MUTATOR(miopenSetNdTensorDescriptorWithLayout,
        (miopenTensorDescriptor_t tensor, miopenDataType_t type, miopenTensorLayout_t layout,
         const int *lengths, int rank),
        (tensor, type, layout, lengths, rank), tensor)
MUTATOR(miopenSetTensorDescriptor,
        (miopenTensorDescriptor_t tensor, miopenDataType_t type, int rank, const int *lengths,
         const int *strides),
        (tensor, type, rank, lengths, strides), tensor)
MUTATOR(miopenSetTensorDescriptorV2,
        (miopenTensorDescriptor_t tensor, miopenDataType_t type, int rank, const size_t *lengths,
         const size_t *strides),
        (tensor, type, rank, lengths, strides), tensor)
MUTATOR(miopenSetTensorCastType, (miopenTensorDescriptor_t tensor, miopenDataType_t type),
        (tensor, type), tensor)
MUTATOR(miopenDeriveBNTensorDescriptor,
        (miopenTensorDescriptor_t derived, const miopenTensorDescriptor_t x,
         miopenBatchNormMode_t mode),
        (derived, x, mode), derived)
MUTATOR(miopenGetRNNParamsDescriptor,
        (miopenHandle_t handle, miopenRNNDescriptor_t rnn, miopenTensorDescriptor_t x,
         miopenTensorDescriptor_t w, miopenDataType_t type),
        (handle, rnn, x, w, type), w)
MUTATOR(miopenGetRNNLayerParam,
        (miopenHandle_t handle, miopenRNNDescriptor_t rnn, const int layer,
         miopenTensorDescriptor_t x, miopenTensorDescriptor_t w_descriptor, const void *w,
         const int id, miopenTensorDescriptor_t param, void *layer_param),
        (handle, rnn, layer, x, w_descriptor, w, id, param, layer_param), param)
MUTATOR(miopenGetRNNLayerBias,
        (miopenHandle_t handle, miopenRNNDescriptor_t rnn, const int layer,
         miopenTensorDescriptor_t x, miopenTensorDescriptor_t w_descriptor, const void *w,
         const int id, miopenTensorDescriptor_t bias, void *layer_bias),
        (handle, rnn, layer, x, w_descriptor, w, id, bias, layer_bias), bias)
MUTATOR(miopenGetRNNLayerParamOffset,
        (miopenRNNDescriptor_t rnn, const int layer, miopenTensorDescriptor_t x, const int id,
         miopenTensorDescriptor_t param, size_t *offset),
        (rnn, layer, x, id, param, offset), param)
MUTATOR(miopenGetRNNLayerBiasOffset,
        (miopenRNNDescriptor_t rnn, const int layer, miopenTensorDescriptor_t x, const int id,
         miopenTensorDescriptor_t bias, size_t *offset),
        (rnn, layer, x, id, bias, offset), bias)
MUTATOR(miopenCreateConvolutionDescriptor, (miopenConvolutionDescriptor_t * convolution),
        (convolution), convolution ? *convolution : NULL)
MUTATOR(miopenInitConvolutionDescriptor,
        (miopenConvolutionDescriptor_t convolution, miopenConvolutionMode_t mode, int pad_h,
         int pad_w, int stride_h, int stride_w, int dilation_h, int dilation_w),
        (convolution, mode, pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w), convolution)
MUTATOR(miopenInitConvolutionNdDescriptor,
        (miopenConvolutionDescriptor_t convolution, int spatial, const int *pad, const int *stride,
         const int *dilation, miopenConvolutionMode_t mode),
        (convolution, spatial, pad, stride, dilation, mode), convolution)
MUTATOR(miopenSetConvolutionGroupCount, (miopenConvolutionDescriptor_t convolution, int groups),
        (convolution, groups), convolution)
MUTATOR(miopenSetTransposeConvOutputPadding,
        (miopenConvolutionDescriptor_t convolution, int h, int w), (convolution, h, w), convolution)
MUTATOR(miopenSetTransposeConvNdOutputPadding,
        (miopenConvolutionDescriptor_t convolution, int spatial, const int *padding),
        (convolution, spatial, padding), convolution)
