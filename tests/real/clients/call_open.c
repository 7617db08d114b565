#include "call_open.h"

static bool tensor_set(struct trial *trial, const struct tensor *tensor,
                       miopenTensorDescriptor_t *ret_descriptor)
{
    int lengths[RANK_MAX], strides[RANK_MAX];

    for (unsigned i = 0; i < tensor->rank; i++) {
        lengths[i] = (int)tensor->lengths[i];
        strides[i] = (int)tensor->strides[i];
    }
    return trial_step(trial, "CreateTensor", (int)miopenCreateTensorDescriptor(ret_descriptor)) &&
           trial_step(trial, "SetTensor",
                      (int)miopenSetTensorDescriptor(*ret_descriptor,
                                                     (miopenDataType_t)tensor->type,
                                                     (int)tensor->rank, lengths, strides));
}

static bool convolution_set(struct trial *trial, miopenConvolutionDescriptor_t *ret_descriptor)
{
    const struct problem *p = &trial->problem;
    int pad[SPATIAL_MAX], stride[SPATIAL_MAX], dilation[SPATIAL_MAX];

    for (unsigned i = 0; i < p->spatial; i++) {
        pad[i] = p->pad[i];
        stride[i] = p->stride[i];
        dilation[i] = p->dilation[i];
    }
    return trial_step(trial, "CreateConvolution",
                      (int)miopenCreateConvolutionDescriptor(ret_descriptor)) &&
           trial_step(trial, "InitConvolution",
                      (int)miopenInitConvolutionNdDescriptor(*ret_descriptor, (int)p->spatial, pad,
                                                             stride, dilation,
                                                             miopenConvolution)) &&
           trial_step(trial, "SetGroupCount",
                      (int)miopenSetConvolutionGroupCount(*ret_descriptor, p->groups));
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
           convolution_set(trial, &ret_call->convolution);
}

void call_close(const struct call *call)
{
    if (call->convolution)
        miopenDestroyConvolutionDescriptor(call->convolution);
    if (call->y.tensor)
        miopenDestroyTensorDescriptor(call->y.tensor);
    if (call->w.tensor)
        miopenDestroyTensorDescriptor(call->w.tensor);
    if (call->x.tensor)
        miopenDestroyTensorDescriptor(call->x.tensor);
}
