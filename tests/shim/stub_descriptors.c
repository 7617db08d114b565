/* The stub of libMIOpen: tensor and convolution descriptors. */
#include "stub_miopen.h"

#include "stub_enter.h"

#include <string.h>

/* NULL strides: those of a packed tensor. */
static miopenStatus_t tensor_set_wide(miopenTensorDescriptor_t tensor, unsigned type, int rank,
                                      const int64_t *lengths, const int64_t *strides)
{
    if (!tensor || !lengths || rank < 1 || rank > STUB_RANK)
        return miopenStatusBadParm;
    *tensor = (struct miopenTensorDescriptor){.type = type, .cast = type, .rank = rank};
    for (int i = rank - 1; i >= 0; i--) {
        tensor->lengths[i] = lengths[i];
        if (strides)
            tensor->strides[i] = strides[i];
        else
            tensor->strides[i] =
                i == rank - 1 ? 1 : tensor->strides[i + 1] * tensor->lengths[i + 1];
    }
    return miopenStatusSuccess;
}

static miopenStatus_t tensor_set(miopenTensorDescriptor_t tensor, unsigned type, int rank,
                                 const int *lengths, const int *strides)
{
    int64_t wide[STUB_RANK], wide_strides[STUB_RANK];

    for (int i = 0; lengths && i < rank && i < STUB_RANK; i++) {
        wide[i] = lengths[i];
        wide_strides[i] = strides ? strides[i] : 0;
    }
    return tensor_set_wide(tensor, type, rank, lengths ? wide : NULL,
                           strides ? wide_strides : NULL);
}

miopenStatus_t miopenCreateTensorDescriptor(miopenTensorDescriptor_t *tensor)
{
    STUB_ENTER(miopenCreateTensorDescriptor, tensor);
    if (!tensor)
        return miopenStatusBadParm;
    *tensor = stub_object_new(STUB_KIND_TENSOR, sizeof(**tensor));
    return *tensor ? miopenStatusSuccess : miopenStatusAllocFailed;
}

miopenStatus_t miopenDestroyTensorDescriptor(miopenTensorDescriptor_t tensor)
{
    const int status = STUB_STATUS(miopenDestroyTensorDescriptor, tensor);
    stub_object_free(STUB_KIND_TENSOR, tensor);
    return status == STUB_NORMAL ? miopenStatusSuccess : (miopenStatus_t)status;
}

miopenStatus_t miopenSet4dTensorDescriptor(miopenTensorDescriptor_t tensor, miopenDataType_t type,
                                           int n, int c, int h, int w)
{
    STUB_ENTER(miopenSet4dTensorDescriptor, tensor, type, n, c, h, w);
    return tensor_set(tensor, type, 4, (const int[]){n, c, h, w}, NULL);
}

miopenStatus_t miopenSet4dTensorDescriptorEx(miopenTensorDescriptor_t tensor, miopenDataType_t type,
                                             int n, int c, int h, int w, int n_stride, int c_stride,
                                             int h_stride, int w_stride)
{
    STUB_ENTER(miopenSet4dTensorDescriptorEx, tensor, type, n, c, h, w, n_stride, c_stride,
               h_stride, w_stride);
    return tensor_set(tensor, type, 4, (const int[]){n, c, h, w},
                      (const int[]){n_stride, c_stride, h_stride, w_stride});
}

/* Layouts as numbered by miopenTensorLayout_t: NHWC 1 and NDHWC 8, all others as they stand. */
miopenStatus_t miopenSetNdTensorDescriptorWithLayout(miopenTensorDescriptor_t tensor,
                                                     miopenDataType_t type,
                                                     miopenTensorLayout_t layout,
                                                     const int *lengths, int rank)
{
    STUB_ENTER(miopenSetNdTensorDescriptorWithLayout, tensor, type, layout, lengths, rank);
    miopenStatus_t status = tensor_set(tensor, type, rank, lengths, NULL);
    if (status != miopenStatusSuccess || (layout != 1 && layout != 8))
        return status;
    int64_t stride = lengths[1];
    tensor->strides[1] = 1;
    for (int i = rank - 1; i >= 0; i--) {
        if (i == 1)
            continue;
        tensor->strides[i] = stride;
        stride *= lengths[i];
    }
    return miopenStatusSuccess;
}

miopenStatus_t miopenSetTensorDescriptor(miopenTensorDescriptor_t tensor, miopenDataType_t type,
                                         int rank, const int *lengths, const int *strides)
{
    STUB_ENTER(miopenSetTensorDescriptor, tensor, type, rank, lengths, strides);
    return tensor_set(tensor, type, rank, lengths, strides);
}

miopenStatus_t miopenSetTensorDescriptorV2(miopenTensorDescriptor_t tensor, miopenDataType_t type,
                                           int rank, const size_t *lengths, const size_t *strides)
{
    STUB_ENTER(miopenSetTensorDescriptorV2, tensor, type, rank, lengths, strides);
    return tensor_set_wide(tensor, type, rank, (const int64_t *)lengths, (const int64_t *)strides);
}

miopenStatus_t miopenSetTensorCastType(miopenTensorDescriptor_t tensor, miopenDataType_t type)
{
    STUB_ENTER(miopenSetTensorCastType, tensor, type);
    if (!tensor)
        return miopenStatusBadParm;
    tensor->cast = type;
    return miopenStatusSuccess;
}

miopenStatus_t miopenGetTensorDescriptorSize(miopenTensorDescriptor_t tensor, int *rank)
{
    STUB_ENTER(miopenGetTensorDescriptorSize, tensor, rank);
    if (!tensor || !rank)
        return miopenStatusBadParm;
    *rank = (int)tensor->rank;
    return miopenStatusSuccess;
}

miopenStatus_t miopenGetTensorDescriptor(miopenTensorDescriptor_t tensor, miopenDataType_t *type,
                                         int *lengths, int *strides)
{
    STUB_ENTER(miopenGetTensorDescriptor, tensor, type, lengths, strides);
    if (!tensor || !type || !lengths || !strides)
        return miopenStatusBadParm;
    *type = tensor->type;
    for (int i = 0; i < tensor->rank; i++) { /* as MIOpen's: what is too much is cut off */
        lengths[i] = (int)tensor->lengths[i];
        strides[i] = (int)tensor->strides[i];
    }
    return miopenStatusSuccess;
}

miopenStatus_t miopenGetTensorNumBytes(miopenTensorDescriptor_t tensor, size_t *bytes)
{
    int64_t last = 0;

    STUB_ENTER(miopenGetTensorNumBytes, tensor, bytes);
    if (!tensor || !bytes)
        return miopenStatusBadParm;
    for (int i = 0; i < tensor->rank; i++)
        last += (tensor->lengths[i] - 1) * tensor->strides[i];
    *bytes = ((size_t)last + 1) * stub_type_bytes(tensor->type);
    return miopenStatusSuccess;
}

miopenStatus_t miopenGetTensorCastType(miopenTensorDescriptor_t tensor, miopenDataType_t *type)
{
    STUB_ENTER(miopenGetTensorCastType, tensor, type);
    if (!tensor || !type)
        return miopenStatusBadParm;
    *type = tensor->cast;
    return miopenStatusSuccess;
}

/* What an RNN or a batch norm makes of a descriptor is of no matter here, only that it differs. */
static miopenStatus_t tensor_overwrite(miopenTensorDescriptor_t tensor)
{
    return tensor_set(tensor, 1, 4, (const int[]){1, 1, 7, 7}, NULL);
}

miopenStatus_t miopenDeriveBNTensorDescriptor(miopenTensorDescriptor_t derived,
                                              const miopenTensorDescriptor_t x,
                                              miopenBatchNormMode_t mode)
{
    STUB_ENTER(miopenDeriveBNTensorDescriptor, derived, x, mode);
    return tensor_overwrite(derived);
}

miopenStatus_t miopenGetRNNParamsDescriptor(miopenHandle_t handle, miopenRNNDescriptor_t rnn,
                                            miopenTensorDescriptor_t x, miopenTensorDescriptor_t w,
                                            miopenDataType_t type)
{
    STUB_ENTER(miopenGetRNNParamsDescriptor, handle, rnn, x, w, type);
    return tensor_overwrite(w);
}

miopenStatus_t miopenGetRNNLayerParam(miopenHandle_t handle, miopenRNNDescriptor_t rnn,
                                      const int layer, miopenTensorDescriptor_t x,
                                      miopenTensorDescriptor_t w_descriptor, const void *w,
                                      const int id, miopenTensorDescriptor_t param,
                                      void *layer_param)
{
    STUB_ENTER(miopenGetRNNLayerParam, handle, rnn, layer, x, w_descriptor, w, id, param,
               layer_param);
    return tensor_overwrite(param);
}

miopenStatus_t miopenGetRNNLayerBias(miopenHandle_t handle, miopenRNNDescriptor_t rnn,
                                     const int layer, miopenTensorDescriptor_t x,
                                     miopenTensorDescriptor_t w_descriptor, const void *w,
                                     const int id, miopenTensorDescriptor_t bias, void *layer_bias)
{
    STUB_ENTER(miopenGetRNNLayerBias, handle, rnn, layer, x, w_descriptor, w, id, bias, layer_bias);
    return tensor_overwrite(bias);
}

miopenStatus_t miopenGetRNNLayerParamOffset(miopenRNNDescriptor_t rnn, const int layer,
                                            miopenTensorDescriptor_t x, const int id,
                                            miopenTensorDescriptor_t param, size_t *offset)
{
    STUB_ENTER(miopenGetRNNLayerParamOffset, rnn, layer, x, id, param, offset);
    return tensor_overwrite(param);
}

miopenStatus_t miopenGetRNNLayerBiasOffset(miopenRNNDescriptor_t rnn, const int layer,
                                           miopenTensorDescriptor_t x, const int id,
                                           miopenTensorDescriptor_t bias, size_t *offset)
{
    STUB_ENTER(miopenGetRNNLayerBiasOffset, rnn, layer, x, id, bias, offset);
    return tensor_overwrite(bias);
}

static miopenStatus_t convolution_set(miopenConvolutionDescriptor_t convolution, unsigned mode,
                                      int spatial, const int *pad, const int *stride,
                                      const int *dilation)
{
    if (!convolution || spatial < 1 || spatial > 3 || !pad || !stride || !dilation)
        return miopenStatusBadParm;
    *convolution = (struct miopenConvolutionDescriptor){
        .mode = mode == 1 ? 1 : 0, .spatial = spatial, .groups = 1};
    memcpy(convolution->pad, pad, sizeof(int) * (size_t)spatial);
    memcpy(convolution->stride, stride, sizeof(int) * (size_t)spatial);
    memcpy(convolution->dilation, dilation, sizeof(int) * (size_t)spatial);
    return miopenStatusSuccess;
}

miopenStatus_t miopenCreateConvolutionDescriptor(miopenConvolutionDescriptor_t *convolution)
{
    STUB_ENTER(miopenCreateConvolutionDescriptor, convolution);
    if (!convolution)
        return miopenStatusBadParm;
    *convolution = stub_object_new(STUB_KIND_CONVOLUTION, sizeof(**convolution));
    if (!*convolution)
        return miopenStatusAllocFailed;
    const int zeroes[2] = {0, 0}, ones[2] = {1, 1};
    return convolution_set(*convolution, 0, 2, zeroes, ones, ones);
}

miopenStatus_t miopenDestroyConvolutionDescriptor(miopenConvolutionDescriptor_t convolution)
{
    const int status = STUB_STATUS(miopenDestroyConvolutionDescriptor, convolution);
    stub_object_free(STUB_KIND_CONVOLUTION, convolution);
    return status == STUB_NORMAL ? miopenStatusSuccess : (miopenStatus_t)status;
}

miopenStatus_t miopenInitConvolutionDescriptor(miopenConvolutionDescriptor_t convolution,
                                               miopenConvolutionMode_t mode, int pad_h, int pad_w,
                                               int stride_h, int stride_w, int dilation_h,
                                               int dilation_w)
{
    STUB_ENTER(miopenInitConvolutionDescriptor, convolution, mode, pad_h, pad_w, stride_h, stride_w,
               dilation_h, dilation_w);
    return convolution_set(convolution, mode, 2, (const int[]){pad_h, pad_w},
                           (const int[]){stride_h, stride_w},
                           (const int[]){dilation_h, dilation_w});
}

miopenStatus_t miopenInitConvolutionNdDescriptor(miopenConvolutionDescriptor_t convolution,
                                                 int spatial, const int *pad, const int *stride,
                                                 const int *dilation, miopenConvolutionMode_t mode)
{
    STUB_ENTER(miopenInitConvolutionNdDescriptor, convolution, spatial, pad, stride, dilation,
               mode);
    return convolution_set(convolution, mode, spatial, pad, stride, dilation);
}

miopenStatus_t miopenSetConvolutionGroupCount(miopenConvolutionDescriptor_t convolution, int groups)
{
    STUB_ENTER(miopenSetConvolutionGroupCount, convolution, groups);
    if (!convolution || groups < 1)
        return miopenStatusBadParm;
    convolution->groups = groups;
    return miopenStatusSuccess;
}

miopenStatus_t miopenGetConvolutionGroupCount(miopenConvolutionDescriptor_t convolution,
                                              int *groups)
{
    STUB_ENTER(miopenGetConvolutionGroupCount, convolution, groups);
    if (!convolution || !groups)
        return miopenStatusBadParm;
    *groups = convolution->groups;
    return miopenStatusSuccess;
}

/* Output padding shows in y's lengths and nowhere else, so a changed stride stands for it. */
miopenStatus_t miopenSetTransposeConvOutputPadding(miopenConvolutionDescriptor_t convolution, int h,
                                                   int w)
{
    STUB_ENTER(miopenSetTransposeConvOutputPadding, convolution, h, w);
    if (!convolution)
        return miopenStatusBadParm;
    convolution->stride[0] = convolution->stride[1] = 3;
    return miopenStatusSuccess;
}

miopenStatus_t miopenSetTransposeConvNdOutputPadding(miopenConvolutionDescriptor_t convolution,
                                                     int spatial, const int *padding)
{
    STUB_ENTER(miopenSetTransposeConvNdOutputPadding, convolution, spatial, padding);
    if (!convolution)
        return miopenStatusBadParm;
    convolution->stride[0] = convolution->stride[1] = 3;
    return miopenStatusSuccess;
}

miopenStatus_t miopenGetConvolutionNdDescriptor(miopenConvolutionDescriptor_t convolution,
                                                int requested_spatial, int *spatial, int *pad,
                                                int *stride, int *dilation,
                                                miopenConvolutionMode_t *mode)
{
    STUB_ENTER(miopenGetConvolutionNdDescriptor, convolution, requested_spatial, spatial, pad,
               stride, dilation, mode);
    if (!convolution)
        return miopenStatusBadParm;
    if (requested_spatial > convolution->spatial) {
        stub_violation("more dimensions were asked for than there are");
        return miopenStatusUnknownError;
    }
    const int count = requested_spatial;
    *spatial = convolution->spatial;
    memcpy(pad, convolution->pad, sizeof(int) * (size_t)count);
    memcpy(stride, convolution->stride, sizeof(int) * (size_t)count);
    memcpy(dilation, convolution->dilation, sizeof(int) * (size_t)count);
    *mode = convolution->mode;
    return miopenStatusSuccess;
}
