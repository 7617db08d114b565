#include "policy/problem.h"

/* Indexed by MIOpen's number. */
static const struct {
    const char *name;
    size_t bytes;
} types[] = {
    [TYPE_FP16] = {"fp16", 2},     [TYPE_FP32] = {"fp32", 4}, [TYPE_INT32] = {"int32", 4},
    [TYPE_INT8] = {"int8", 1},     [TYPE_BF16] = {"bf16", 2}, [TYPE_FP64] = {"fp64", 8},
    [TYPE_INT8X4] = {"int8x4", 4}, [TYPE_FP8] = {"fp8", 1},   [TYPE_BF8] = {"bf8", 1},
    [TYPE_INT64] = {"int64", 8},
};

#define TYPES_COUNT (sizeof(types) / sizeof(types[0]))

const char *data_type_name(enum data_type type)
{
    return (size_t)type < TYPES_COUNT ? types[type].name : "?";
}

size_t data_type_bytes(enum data_type type)
{
    return (size_t)type < TYPES_COUNT ? types[type].bytes : 0;
}

const char *direction_name(enum direction direction)
{
    static const char *const names[DIRECTION_COUNT] = {
        [DIRECTION_FORWARD] = "forward",
        [DIRECTION_BACKWARD_DATA] = "backward-data",
        [DIRECTION_BACKWARD_WEIGHTS] = "backward-weights",
    };
    return (unsigned)direction < DIRECTION_COUNT ? names[direction] : "?";
}

const char *layout_name(enum layout layout, unsigned spatial)
{
    if (layout == LAYOUT_DEFAULT)
        return spatial == 3 ? "NCDHW" : "NCHW";
    if (layout == LAYOUT_CHANNEL_LAST)
        return spatial == 3 ? "NDHWC" : "NHWC";
    return "other";
}

/* A layout as the tensor's dimensions from the outermost to the innermost. */
struct order {
    enum layout layout;
    unsigned rank;
    unsigned char dimensions[RANK_MAX];
};

/* In the order in which MIOpen tries them. NDHWC, the last, is not tried before 3.5.1. */
static const struct order orders[] = {
    {LAYOUT_DEFAULT, 4, {0, 1, 2, 3}},         /* NCHW */
    {LAYOUT_CHANNEL_LAST, 4, {0, 2, 3, 1}},    /* NHWC */
    {LAYOUT_OTHER, 4, {1, 2, 3, 0}},           /* CHWN */
    {LAYOUT_DEFAULT, 5, {0, 1, 2, 3, 4}},      /* NCDHW */
    {LAYOUT_CHANNEL_LAST, 5, {0, 2, 3, 4, 1}}, /* NDHWC */
};

#define ORDERS_COUNT (sizeof(orders) / sizeof(orders[0]))

static const struct order *const order_ndhwc = &orders[ORDERS_COUNT - 1];

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

/*
 * Whether the dimensions, sorted by falling stride, then falling length, then as they stand, come
 * out in that order. MIOpen: TensorDescriptor::GetLayout, find_permutation.
 */
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

/*
 * Whether the tensor is packed in units of `unit` elements: each dimension's stride is the unit
 * times the lengths of all dimensions inside it.
 */
static bool tensor_is_packed_in(const struct tensor *tensor, int64_t unit)
{
    bool used[RANK_MAX] = {false};
    int64_t stride = unit;
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

/* Vectorized layouts, which MIOpen has for 4 and 8 elements, count lengths in vectors. */
static bool tensor_is_vectorized(const struct tensor *tensor)
{
    for (unsigned i = 0; i < tensor->rank; i++)
        if (tensor->strides[i] < 4)
            return false;
    return tensor_is_packed_in(tensor, 4) || tensor_is_packed_in(tensor, 8);
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
    return problem->x.rank <= RANK_MAX && tensor_is_packed_in(&problem->x, 1) &&
           problem->w.rank <= RANK_MAX && tensor_is_packed_in(&problem->w, 1) &&
           problem->y.rank <= RANK_MAX && tensor_is_packed_in(&problem->y, 1);
}

/* The dimensions in use: a rank or a count that is out of range must not lead out of the array. */
static unsigned in_use(unsigned count, unsigned most)
{
    return count < most ? count : most;
}

static bool tensor_equal(const struct tensor *a, const struct tensor *b)
{
    if (a->type != b->type || a->rank != b->rank)
        return false;
    for (unsigned i = 0; i < in_use(a->rank, RANK_MAX); i++)
        if (a->lengths[i] != b->lengths[i] || a->strides[i] != b->strides[i])
            return false;
    return true;
}

bool problem_equal(const struct problem *a, const struct problem *b)
{
    if (a->direction != b->direction || a->transposed != b->transposed ||
        a->spatial != b->spatial || a->groups != b->groups)
        return false;
    for (unsigned i = 0; i < in_use(a->spatial, SPATIAL_MAX); i++)
        if (a->pad[i] != b->pad[i] || a->stride[i] != b->stride[i] ||
            a->dilation[i] != b->dilation[i])
            return false;
    return tensor_equal(&a->x, &b->x) && tensor_equal(&a->w, &b->w) && tensor_equal(&a->y, &b->y);
}

/* One step of a multiplicative hash: the constant is 2^64 divided by the golden ratio. */
static uint64_t hash_add(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 32);
}

static uint64_t hash_add_tensor(uint64_t hash, const struct tensor *tensor)
{
    hash = hash_add(hash, (uint64_t)tensor->type << 32 | tensor->rank);
    for (unsigned i = 0; i < in_use(tensor->rank, RANK_MAX); i++) {
        hash = hash_add(hash, (uint64_t)tensor->lengths[i]);
        hash = hash_add(hash, (uint64_t)tensor->strides[i]);
    }
    return hash;
}

uint64_t problem_hash(const struct problem *problem)
{
    uint64_t hash = hash_add((uint64_t)problem->direction << 1 | problem->transposed,
                             (uint64_t)problem->spatial << 32 | (uint32_t)problem->groups);
    for (unsigned i = 0; i < in_use(problem->spatial, SPATIAL_MAX); i++) {
        hash = hash_add(hash,
                        (uint64_t)(uint32_t)problem->pad[i] << 32 | (uint32_t)problem->stride[i]);
        hash = hash_add(hash, (uint32_t)problem->dilation[i]);
    }
    hash = hash_add_tensor(hash, &problem->x);
    hash = hash_add_tensor(hash, &problem->w);
    return hash_add_tensor(hash, &problem->y);
}
