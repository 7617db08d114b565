/*
 * PyTorch's calls for a convolution (aten/src/ATen/native/miopen/Conv_miopen.cpp, Descriptors.h and
 * Handle.cpp, 2019 to 2026; what changed between the versions is a setting here): a workspace of
 * the size that MIOpen asks for, Find for one algorithm, its answer kept for the shape and the
 * handle, then runs with a workspace of the size that Find named; or immediate mode. A transposed
 * convolution is the backward-data call of the plain one, and the other way round.
 */
#pragma once

#include "trial.h"

/* What a program has set when it convolves. */
struct torch_settings {
    bool benchmark;     /* torch.backends.cudnn.benchmark, as it is from 2.7 on */
    bool deterministic; /* torch.backends.cudnn.deterministic */
    bool immediate;     /* torch.backends.miopen.immediate; in 2.7 and 2.8 by the two above */
    bool out_of_memory; /* the allocator has none for the first workspace of the run */
};

/* The trial's problem, on this thread's stream. */
void torch_convolve(struct trial *trial, const struct torch_settings *settings);

/* The same forward, with the bias as it was added before 1.11, by MIOpen. */
void torch_convolve_with_bias(struct trial *trial);

/*
 * The gradient of a bias, as before 1.11, of a trial whose y is an input; `right` has what is
 * right, for each channel of y.
 */
void torch_bias_gradient(struct trial *trial, const double *right);

/* Convolution, bias and ReLU of a frozen TorchScript module: a fusion plan. */
void torch_convolve_relu(struct trial *trial);

/* The stream that this thread convolves on; the default one without it. */
void torch_thread_stream(hipStream_t stream);

/* Ends a thread's use of MIOpen: its handle goes to the next thread. */
void torch_thread_end(void);

/*
 * Ends the handles that no thread has. PyTorch keeps them until the process ends; without them, all
 * that was kept for them must be given back.
 */
void torch_end(void);
