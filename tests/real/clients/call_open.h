/* A trial's problem as a client gives it to MIOpen; each call is a step of the trial. */
#pragma once

#include "calls.h"
#include "trial.h"

/* Makes the descriptors of a plain convolution. Always end it with call_close(). */
bool call_open(struct trial *trial, miopenHandle_t handle, struct call *ret_call);

void call_close(const struct call *call);

/* Each sets one descriptor, which is made first where it is NULL. */
bool tensor_set(struct trial *trial, const struct tensor *tensor,
                miopenTensorDescriptor_t *descriptor);
bool convolution_set(struct trial *trial, miopenConvolutionMode_t mode,
                     miopenConvolutionDescriptor_t *descriptor);

/* Of one value for each channel of the convolution's result. */
bool bias_set(struct trial *trial, int64_t channels, miopenTensorDescriptor_t *descriptor);

void tensor_destroy(miopenTensorDescriptor_t tensor); /* NULL does nothing */
