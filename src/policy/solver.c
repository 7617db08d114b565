#include "policy/solver.h"

#include "policy/layout.h"
#include "policy/naive.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

const struct solver solvers[] = {
#define SOLVER(id, name, direction, family, algorithm, needs_workspace)                            \
    {id, #name, DIRECTION_##direction, FAMILY_##family, ALGORITHM_##algorithm, needs_workspace},
#include "policy/solvers.list"
#undef SOLVER
};

const size_t solvers_count = sizeof(solvers) / sizeof(solvers[0]);

const char *family_name(enum family family)
{
    static const char *const names[FAMILY_COUNT] = {
        [FAMILY_GEMM] = "gemm",
        [FAMILY_NAIVE] = "naive",
        [FAMILY_DIRECT] = "direct",
        [FAMILY_WINOGRAD] = "winograd",
        [FAMILY_IMPLICIT_GEMM] = "implicit-gemm",
        [FAMILY_FFT] = "fft",
    };
    return (unsigned)family < FAMILY_COUNT ? names[family] : "?";
}

int family_from_name(const char *name, enum family *ret_family)
{
    for (enum family family = 0; family < FAMILY_COUNT; family++) {
        if (strcmp(name, family_name(family)) == 0) {
            *ret_family = family;
            return 0;
        }
    }
    return -EINVAL;
}

const struct solver *solver_from_id(uint64_t id)
{
    for (size_t i = 0; i < solvers_count; i++)
        if (solvers[i].id == id)
            return &solvers[i];
    return NULL;
}

const struct solver *solver_from_name(const char *name)
{
    for (size_t i = 0; i < solvers_count; i++)
        if (strcmp(solvers[i].name, name) == 0)
            return &solvers[i];
    return NULL;
}

static const struct {
    uint64_t id;
    const char *name;
} foreign_solvers[] = {
#define FOREIGN(id, name) {id, name},
#include "policy/foreign_solvers.list"
#undef FOREIGN
};

const char *solver_name_from_id(uint64_t id)
{
    const struct solver *solver = solver_from_id(id);
    if (solver)
        return solver->name;
    for (size_t i = 0; i < sizeof(foreign_solvers) / sizeof(foreign_solvers[0]); i++)
        if (foreign_solvers[i].id == id)
            return foreign_solvers[i].name;
    return NULL;
}

const char *algorithm_name(enum algorithm algorithm)
{
    switch (algorithm) {
    case ALGORITHM_GEMM:
        return "gemm";
    case ALGORITHM_DIRECT:
        return "direct";
    case ALGORITHM_FFT:
        return "fft";
    case ALGORITHM_WINOGRAD:
        return "winograd";
    case ALGORITHM_IMPLICIT_GEMM:
        return "implicit-gemm";
    }
    return NULL;
}

/* Lengths that MIOpen's kernels can count with: at least 1 (a descriptor has no less), and an int.
 */
static bool lengths_fit(const struct tensor *tensor)
{
    for (unsigned i = 0; i < tensor->rank; i++)
        if (tensor->lengths[i] < 1 || tensor->lengths[i] > INT_MAX)
            return false;
    return true;
}

static bool strides_fit(const struct tensor *tensor)
{
    for (unsigned i = 0; i < tensor->rank; i++)
        if (tensor->strides[i] < 1 || tensor->strides[i] > INT_MAX)
            return false;
    return true;
}

/*
 * Whether the tensors belong to one convolution. MIOpen tests this in Find only, so a probe by id
 * would say yes to tensors that do not fit together, and the kernels would read past their ends.
 */
static bool shapes_agree(const struct problem *problem)
{
    const struct tensor *x = &problem->x;
    const struct tensor *w = &problem->w;
    const struct tensor *y = &problem->y;
    const unsigned rank = problem->spatial + 2;
    if (x->rank != rank || w->rank != rank || y->rank != rank)
        return false;
    if (!lengths_fit(x) || !lengths_fit(w) || !lengths_fit(y))
        return false;
    for (unsigned i = 0; i < problem->spatial; i++)
        if (problem->pad[i] < 0 || problem->stride[i] < 1 || problem->dilation[i] < 1)
            return false;
    return problem->groups >= 1 && x->lengths[0] == y->lengths[0] &&
           w->lengths[0] == y->lengths[1] && w->lengths[0] % problem->groups == 0 &&
           w->lengths[1] * problem->groups == x->lengths[1];
}

static bool types_are(const struct problem *problem, enum data_type type)
{
    return problem->x.type == type && problem->w.type == type && problem->y.type == type;
}

static bool types_are_floating(const struct problem *problem)
{
    return types_are(problem, TYPE_FP32) || types_are(problem, TYPE_FP16) ||
           types_are(problem, TYPE_BF16);
}

static bool types_are_int8_forward(const struct problem *problem)
{
    return problem->direction == DIRECTION_FORWARD && problem->x.type == TYPE_INT8 &&
           problem->w.type == TYPE_INT8 &&
           (problem->y.type == TYPE_INT32 || problem->y.type == TYPE_FP32);
}

/* Unknown, 0.0.0, is the newest. */
static bool version_is_from(struct version miopen, unsigned major, unsigned minor)
{
    static const struct version unknown = {0, 0, 0};

    return version_compare(miopen, unknown) == 0 ||
           version_compare(miopen, (struct version){major, minor, 0}) >= 0;
}

static bool version_is_2(struct version miopen)
{
    return !version_is_from(miopen, 3, 0);
}

/*
 * Four int8 in one element, which MIOpen 2 knew and did by GEMM alone (src/ocl/convolutionocl.cpp
 * refuses it to every other algorithm), as the GEMM solvers still took it.
 */
static bool types_are_int8x4_forward(const struct problem *problem, struct version miopen)
{
    return version_is_2(miopen) && problem->direction == DIRECTION_FORWARD &&
           problem->x.type == TYPE_INT8X4 && problem->w.type == TYPE_INT8X4 &&
           (problem->y.type == TYPE_INT32 || problem->y.type == TYPE_FP32);
}

static bool tensor_casts(const struct tensor *tensor)
{
    return tensor->casts && (tensor->cast == TYPE_FP8 || tensor->cast == TYPE_BF8);
}

/* Of two tensors that casts are asked of: as IsApplicable looks for them, dx for dy included. */
static bool naive_casts_apply(const struct problem *problem)
{
    const struct tensor *x = &problem->x, *w = &problem->w, *y = &problem->y;

    if (!x->casts && !w->casts && !y->casts)
        return true;
    if (problem->direction == DIRECTION_BACKWARD_WEIGHTS)
        return tensor_casts(x) && tensor_casts(y);
    return tensor_casts(x) && tensor_casts(w);
}

/* ConvDirectNaiveConv{Fwd,Bwd,Wrw}::IsApplicable. */
static bool naive_can_apply(const struct problem *problem, struct version miopen)
{
    const enum layout layout = problem_layout(problem, miopen);
    /* Since 3.4; of three dimensions there is no such kernel, though IsApplicable says so. */
    const bool int8_to_int8 = version_is_from(miopen, 3, 4) &&
                              problem->direction == DIRECTION_FORWARD && problem->spatial == 2 &&
                              types_are(problem, TYPE_INT8);
    const bool float8 =
        !version_is_2(miopen) && (types_are(problem, TYPE_FP8) || types_are(problem, TYPE_BF8));

    if (layout == LAYOUT_OTHER || !naive_casts_apply(problem))
        return false;
    /* The kernels of 2.x take no strides. */
    if (version_is_2(miopen) ? !problem_is_packed(problem)
                             : !naive_addresses_right(problem, layout))
        return false;
    return types_are_floating(problem) || types_are_int8_forward(problem) || int8_to_int8 || float8;
}

/* What Gemm{Fwd,Bwd,Wrw}Base::IsApplicable asks of every problem; casts are for gfx94x alone. */
static bool gemm_can_apply(const struct problem *problem, struct version miopen)
{
    return (types_are_floating(problem) || types_are_int8_forward(problem) ||
            types_are_int8x4_forward(problem, miopen)) &&
           !problem->x.casts && !problem->w.casts && !problem->y.casts &&
           strides_fit(&problem->x) && strides_fit(&problem->w) && strides_fit(&problem->y) &&
           problem_layout(problem, miopen) == LAYOUT_DEFAULT && problem_is_packed(problem);
}

/* ConvolutionDescriptor::ValidateTensors, which every run of 3.0 and later begins with. */
static bool groups_divide(const struct tensor *tensor, int groups)
{
    const size_t i = order_of_tensor(tensor);

    if (i == ORDERS_COUNT || orders[i].layout == LAYOUT_OTHER)
        return false;
    return tensor->strides[orders[i].layout == LAYOUT_DEFAULT ? 0 : tensor->rank - 1] % groups == 0;
}

static bool groups_can_run(const struct problem *problem, struct version miopen)
{
    return problem->groups == 1 || version_is_2(miopen) ||
           (groups_divide(&problem->x, problem->groups) &&
            groups_divide(&problem->y, problem->groups));
}

/* A filter of one element without padding, and the same stride everywhere. */
static bool shape_is_pointwise(const struct problem *problem, int stride)
{
    for (unsigned i = 0; i < problem->spatial; i++)
        if (problem->w.lengths[2 + i] != 1 || problem->pad[i] != 0 || problem->stride[i] != stride)
            return false;
    return true;
}

/* The product of lengths; 0 past 64 bits. */
static uint64_t product(const int64_t *lengths, unsigned count)
{
    uint64_t result = 1;

    for (unsigned i = 0; i < count; i++)
        if (__builtin_mul_overflow(result, (uint64_t)lengths[i], &result))
            return 0;
    return result;
}

/* Whether a workspace of so many bytes is there for the asking; what does not fit 64 bits is not.
 */
struct room {
    uint64_t bytes;
    bool past;
};

static void room_take(struct room *room, uint64_t a, uint64_t b, uint64_t bytes)
{
    uint64_t more = 0;

    room->past |= a == 0 || b == 0 || __builtin_mul_overflow(a, b, &more) ||
                  __builtin_mul_overflow(more, bytes, &more) ||
                  __builtin_add_overflow(room->bytes, more, &room->bytes);
}

/*
 * Whether MIOpen thinks that the solver's workspace can be had: 85 % of the card's memory, and at
 * most 7287183769 bytes; twice that for fp32 in the Rest solvers since 3.1 (gemm_common.cpp,
 * MaxMemAllocSz).
 */
static bool workspace_fits(const struct problem *problem, uint64_t id, struct version miopen,
                           uint64_t memory_bytes)
{
    const struct tensor *x = &problem->x, *w = &problem->w, *y = &problem->y;
    const uint64_t out = product(&y->lengths[2], problem->spatial);
    uint64_t limit = UINT64_C(7287183769);
    struct room room = {.bytes = 0};

    if (id == 88 || id == 96 || id == 101)
        return true;
    if (id == 90 || id == 95) { /* the whole batch of both, without the pixels that are skipped */
        room_take(&room, product(x->lengths, 2), out,
                  data_type_bytes(x->type) * (x->type == TYPE_INT8 ? 2 : 1));
        room_take(&room, product(y->lengths, 2), out, data_type_bytes(y->type));
    } else { /* one image, as columns */
        const enum data_type type = problem->direction == DIRECTION_FORWARD ? w->type : y->type;
        room_take(&room, product(&w->lengths[1], problem->spatial + 1) * (uint64_t)problem->groups,
                  out, data_type_bytes(type) * (id == 91 && type == TYPE_INT8 ? 2 : 1));
    }
    if (version_is_from(miopen, 3, 1) && types_are(problem, TYPE_FP32) && (id == 91 || id == 97))
        limit *= 2;
    if (memory_bytes > 0 && limit > (uint64_t)((double)memory_bytes * 0.85))
        limit = (uint64_t)((double)memory_bytes * 0.85);
    return !room.past && room.bytes <= limit;
}

/*
 * Which GEMM solver of the problem's direction takes its shape. The Rest and Universal solvers are
 * defined by MIOpen as what no other one takes, so there is exactly one; they also take what the
 * special ones with a workspace find too large, for theirs is that of one image.
 */
static uint64_t gemm_solver_id(const struct problem *problem, struct version miopen,
                               uint64_t memory_bytes)
{
    const bool stride1 = shape_is_pointwise(problem, 1);
    const bool stride2 = problem->spatial == 2 && shape_is_pointwise(problem, 2);
    const bool forward = problem->direction == DIRECTION_FORWARD;
    const uint64_t special = forward ? 90 /* GemmFwd1x1_0_2 */ : 95 /* GemmBwd1x1_stride2 */;

    switch (problem->direction) {
    case DIRECTION_FORWARD:
    case DIRECTION_BACKWARD_DATA:
        if (stride2 && workspace_fits(problem, special, miopen, memory_bytes))
            return special;
        if (stride1 && !forward)
            return 96; /* GemmBwd1x1_stride1 */
        if (stride1 && problem->w.type != TYPE_INT8)
            return 88; /* GemmFwd1x1_0_1 */
        if (stride1 && problem->groups == 1 && workspace_fits(problem, 89, miopen, memory_bytes))
            return 89; /* GemmFwd1x1_0_1_int8 */
        return forward ? 91 /* GemmFwdRest */ : 97 /* GemmBwdRest */;
    case DIRECTION_BACKWARD_WEIGHTS:
        return stride1 ? 101 /* GemmWrw1x1_stride1 */ : 102 /* GemmWrwUniversal */;
    case DIRECTION_COUNT:
        break;
    }
    return 0;
}

bool solver_can_apply(const struct solver *solver, const struct problem *problem,
                      struct version miopen, uint64_t memory_bytes)
{
    if (solver->direction != problem->direction || (problem->spatial != 2 && problem->spatial != 3))
        return false;
    if (!shapes_agree(problem) || !groups_can_run(problem, miopen))
        return false;
    if (solver->family == FAMILY_GEMM)
        return gemm_can_apply(problem, miopen) &&
               solver->id == gemm_solver_id(problem, miopen, memory_bytes) &&
               workspace_fits(problem, solver->id, miopen, memory_bytes);
    return solver->family == FAMILY_NAIVE && naive_can_apply(problem, miopen);
}
