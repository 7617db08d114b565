#include "policy/problem.h"

#include "base/hash.h"

/* Indexed by MIOpen's number. */
static const struct {
    const char *name;
    size_t bytes;
} types[] = {
    [TYPE_FP16] = {"fp16", 2},     [TYPE_FP32] = {"fp32", 4}, [TYPE_INT32] = {"int32", 4},
    [TYPE_INT8] = {"int8", 1},     [TYPE_BF16] = {"bf16", 2}, [TYPE_FP64] = {"fp64", 8},
    [TYPE_INT8X4] = {"int8x4", 1}, [TYPE_FP8] = {"fp8", 1},   [TYPE_BF8] = {"bf8", 1},
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

/* The dimensions in use: a rank or a count that is out of range must not lead out of the array. */
static unsigned in_use(unsigned count, unsigned most)
{
    return count < most ? count : most;
}

static bool tensor_equal(const struct tensor *a, const struct tensor *b)
{
    if (a->type != b->type || a->rank != b->rank || a->casts != b->casts ||
        (a->casts && a->cast != b->cast))
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

void problem_transpose(struct problem *problem)
{
    const struct tensor x = problem->x;

    if (!problem->transposed)
        return;
    problem->x = problem->y;
    problem->y = x;
    if (problem->direction != DIRECTION_BACKWARD_WEIGHTS)
        problem->direction =
            problem->direction == DIRECTION_FORWARD ? DIRECTION_BACKWARD_DATA : DIRECTION_FORWARD;
}

static uint64_t hash_add_tensor(uint64_t hash, const struct tensor *tensor)
{
    const uint64_t cast = tensor->casts ? (uint64_t)tensor->cast + 1 : 0;

    hash = hash_add(hash, cast << 48 | (uint64_t)tensor->type << 32 | tensor->rank);
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
