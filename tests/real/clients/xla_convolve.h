/*
 * XLA's and TensorFlow's calls for a convolution, forward and backwards
 * (xla/stream_executor/rocm/rocm_dnn.cc and xla/service/gpu/autotuning/conv_algorithm_picker.cc,
 * 2023 to 2026), for programs that come by MIOpen's functions in different ways.
 */
#pragma once

#include "trial.h"

enum xla_mode {
    XLA_FIND,      /* the default: Find for one algorithm */
    XLA_IMMEDIATE, /* TF_ROCM_USE_IMMEDIATE_MODE=1: all solutions compiled, each timed, the best
                      kept */
    XLA_BEST_ONLY, /* and TF_ROCM_RETURN_BEST_ALGO_ONLY=1: the first of them */
};

void xla_convolve(struct trial *trial, enum xla_mode mode);

/* With a bias and ReLU behind it, by a fusion plan. */
void xla_convolve_fused(struct trial *trial);
