#include "call_open.h"

#include <string.h>

bool tensor_set(struct trial *trial, const struct tensor *tensor,
                miopenTensorDescriptor_t *descriptor)
{
    int lengths[RANK_MAX], strides[RANK_MAX];

    for (unsigned i = 0; i < tensor->rank; i++) {
        lengths[i] = (int)tensor->lengths[i];
        strides[i] = (int)tensor->strides[i];
    }
    return (*descriptor ||
            trial_step(trial, "CreateTensor", (int)miopenCreateTensorDescriptor(descriptor))) &&
           trial_step(trial, "SetTensor",
                      (int)miopenSetTensorDescriptor(*descriptor, (miopenDataType_t)tensor->type,
                                                     (int)tensor->rank, lengths, strides));
}

bool bias_set(struct trial *trial, int64_t channels, miopenTensorDescriptor_t *descriptor)
{
    const struct problem *p = &trial->problem;
    struct tensor bias = {.type = p->w.type, .rank = p->spatial + 2};

    for (unsigned i = 0; i < bias.rank; i++)
        bias.lengths[i] = bias.strides[i] = 1;
    bias.lengths[1] = bias.strides[0] = channels;
    return tensor_set(trial, &bias, descriptor);
}

bool convolution_set(struct trial *trial, miopenConvolutionMode_t mode,
                     miopenConvolutionDescriptor_t *descriptor)
{
    const struct problem *p = &trial->problem;
    int pad[SPATIAL_MAX], stride[SPATIAL_MAX], dilation[SPATIAL_MAX];

    memcpy(pad, p->pad, sizeof(pad));
    memcpy(stride, p->stride, sizeof(stride));
    memcpy(dilation, p->dilation, sizeof(dilation));
    return (*descriptor || trial_step(trial, "CreateConvolution",
                                      (int)miopenCreateConvolutionDescriptor(descriptor))) &&
           trial_step(trial, "InitConvolution",
                      (int)miopenInitConvolutionNdDescriptor(*descriptor, (int)p->spatial, pad,
                                                             stride, dilation, mode)) &&
           trial_step(trial, "SetGroupCount",
                      (int)miopenSetConvolutionGroupCount(*descriptor, p->groups));
}

bool call_open(struct trial *trial, miopenHandle_t handle, struct call *ret_call)
{
    *ret_call = (struct call){.handle = handle,
                              .direction = trial->problem.direction,
                              .x.data = trial->x.data,
                              .w.data = trial->w.data,
                              .y.data = trial->y.data};
    return tensor_set(trial, &trial->problem.x, &ret_call->x.tensor) &&
           tensor_set(trial, &trial->problem.w, &ret_call->w.tensor) &&
           tensor_set(trial, &trial->problem.y, &ret_call->y.tensor) &&
           convolution_set(trial, miopenConvolution, &ret_call->convolution);
}

void tensor_destroy(miopenTensorDescriptor_t tensor)
{
    if (tensor)
        miopenDestroyTensorDescriptor(tensor);
}

void call_close(const struct call *call)
{
    if (call->convolution)
        miopenDestroyConvolutionDescriptor(call->convolution);
    tensor_destroy(call->y.tensor);
    tensor_destroy(call->w.tensor);
    tensor_destroy(call->x.tensor);
}
