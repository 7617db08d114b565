/* Models of convolutions as ONNX files (onnx.proto, version 8 of the format, operator set 13). */
#pragma once

#include "policy/problem.h"

#include <stdio.h>

/*
 * Writes the model of convolutions one after the other, each taking the result of the one before.
 * Forward problems in the default layout, fp32 or fp16, transposed ones as well; the weights are
 * drawn. 0, or -errno.
 */
int onnx_write(const struct problem *layers, size_t count, uint64_t seed, FILE *file);
