#include "specimen.h"

#include "number.h"
#include "policy/layout.h"

#include <stdio.h>
#include <string.h>

static uint64_t state;

/* splitmix64 */
static uint64_t bits(void)
{
    uint64_t word = state += UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

static int below(int count)
{
    return (int)(bits() % (uint64_t)count);
}

static bool one_in(int count)
{
    return below(count) == 0;
}

const char *oddity_name(enum oddity oddity)
{
    static const char *const names[ODDITY_COUNT] = {
        [ODDITY_NONE] = "plain",        [ODDITY_GAPS] = "gaps", [ODDITY_REPEAT] = "repeat",
        [ODDITY_EMPTY] = "empty",       [ODDITY_CAST] = "cast", [ODDITY_TYPE] = "type",
        [ODDITY_MISMATCH] = "mismatch", [ODDITY_HUGE] = "huge",
    };
    return names[oddity];
}

/* The orders of one rank; NCHW or NCDHW comes first, then NHWC or NDHWC. */
static const struct order *order_of(unsigned spatial, unsigned which)
{
    return spatial == 3 ? &orders[3 + which % 2] : &orders[which % 3];
}

static void set_strides(struct tensor *tensor, const struct order *order)
{
    if (!order_strides(order, tensor->lengths, tensor->strides))
        memset(tensor->strides, 0, sizeof(tensor->strides));
}

/* The output's lengths follow from the rest, as MIOpen computes them. */
static void set_output(struct problem *problem)
{
    for (unsigned i = 0; i < problem->spatial; i++) {
        const int64_t reach = (problem->w.lengths[2 + i] - 1) * problem->dilation[i] + 1;
        const int64_t room = problem->x.lengths[2 + i] + 2 * problem->pad[i] - reach;
        problem->y.lengths[2 + i] = room < 0 ? 1 : room / problem->stride[i] + 1;
    }
}

static void set_types(struct problem *problem, enum data_type type, enum data_type result)
{
    problem->x.type = problem->w.type = type;
    problem->y.type = result;
}

static void set_channels(struct problem *problem, int images, int groups, int in, int out)
{
    problem->groups = groups;
    problem->x.lengths[0] = problem->y.lengths[0] = images;
    problem->x.lengths[1] = (int64_t)groups * in;
    problem->w.lengths[1] = in;
    problem->w.lengths[0] = problem->y.lengths[1] = (int64_t)groups * out;
}

static void set_ranks(struct problem *problem, unsigned spatial)
{
    problem->spatial = spatial;
    problem->x.rank = problem->w.rank = problem->y.rank = spatial + 2;
}

/* The caller's x is the solver's y: of int8 it is the inputs that are narrow, whatever the side. */
static void turn_round(struct problem *problem)
{
    const enum data_type type = problem->x.type;
    problem->transposed = true;
    problem->x.type = problem->y.type;
    problem->y.type = type;
}

static void draw_spatial(struct problem *problem)
{
    const bool pointwise = one_in(3);
    const int step = 1 + below(2);
    const bool dilated = one_in(4);
    const int room = problem->spatial == 3 ? 5 : 9;
    for (unsigned i = 0; i < problem->spatial; i++) {
        problem->x.lengths[2 + i] = 1 + below(room);
        problem->w.lengths[2 + i] = pointwise && !one_in(12) ? 1 : 1 + below(4);
        problem->pad[i] = pointwise && !one_in(6) ? 0 : below(3);
        problem->stride[i] = one_in(4) ? 1 + below(3) : step;
        problem->dilation[i] = dilated ? 1 + below(3) : 1;
    }
    set_output(problem);
}

static void draw_types(struct problem *problem)
{
    static const enum data_type types[] = {TYPE_FP32, TYPE_FP32, TYPE_FP32, TYPE_FP16,
                                           TYPE_FP16, TYPE_BF16, TYPE_INT8, TYPE_INT8};
    static const enum data_type results[] = {TYPE_INT32, TYPE_FP32, TYPE_INT8};
    const enum data_type type = types[below(8)];
    set_types(problem, type, type == TYPE_INT8 ? results[below(3)] : type);
}

/* One layout for all three most of the time. */
static void draw_layouts(struct problem *problem)
{
    const unsigned common = one_in(3) ? 1 + (unsigned)one_in(6) : 0;
    struct tensor *tensors[] = {&problem->x, &problem->w, &problem->y};
    for (unsigned i = 0; i < 3; i++)
        set_strides(tensors[i],
                    order_of(problem->spatial, one_in(12) ? (unsigned)below(3) : common));
}

/* A tensor that is a part of a larger one: every length may have room behind it. */
static void draw_gaps(struct tensor *tensor)
{
    struct tensor larger = *tensor;
    const unsigned chosen = (unsigned)below((int)tensor->rank);
    const struct order *order = order_of(tensor->rank - 2, (unsigned)one_in(3));
    for (unsigned i = 0; i < tensor->rank; i++)
        if (i == chosen || one_in(4))
            larger.lengths[i] += 1 + below(3);
    set_strides(&larger, order);
    if (one_in(5)) /* every second element */
        for (unsigned i = 0; i < tensor->rank; i++)
            larger.strides[i] *= 2;
    memcpy(tensor->strides, larger.strides, sizeof(tensor->strides));
}

static struct tensor *any_tensor(struct problem *problem)
{
    struct tensor *tensors[] = {&problem->x, &problem->w, &problem->y};
    return tensors[below(3)];
}

static void draw_mismatch(struct problem *problem)
{
    switch (below(6)) {
    case 0:
        problem->y.lengths[0]++;
        break;
    case 1:
        problem->y.lengths[1]++;
        break;
    case 2:
        problem->x.lengths[1]++;
        break;
    case 3:
        problem->groups++;
        break;
    case 4:
        problem->w.lengths[1]++;
        break;
    default:
        problem->y.lengths[2 + below((int)problem->spatial)]++;
        break;
    }
}

static void draw_type_oddity(struct problem *problem)
{
    static const enum data_type odd[] = {TYPE_FP64, TYPE_INT32, TYPE_INT64, TYPE_FP8, TYPE_BF8};
    if (one_in(2))
        set_types(problem, odd[below(5)], odd[below(5)]);
    else if (one_in(2))
        problem->x.type = problem->w.type = problem->y.type = odd[below(5)];
    else
        any_tensor(problem)->type = (enum data_type)(below(2) ? TYPE_FP16 : TYPE_FP32);
}

/* Lengths whose product leaves 31 bits, as images, channels or pixels. */
static void draw_huge(struct problem *problem)
{
    const int64_t factor = INT64_C(1) << (18 + below(16));
    switch (below(4)) {
    case 0:
        problem->x.lengths[0] = problem->y.lengths[0] = factor;
        break;
    case 1:
        problem->x.lengths[2] += factor;
        break;
    case 2:
        problem->x.lengths[problem->spatial + 1] += factor;
        problem->x.lengths[2] += 1 << below(16);
        break;
    default:
        problem->w.lengths[0] = problem->y.lengths[1] = problem->groups * factor;
        break;
    }
    set_output(problem);
}

static enum oddity draw_oddity(void)
{
    static const enum oddity often[] = {ODDITY_GAPS,   ODDITY_GAPS,  ODDITY_GAPS,
                                        ODDITY_REPEAT, ODDITY_EMPTY, ODDITY_MISMATCH,
                                        ODDITY_CAST,   ODDITY_TYPE,  ODDITY_HUGE};
    return one_in(2) ? ODDITY_NONE : often[below(sizeof(often) / sizeof(*often))];
}

void specimen_draw(uint64_t seed, unsigned number, struct specimen *ret_specimen)
{
    struct specimen specimen = {.oddity = ODDITY_NONE};
    struct problem *problem = &specimen.problem;

    state = seed * UINT64_C(0x2545f4914f6cdd1d) + number;
    (void)bits();
    specimen.oddity = draw_oddity();
    problem->direction = (enum direction)below(DIRECTION_COUNT);
    set_ranks(problem, one_in(3) ? 3 : 2);
    const int groups = one_in(3) ? 1 + below(4) : 1;
    set_channels(problem, 1 + below(3), groups, one_in(5) ? 1 : 1 + below(5), 1 + below(5));
    draw_types(problem);
    draw_spatial(problem);

    if (specimen.oddity == ODDITY_HUGE)
        draw_huge(problem);
    if (specimen.oddity == ODDITY_MISMATCH)
        draw_mismatch(problem);
    if (specimen.oddity == ODDITY_TYPE)
        draw_type_oddity(problem);
    if (specimen.oddity == ODDITY_EMPTY) {
        struct tensor *tensor = any_tensor(problem);
        tensor->lengths[below((int)tensor->rank)] = 0;
        if (one_in(2)) /* one that is of one piece: no images */
            set_channels(problem, 0, groups, 3, 2), set_output(problem);
    }
    draw_layouts(problem);
    if (specimen.oddity == ODDITY_GAPS) {
        struct tensor *tensors[] = {&problem->x, &problem->w, &problem->y};
        const int chosen = below(3);
        for (int i = 0; i < 3; i++)
            if (i == chosen || one_in(3))
                draw_gaps(tensors[i]);
    }
    if (specimen.oddity == ODDITY_REPEAT) {
        struct tensor *tensor = any_tensor(problem);
        tensor->strides[below((int)tensor->rank)] = 0;
    }
    if (specimen.oddity == ODDITY_CAST) {
        struct tensor *tensors[] = {&problem->x, &problem->w, &problem->y};
        const int spared = below(4);
        for (int i = 0; i < 3; i++) {
            tensors[i]->casts = i != spared;
            tensors[i]->cast = one_in(2) ? TYPE_FP8 : TYPE_BF8;
        }
    }
    if (one_in(5))
        turn_round(problem);
    *ret_specimen = specimen;
}

static const struct {
    enum data_type type, result;
} cell_types[] = {{TYPE_FP32, TYPE_FP32},  {TYPE_FP16, TYPE_FP16}, {TYPE_BF16, TYPE_BF16},
                  {TYPE_INT8, TYPE_INT32}, {TYPE_INT8, TYPE_FP32}, {TYPE_INT8, TYPE_INT8},
                  {TYPE_FP64, TYPE_FP64}};

enum feature {
    FEATURE_BASE,
    FEATURE_POINTWISE,
    FEATURE_POINTWISE_STEP,
    FEATURE_GROUPS,
    FEATURE_DEPTHWISE,
    FEATURE_DILATION,
    FEATURE_ASYMMETRIC,
    FEATURE_GAPS,
    FEATURE_ONE,
    FEATURE_EMPTY,
    FEATURE_COUNT,
};

/* All lengths of the cell's feature but the output's. */
static void set_feature(struct problem *problem, enum feature feature)
{
    const bool pointwise = feature == FEATURE_POINTWISE || feature == FEATURE_POINTWISE_STEP;
    const bool asymmetric = feature == FEATURE_ASYMMETRIC, one = feature == FEATURE_ONE;
    for (int i = 0; i < (int)problem->spatial; i++) {
        problem->x.lengths[2 + i] = one ? 1 : asymmetric ? 7 - i : 6;
        problem->w.lengths[2 + i] = one || pointwise ? 1 : asymmetric ? 1 + i : 3;
        problem->pad[i] = one || pointwise ? 0 : asymmetric ? i : 1;
        problem->stride[i] = feature == FEATURE_POINTWISE_STEP ? 2 : asymmetric ? 1 + i % 2 : 1;
        problem->dilation[i] = feature == FEATURE_DILATION ? 2 : asymmetric ? 2 - i % 2 : 1;
    }
    switch (feature) {
    case FEATURE_GROUPS:
        set_channels(problem, 1, 2, 3, 2);
        break;
    case FEATURE_DEPTHWISE:
        set_channels(problem, 2, 4, 1, 1);
        break;
    case FEATURE_ONE:
        set_channels(problem, 1, 1, 1, 1);
        break;
    case FEATURE_EMPTY:
        set_channels(problem, 0, 1, 4, 5);
        break;
    case FEATURE_ASYMMETRIC:
        set_channels(problem, 3, 1, 3, 5);
        break;
    case FEATURE_BASE:
    case FEATURE_POINTWISE:
    case FEATURE_POINTWISE_STEP:
    case FEATURE_DILATION:
    case FEATURE_GAPS:
    case FEATURE_COUNT:
    default:
        set_channels(problem, 2, 1, 4, 5);
        break;
    }
    set_output(problem);
}

bool specimen_cell(unsigned number, struct specimen *ret_specimen)
{
    struct specimen specimen = {.oddity = ODDITY_NONE};
    struct problem *problem = &specimen.problem;
    unsigned rest = number;
    const enum feature feature = (enum feature)(rest % FEATURE_COUNT);
    rest /= FEATURE_COUNT;
    problem->direction = (enum direction)(rest % DIRECTION_COUNT);
    rest /= DIRECTION_COUNT;
    const bool channels_last = rest % 2;
    rest /= 2;
    set_ranks(problem, 2 + rest % 2);
    rest /= 2;
    const bool transposed = rest % 2;
    rest /= 2;
    if (rest >= sizeof(cell_types) / sizeof(*cell_types))
        return false;
    set_types(problem, cell_types[rest].type, cell_types[rest].result);
    set_feature(problem, feature);

    struct tensor *tensors[] = {&problem->x, &problem->w, &problem->y};
    for (unsigned i = 0; i < 3; i++) {
        struct tensor larger = *tensors[i];
        if (feature == FEATURE_GAPS)
            larger.lengths[1 + i % 2]++;
        set_strides(&larger, order_of(problem->spatial, channels_last));
        memcpy(tensors[i]->strides, larger.strides, sizeof(larger.strides));
    }
    specimen.oddity = feature == FEATURE_GAPS    ? ODDITY_GAPS
                      : feature == FEATURE_EMPTY ? ODDITY_EMPTY
                                                 : ODDITY_NONE;
    if (transposed)
        turn_round(problem);
    *ret_specimen = specimen;
    return true;
}

static size_t tensor_text(const char *name, const struct tensor *tensor, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, " %s=%s", name, data_type_name(tensor->type));
    for (unsigned i = 0; i < tensor->rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%c%lld", i ? ',' : '[',
                                 (long long)tensor->lengths[i]);
    for (unsigned i = 0; i < tensor->rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%c%lld", i ? ',' : '/',
                                 (long long)tensor->strides[i]);
    used += (size_t)snprintf(text + used, used < size ? size - used : 0, "]%s%s",
                             tensor->casts ? " as " : "",
                             tensor->casts ? data_type_name(tensor->cast) : "");
    return used < size ? used : size - 1;
}

static size_t ints_text(const char *name, const int *values, unsigned count, char *text,
                        size_t size)
{
    size_t used = (size_t)snprintf(text, size, " %s=", name);
    for (unsigned i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%d", i ? "," : "", values[i]);
    return used < size ? used : size - 1;
}

void specimen_text(const struct specimen *specimen, char *ret_text, size_t size)
{
    const struct problem *problem = &specimen->problem;
    size_t used = (size_t)snprintf(ret_text, size, "%s: %s%s", oddity_name(specimen->oddity),
                                   problem->transposed ? "transposed, solver's " : "",
                                   direction_name(problem->direction));
    used += tensor_text("x", &problem->x, ret_text + used, size - used);
    used += tensor_text("w", &problem->w, ret_text + used, size - used);
    used += tensor_text("y", &problem->y, ret_text + used, size - used);
    used += ints_text("pad", problem->pad, problem->spatial, ret_text + used, size - used);
    used += ints_text("stride", problem->stride, problem->spatial, ret_text + used, size - used);
    used +=
        ints_text("dilation", problem->dilation, problem->spatial, ret_text + used, size - used);
    snprintf(ret_text + used, size - used, " groups=%d", problem->groups);
}

bool specimen_has_numbers(const struct specimen *specimen)
{
    const struct problem *problem = &specimen->problem;
    const struct tensor *tensors[] = {&problem->x, &problem->w, &problem->y};

    if (specimen->oddity == ODDITY_HUGE || specimen->oddity == ODDITY_MISMATCH)
        return false;
    for (unsigned i = 0; i < 3; i++)
        if (number_precision(tensors[i]->type) == 0 || tensors[i]->casts)
            return false;
    return true;
}

const char *specimen_kind(const struct specimen *specimen)
{
    return specimen->oddity == ODDITY_NONE ? data_type_name(specimen->problem.w.type)
                                           : oddity_name(specimen->oddity);
}
