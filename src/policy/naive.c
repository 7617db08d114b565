#include "policy/naive.h"

/* A dimension as the kernels count it: with the groups as one of their own. */
struct axis {
    int64_t length, stride;
};

struct axes {
    struct axis axes[RANK_MAX + 1];
    unsigned count;
};

static void axis_add(struct axes *axes, int64_t length, int64_t stride)
{
    axes->axes[axes->count++] = (struct axis){length, stride};
}

/* Columns first, then rows, then planes. */
static void axes_add_spatial(struct axes *axes, const struct tensor *tensor)
{
    for (unsigned i = tensor->rank; i-- > 2;)
        axis_add(axes, tensor->lengths[i], tensor->strides[i]);
}

/* The stride of the groups, each of `count` steps. False past 64 bits: memory has no such place. */
static bool group_stride_of(int64_t count, int64_t stride, int64_t *ret_stride)
{
    return !__builtin_mul_overflow(count, stride, ret_stride);
}

/*
 * Inputs and outputs, from the innermost dimension out: the channels lie in groups. False where
 * these are too far apart.
 */
static bool axes_of_image(const struct tensor *tensor, enum layout layout, int groups,
                          struct axes *axes)
{
    const int64_t channels = tensor->lengths[1] / groups;
    int64_t group_stride;

    if (!group_stride_of(channels, tensor->strides[1], &group_stride))
        return false;
    if (layout == LAYOUT_DEFAULT)
        axes_add_spatial(axes, tensor);
    axis_add(axes, channels, tensor->strides[1]);
    axis_add(axes, groups, group_stride);
    if (layout != LAYOUT_DEFAULT)
        axes_add_spatial(axes, tensor);
    axis_add(axes, tensor->lengths[0], tensor->strides[0]);
    return true;
}

/* Filters: they themselves lie in groups. */
static void axes_of_filter(const struct tensor *tensor, enum layout layout, int groups,
                           int64_t group_stride, struct axes *axes)
{
    if (layout == LAYOUT_DEFAULT)
        axes_add_spatial(axes, tensor);
    axis_add(axes, tensor->lengths[1], tensor->strides[1]);
    if (layout != LAYOUT_DEFAULT)
        axes_add_spatial(axes, tensor);
    axis_add(axes, tensor->lengths[0] / groups, tensor->strides[0]);
    axis_add(axes, groups, group_stride);
}

/* Whether the kernels' strides, which are these sorted, are those of every axis that has a length.
 */
static bool axes_are_sorted(const struct axes *axes, const struct tensor *tensor,
                            int64_t group_stride)
{
    int64_t sorted[RANK_MAX + 1] = {0};
    unsigned count = 0;

    for (unsigned i = 0; i <= tensor->rank; i++) {
        const int64_t stride = i < tensor->rank ? tensor->strides[i] : group_stride;
        unsigned place = count++;

        for (; place > 0 && sorted[place - 1] > stride; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = stride;
    }
    for (unsigned i = 0; i < count; i++)
        if (axes->axes[i].length > 1 && axes->axes[i].stride != sorted[i])
            return false;
    return true;
}

static bool image_is_right(const struct tensor *tensor, enum layout layout, int groups)
{
    const int64_t outer = tensor->strides[layout == LAYOUT_DEFAULT ? 0 : tensor->rank - 1];
    struct axes axes = {.count = 0};

    return axes_of_image(tensor, layout, groups, &axes) &&
           axes_are_sorted(&axes, tensor, outer / groups);
}

static bool filter_is_right(const struct tensor *tensor, enum layout layout, int groups)
{
    struct axes axes = {.count = 0};
    int64_t group_stride;

    if (!group_stride_of(tensor->lengths[0] / groups, tensor->strides[0], &group_stride))
        return false;
    axes_of_filter(tensor, layout, groups, group_stride, &axes);
    return axes_are_sorted(&axes, tensor, group_stride);
}

bool naive_addresses_right(const struct problem *problem, enum layout layout)
{
    return image_is_right(&problem->x, layout, problem->groups) &&
           image_is_right(&problem->y, layout, problem->groups) &&
           filter_is_right(&problem->w, layout, problem->groups);
}
