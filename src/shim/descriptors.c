/*
 * The functions that make, change and end a descriptor. Each forwards and then notes what the
 * object holds now; where MIOpen failed nobody knows, for it may have changed a part.
 *
 * What sets a descriptor sets all of it (MIOpen assigns a new object: src/tensor_api.cpp,
 * src/convolution_api.cpp), so the arguments tell what it holds.
 */
#include "shim/export.h"
#include "shim/generation.h"
#include "shim/real.h"

/* More dimensions than any convolution has are not looked at. */
#define VALUES_MAX 16

static uint64_t hash_ints(uint64_t hash, int count, const int *values)
{
    if (!values)
        return hash_add(hash, UINT64_MAX);
    if (count > VALUES_MAX)
        return generation_unknown();
    for (int i = 0; i < count; i++)
        hash = hash_add(hash, (uint32_t)values[i]);
    return hash;
}

static uint64_t hash_sizes(uint64_t hash, int count, const size_t *values)
{
    if (!values)
        return hash_add(hash, UINT64_MAX);
    if (count > VALUES_MAX)
        return generation_unknown();
    for (int i = 0; i < count; i++)
        hash = hash_add(hash, values[i]);
    return hash;
}

#define INTS(...)                                                                                  \
    (int)(sizeof((const int[]){__VA_ARGS__}) / sizeof(int)), (const int[])                         \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }

/*
 * FORWARD(name, (parameters), (arguments), object, note): `object` is what the call changes, `note`
 * is run where MIOpen succeeded. In it `hash` is a number for the function.
 */
#define FORWARD(name, parameters, arguments, object, note)                                         \
    FORWARD_TO(real_get, name, parameters, arguments, object, note)

#define FORWARD_TO(get, name, parameters, arguments, object, note)                                 \
    SHIM_ENTRY miopenStatus_t name parameters                                                      \
    {                                                                                              \
        const struct real *real = get();                                                           \
        if (!real || !real->name)                                                                  \
            return miopenStatusNotInitialized;                                                     \
        miopenStatus_t status = real->name arguments;                                              \
        const uint64_t hash = offsetof(struct real, name);                                         \
        if (status == miopenStatusSuccess)                                                         \
            note;                                                                                  \
        else                                                                                       \
            generation_end(object);                                                                \
        (void)hash;                                                                                \
        return status;                                                                             \
    }

/* Sets all of the object; `content` is a hash of it. */
#define SETTER(name, parameters, arguments, object, content)                                       \
    FORWARD(name, parameters, arguments, object, generation_set(object, content))

/* Makes the object, in the caller's copy of MIOpen. */
#define CREATOR(name, parameters, arguments, object)                                               \
    FORWARD_TO(real_get_anew, name, parameters, arguments, (object) ? *(object) : NULL,            \
               generation_set((object) ? *(object) : NULL, hash))

/* Changes the object in a way that is of no interest, but that it has changed. */
#define MUTATOR(name, parameters, arguments, object)                                               \
    FORWARD(name, parameters, arguments, object, generation_end(object))

/* The address of what is gone may come back with other content. */
#define ENDER(name, parameters, object)                                                            \
    SHIM_ENTRY miopenStatus_t name parameters                                                      \
    {                                                                                              \
        const struct real *real = real_get();                                                      \
        if (!real || !real->name)                                                                  \
            return miopenStatusNotInitialized;                                                     \
        generation_leave(object);                                                                  \
        return real->name(object);                                                                 \
    }

CREATOR(miopenCreateTensorDescriptor, (miopenTensorDescriptor_t * tensor), (tensor), tensor)
SETTER(miopenSet4dTensorDescriptor,
       (miopenTensorDescriptor_t tensor, miopenDataType_t type, int n, int c, int h, int w),
       (tensor, type, n, c, h, w), tensor, hash_ints(hash, INTS((int)type, n, c, h, w)))
SETTER(miopenSet4dTensorDescriptorEx,
       (miopenTensorDescriptor_t tensor, miopenDataType_t type, int n, int c, int h, int w,
        int n_stride, int c_stride, int h_stride, int w_stride),
       (tensor, type, n, c, h, w, n_stride, c_stride, h_stride, w_stride), tensor,
       hash_ints(hash, INTS((int)type, n, c, h, w, n_stride, c_stride, h_stride, w_stride)))
SETTER(miopenSetNdTensorDescriptorWithLayout,
       (miopenTensorDescriptor_t tensor, miopenDataType_t type, miopenTensorLayout_t layout,
        const int *lengths, int rank),
       (tensor, type, layout, lengths, rank), tensor,
       hash_ints(hash_ints(hash, INTS((int)type, (int)layout)), rank, lengths))
SETTER(miopenSetTensorDescriptor,
       (miopenTensorDescriptor_t tensor, miopenDataType_t type, int rank, const int *lengths,
        const int *strides),
       (tensor, type, rank, lengths, strides), tensor,
       hash_ints(hash_ints(hash_ints(hash, INTS((int)type)), rank, lengths), rank, strides))
SETTER(miopenSetTensorDescriptorV2,
       (miopenTensorDescriptor_t tensor, miopenDataType_t type, int rank, const size_t *lengths,
        const size_t *strides),
       (tensor, type, rank, lengths, strides), tensor,
       hash_sizes(hash_sizes(hash_ints(hash, INTS((int)type)), rank, lengths), rank, strides))
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
ENDER(miopenDestroyTensorDescriptor, (miopenTensorDescriptor_t tensor), tensor)

CREATOR(miopenCreateConvolutionDescriptor, (miopenConvolutionDescriptor_t * convolution),
        (convolution), convolution)
SETTER(miopenInitConvolutionDescriptor,
       (miopenConvolutionDescriptor_t convolution, miopenConvolutionMode_t mode, int pad_h,
        int pad_w, int stride_h, int stride_w, int dilation_h, int dilation_w),
       (convolution, mode, pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w), convolution,
       hash_ints(hash, INTS((int)mode, pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w)))
SETTER(miopenInitConvolutionNdDescriptor,
       (miopenConvolutionDescriptor_t convolution, int spatial, const int *pad, const int *stride,
        const int *dilation, miopenConvolutionMode_t mode),
       (convolution, spatial, pad, stride, dilation, mode), convolution,
       hash_ints(hash_ints(hash_ints(hash_ints(hash, INTS((int)mode)), spatial, pad), spatial,
                           stride),
                 spatial, dilation))
FORWARD(miopenSetConvolutionGroupCount, (miopenConvolutionDescriptor_t convolution, int groups),
        (convolution, groups), convolution,
        generation_add(convolution, hash_ints(hash, INTS(groups))))
MUTATOR(miopenSetTransposeConvOutputPadding,
        (miopenConvolutionDescriptor_t convolution, int h, int w), (convolution, h, w), convolution)
MUTATOR(miopenSetTransposeConvNdOutputPadding,
        (miopenConvolutionDescriptor_t convolution, int spatial, const int *padding),
        (convolution, spatial, padding), convolution)
ENDER(miopenDestroyConvolutionDescriptor, (miopenConvolutionDescriptor_t convolution), convolution)
