#include "policy/solver.h"

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

static bool version_is_2(struct version miopen)
{
    static const struct version unknown = {0, 0, 0};
    static const struct version next = {3, 0, 0};

    return version_compare(miopen, unknown) != 0 && version_compare(miopen, next) < 0;
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

/* ConvDirectNaiveConv{Fwd,Bwd,Wrw}::IsApplicable. */
static bool naive_can_apply(const struct problem *problem, struct version miopen)
{
    /* The kernels of 2.x take no strides: they would compute nonsense from a tensor with gaps. */
    if (version_is_2(miopen) && !problem_is_packed(problem))
        return false;
    const bool int8_to_int8 =
        problem->direction == DIRECTION_FORWARD && types_are(problem, TYPE_INT8);
    return (types_are_floating(problem) || types_are_int8_forward(problem) || int8_to_int8) &&
           problem_layout(problem, miopen) != LAYOUT_OTHER;
}

/* What Gemm{Fwd,Bwd,Wrw}Base::IsApplicable asks of every problem. */
static bool gemm_can_apply(const struct problem *problem, struct version miopen)
{
    return (types_are_floating(problem) || types_are_int8_forward(problem) ||
            types_are_int8x4_forward(problem, miopen)) &&
           strides_fit(&problem->x) && strides_fit(&problem->w) && strides_fit(&problem->y) &&
           problem_layout(problem, miopen) == LAYOUT_DEFAULT && problem_is_packed(problem);
}

/* A filter of one element without padding, and the same stride everywhere. */
static bool shape_is_pointwise(const struct problem *problem, int stride)
{
    for (unsigned i = 0; i < problem->spatial; i++)
        if (problem->w.lengths[2 + i] != 1 || problem->pad[i] != 0 || problem->stride[i] != stride)
            return false;
    return true;
}

/*
 * Which GEMM solver of the problem's direction takes its shape. The Rest and Universal solvers are
 * defined by MIOpen as what no other one takes, so there is exactly one.
 */
static uint64_t gemm_solver_id(const struct problem *problem)
{
    const bool stride1 = shape_is_pointwise(problem, 1);
    const bool stride2 = problem->spatial == 2 && shape_is_pointwise(problem, 2);
    switch (problem->direction) {
    case DIRECTION_FORWARD:
        if (stride1 && problem->w.type != TYPE_INT8)
            return 88; /* GemmFwd1x1_0_1 */
        if (stride1 && problem->groups == 1)
            return 89; /* GemmFwd1x1_0_1_int8 */
        return stride2 ? 90 /* GemmFwd1x1_0_2 */ : 91 /* GemmFwdRest */;
    case DIRECTION_BACKWARD_DATA:
        if (stride1)
            return 96; /* GemmBwd1x1_stride1 */
        return stride2 ? 95 /* GemmBwd1x1_stride2 */ : 97 /* GemmBwdRest */;
    case DIRECTION_BACKWARD_WEIGHTS:
        return stride1 ? 101 /* GemmWrw1x1_stride1 */ : 102 /* GemmWrwUniversal */;
    case DIRECTION_COUNT:
        break;
    }
    return 0;
}

bool solver_can_apply(const struct solver *solver, const struct problem *problem,
                      struct version miopen)
{
    if (solver->direction != problem->direction || (problem->spatial != 2 && problem->spatial != 3))
        return false;
    if (solver->family == FAMILY_GEMM)
        return solver->id == gemm_solver_id(problem) && shapes_agree(problem) &&
               gemm_can_apply(problem, miopen);
    return solver->family == FAMILY_NAIVE && shapes_agree(problem) &&
           naive_can_apply(problem, miopen);
}
