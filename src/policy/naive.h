/* What MIOpen's naive kernels make of a problem's strides. */
#pragma once

#include "policy/problem.h"

/*
 * Whether the naive kernels of MIOpen 3.0 and later address the tensors' elements right. They are
 * given each tensor's strides sorted by size, with one for the groups among them that is computed
 * from the images' (channels last: the columns') stride or, of the filters, from theirs. They
 * take them in the order of the layout. Where the sorted order is another one, by gaps, by
 * overlaps, or by the stride of a dimension of length 1, they compute nonsense and write past
 * the end. Source: src/include/miopen/solver/conv_direct_naive_conv.hpp (SplitStrideCtoGC,
 * SplitWeiStrideKtoGK, MakeStrideArray), src/kernels/gpu_reference_kernel/naive_conv.cpp.
 */
bool naive_addresses_right(const struct problem *problem, enum layout layout);
