/* Layouts as orders of dimensions: for the files that find a problem's layout or make one. */
#pragma once

#include "policy/problem.h"

/* A layout as the tensor's dimensions from the outermost to the innermost. */
struct order {
    const char *name; /* as MIOpenDriver calls it */
    enum layout layout;
    unsigned rank;
    unsigned char dimensions[RANK_MAX];
};

/* In the order in which MIOpen tries them. The last, NDHWC, is not tried before 3.5.1. */
#define ORDERS_COUNT 5
extern const struct order orders[ORDERS_COUNT];

/*
 * The place in `orders` of the layout that MIOpen sees in one tensor: its dimensions, sorted by
 * falling stride, then falling length, then as they stand, come out in that order. ORDERS_COUNT:
 * none. Source: MIOpen src/tensor.cpp, TensorDescriptor::GetLayout.
 */
size_t order_of_tensor(const struct tensor *tensor);

/* The strides of a packed tensor of those lengths. False where they are past 64 bits. */
bool order_strides(const struct order *order, const int64_t lengths[RANK_MAX],
                   int64_t ret_strides[RANK_MAX]);
