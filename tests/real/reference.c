#include "reference.h"

#include <string.h>

/* A problem with three spatial dimensions; 2-D ones have a depth of 1. */
struct shape {
    int64_t images, groups, channels, filters; /* channels and filters of one group */
    int64_t in[SPATIAL_MAX], taps[SPATIAL_MAX], out[SPATIAL_MAX];
    int64_t pad[SPATIAL_MAX], stride[SPATIAL_MAX], dilation[SPATIAL_MAX];
};

/* The part of an output line whose input lies inside the image, for one filter tap. */
struct line {
    int64_t first, end; /* output columns */
    int64_t offset;     /* input column of output column 0, possibly negative */
};

size_t tensor_count(const struct tensor *tensor)
{
    size_t count = 1;

    for (unsigned i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->lengths[i];
    return count;
}

static struct shape shape_of(const struct problem *problem)
{
    struct shape shape = {
        .images = problem->x.lengths[0],
        .groups = problem->groups,
        .channels = problem->w.lengths[1],
        .filters = problem->w.lengths[0] / problem->groups,
        .in = {1, 1, 1},
        .taps = {1, 1, 1},
        .out = {1, 1, 1},
        .stride = {1, 1, 1},
        .dilation = {1, 1, 1},
    };
    unsigned skip = SPATIAL_MAX - problem->spatial;

    for (unsigned i = 0; i < problem->spatial; i++) {
        shape.in[skip + i] = problem->x.lengths[2 + i];
        shape.taps[skip + i] = problem->w.lengths[2 + i];
        shape.out[skip + i] = problem->y.lengths[2 + i];
        shape.pad[skip + i] = problem->pad[i];
        shape.stride[skip + i] = problem->stride[i];
        shape.dilation[skip + i] = problem->dilation[i];
    }
    return shape;
}

int64_t reference_terms(const struct problem *problem)
{
    struct shape s = shape_of(problem);
    int64_t taps = s.taps[0] * s.taps[1] * s.taps[2];

    switch (problem->direction) {
    case DIRECTION_FORWARD:
        return taps * s.channels;
    case DIRECTION_BACKWARD_DATA:
        return taps * s.filters;
    case DIRECTION_BACKWARD_WEIGHTS:
        return s.images * s.out[0] * s.out[1] * s.out[2];
    case DIRECTION_COUNT:
    default:
        return 0;
    }
}

static int64_t input_of(const struct shape *s, int axis, int64_t out, int64_t tap)
{
    return out * s->stride[axis] - s->pad[axis] + tap * s->dilation[axis];
}

static struct line line_of(const struct shape *s, int64_t tap)
{
    struct line line = {.first = 0, .end = s->out[2], .offset = input_of(s, 2, 0, tap)};

    while (line.first < line.end && line.offset + line.first * s->stride[2] < 0)
        line.first++;
    while (line.end > line.first && line.offset + (line.end - 1) * s->stride[2] >= s->in[2])
        line.end--;
    return line;
}

/*
 * One output line against one input line: y += w x, x += w y or w += x y over the columns that the
 * tap reaches. The innermost loop of everything.
 */
static void line_compute(enum direction direction, const struct line *line, int64_t stride,
                         double *restrict x, double *restrict w, double *restrict y)
{
    double weight = *w, sum = 0;
    int64_t offset = line->offset;

    if (direction == DIRECTION_FORWARD && stride == 1) /* a loop of its own: it vectorizes */
        for (int64_t i = line->first; i < line->end; i++)
            y[i] += weight * x[offset + i];
    else if (direction == DIRECTION_FORWARD)
        for (int64_t i = line->first; i < line->end; i++)
            y[i] += weight * x[offset + i * stride];
    else if (direction == DIRECTION_BACKWARD_DATA)
        for (int64_t i = line->first; i < line->end; i++)
            x[offset + i * stride] += weight * y[i];
    else {
        for (int64_t i = line->first; i < line->end; i++)
            sum += x[offset + i * stride] * y[i];
        *w += sum;
    }
}

/* One plane pair (a channel of x, a filter's plane of y) and the weights between them. */
static void plane_compute(enum direction direction, const struct shape *s, double *x, double *w,
                          double *y)
{
    for (int64_t c = 0; c < s->taps[2]; c++) {
        struct line line = line_of(s, c);

        for (int64_t ab = 0; ab < s->taps[0] * s->taps[1]; ab++) {
            int64_t a = ab / s->taps[1], b = ab % s->taps[1];

            for (int64_t d = 0; d < s->out[0]; d++) {
                int64_t in_d = input_of(s, 0, d, a);

                if (in_d < 0 || in_d >= s->in[0])
                    continue;
                for (int64_t h = 0; h < s->out[1]; h++) {
                    int64_t in_h = input_of(s, 1, h, b);

                    if (in_h < 0 || in_h >= s->in[1])
                        continue;
                    line_compute(direction, &line, s->stride[2],
                                 x + (in_d * s->in[1] + in_h) * s->in[2], w + ab * s->taps[2] + c,
                                 y + (d * s->out[1] + h) * s->out[2]);
                }
            }
        }
    }
}

void reference_compute(const struct problem *problem, const struct operands *operands)
{
    struct shape s = shape_of(problem);
    int64_t in = s.in[0] * s.in[1] * s.in[2], out = s.out[0] * s.out[1] * s.out[2];
    int64_t taps = s.taps[0] * s.taps[1] * s.taps[2];

    if (problem->direction == DIRECTION_FORWARD)
        memset(operands->y, 0, tensor_count(&problem->y) * sizeof(double));
    else if (problem->direction == DIRECTION_BACKWARD_DATA)
        memset(operands->x, 0, tensor_count(&problem->x) * sizeof(double));
    else
        memset(operands->w, 0, tensor_count(&problem->w) * sizeof(double));

    for (int64_t n = 0; n < s.images; n++)
        for (int64_t g = 0; g < s.groups; g++)
            for (int64_t k = 0; k < s.filters; k++)
                for (int64_t c = 0; c < s.channels; c++)
                    plane_compute(problem->direction, &s,
                                  operands->x + ((n * s.groups + g) * s.channels + c) * in,
                                  operands->w + ((g * s.filters + k) * s.channels + c) * taps,
                                  operands->y + ((n * s.groups + g) * s.filters + k) * out);
}
