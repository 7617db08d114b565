#include "policy/layout.h"

const struct order orders[ORDERS_COUNT] = {
    {"NCHW", LAYOUT_DEFAULT, 4, {0, 1, 2, 3}},
    {"NHWC", LAYOUT_CHANNEL_LAST, 4, {0, 2, 3, 1}},
    {"CHWN", LAYOUT_OTHER, 4, {1, 2, 3, 0}},
    {"NCDHW", LAYOUT_DEFAULT, 5, {0, 1, 2, 3, 4}},
    {"NDHWC", LAYOUT_CHANNEL_LAST, 5, {0, 2, 3, 4, 1}},
};

static const struct order *const order_ndhwc = &orders[ORDERS_COUNT - 1];

bool order_strides(const struct order *order, const int64_t lengths[RANK_MAX],
                   int64_t ret_strides[RANK_MAX])
{
    int64_t stride = 1;
    for (unsigned i = order->rank; i-- > 0;) {
        const unsigned dimension = order->dimensions[i];
        ret_strides[dimension] = stride;
        if (__builtin_mul_overflow(stride, lengths[dimension], &stride))
            return false;
    }
    return true;
}

/* Whether strides do not grow along the order. MIOpen: TensorDescriptor::IsPossibleLayout. */
static bool order_fits(const struct order *order, const struct tensor *tensor)
{
    if (tensor->rank != order->rank)
        return false;
    for (unsigned i = 1; i < order->rank; i++)
        if (tensor->strides[order->dimensions[i - 1]] < tensor->strides[order->dimensions[i]])
            return false;
    return true;
}

/* The same where dimensions of length 1, whose strides mean nothing, are passed over. */
static bool order_fits_loosely(const struct order *order, const struct tensor *tensor)
{
    if (tensor->rank != order->rank)
        return false;
    int64_t outer = INT64_MAX;
    for (unsigned i = 0; i < order->rank; i++) {
        const unsigned dimension = order->dimensions[i];
        if (tensor->lengths[dimension] == 1)
            continue;
        if (outer < tensor->strides[dimension])
            return false;
        outer = tensor->strides[dimension];
    }
    return true;
}

/* MIOpen: TensorDescriptor::GetLayout, find_permutation. */
static bool order_is_own(const struct order *order, const struct tensor *tensor)
{
    if (tensor->rank != order->rank)
        return false;
    for (unsigned i = 1; i < order->rank; i++) {
        const unsigned a = order->dimensions[i - 1];
        const unsigned b = order->dimensions[i];
        if (tensor->strides[a] != tensor->strides[b]) {
            if (tensor->strides[a] < tensor->strides[b])
                return false;
        } else if (tensor->lengths[a] != tensor->lengths[b]) {
            if (tensor->lengths[a] < tensor->lengths[b])
                return false;
        } else if (a > b) {
            return false;
        }
    }
    return true;
}

size_t order_of_tensor(const struct tensor *tensor)
{
    size_t i = 0;

    while (i < ORDERS_COUNT && !order_is_own(&orders[i], tensor))
        i++;
    return i;
}

typedef bool order_test(const struct order *order, const struct tensor *tensor);

static bool order_holds(const struct order *order, const struct problem *problem, order_test *test)
{
    return test(order, &problem->x) && test(order, &problem->w) && test(order, &problem->y);
}

static const struct order *first_order(const struct problem *problem, order_test *test,
                                       size_t orders_tried)
{
    for (size_t i = 0; i < orders_tried; i++)
        if (order_holds(&orders[i], problem, test))
            return &orders[i];
    return NULL;
}

static const struct order *problem_order(const struct problem *problem, struct version miopen)
{
    static const struct version unknown = {0, 0, 0};
    static const struct version relaxed = {3, 5, 1};
    const struct order *order;
    if (version_compare(miopen, unknown) != 0 && version_compare(miopen, relaxed) < 0) {
        order = first_order(problem, order_fits, ORDERS_COUNT - 1);
        if (!order && order_holds(order_ndhwc, problem, order_is_own))
            order = order_ndhwc;
        return order;
    }
    order = first_order(problem, order_is_own, ORDERS_COUNT);
    if (!order)
        order = first_order(problem, order_fits, ORDERS_COUNT);
    if (!order)
        order = first_order(problem, order_fits_loosely, ORDERS_COUNT);
    return order;
}

/* Whether each dimension's stride is the product of the lengths of all dimensions inside it. */
static bool tensor_is_packed(const struct tensor *tensor)
{
    bool used[RANK_MAX] = {false};
    int64_t stride = 1;
    for (unsigned placed = 0; placed < tensor->rank; placed++) {
        unsigned next = tensor->rank;
        for (unsigned i = 0; i < tensor->rank && next == tensor->rank; i++)
            if (!used[i] && (tensor->lengths[i] == 1 || tensor->strides[i] == stride))
                next = i;
        if (next == tensor->rank || tensor->lengths[next] < 1 ||
            __builtin_mul_overflow(stride, tensor->lengths[next], &stride))
            return false;
        used[next] = true;
    }
    return true;
}

/*
 * Vectorized layouts, which MIOpen has for 4 and 8 elements, count lengths in vectors and strides
 * in elements, and keep their dimensions in the order in which they lie. MIOpen: src/tensor.cpp
 * CalculateStrides.
 */
static bool tensor_is_vectorized(const struct tensor *tensor)
{
    int64_t stride = tensor->strides[tensor->rank - 1];
    if (stride != 4 && stride != 8)
        return false;
    for (unsigned i = tensor->rank; i-- > 0;)
        if (tensor->strides[i] != stride ||
            __builtin_mul_overflow(stride, tensor->lengths[i], &stride))
            return false;
    return true;
}

static bool problem_has_rank(const struct problem *problem, unsigned rank)
{
    return problem->x.rank == rank && problem->w.rank == rank && problem->y.rank == rank;
}

enum layout problem_layout(const struct problem *problem, struct version miopen)
{
    if ((problem->spatial != 2 && problem->spatial != 3) ||
        !problem_has_rank(problem, problem->spatial + 2))
        return LAYOUT_OTHER;
    if (tensor_is_vectorized(&problem->x) || tensor_is_vectorized(&problem->w) ||
        tensor_is_vectorized(&problem->y))
        return LAYOUT_OTHER;
    const struct order *order = problem_order(problem, miopen);
    return order ? order->layout : LAYOUT_OTHER;
}

bool problem_is_packed(const struct problem *problem)
{
    return problem->x.rank <= RANK_MAX && tensor_is_packed(&problem->x) &&
           problem->w.rank <= RANK_MAX && tensor_is_packed(&problem->w) &&
           problem->y.rank <= RANK_MAX && tensor_is_packed(&problem->y);
}
