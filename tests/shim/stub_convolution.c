/* The stub of libMIOpen: which solver applies, what it needs, and the calls of each direction. */
#include "stub_enter.h"
#include "stub_fusion.h"
#include "stub_miopen.h"

#include <stdlib.h>
#include <string.h>

static atomic_uint launches[256];
static atomic_uint failed_probes;
static atomic_size_t workspace_limit = SIZE_MAX;
static _Thread_local struct stub_launch last_launch;

void stub_set_workspace_limit(size_t bytes)
{
    atomic_store(&workspace_limit, bytes);
}

void stub_reset(void)
{
    stub_reset_calls();
    stub_set_workspace_limit(SIZE_MAX);
    stub_set_free_memory((size_t)8 << 30);
    stub_set_capture(false);
    for (unsigned id = 0; id < 256; id++)
        atomic_store(&launches[id], 0);
    atomic_store(&failed_probes, 0);
    last_launch = (struct stub_launch){0};
    stub_steps_forget();
}

const struct stub_launch *stub_last_launch(void)
{
    return &last_launch;
}

void stub_set_last_launch(const struct stub_launch *launch)
{
    last_launch = *launch;
}

unsigned stub_launches_of(uint64_t id)
{
    return atomic_load_explicit(&launches[id % 256], memory_order_relaxed);
}

unsigned stub_launches(void)
{
    unsigned sum = 0;

    for (uint64_t id = 0; id < 256; id++)
        sum += stub_launches_of(id);
    return sum;
}

unsigned stub_failed_probes(void)
{
    return atomic_load_explicit(&failed_probes, memory_order_relaxed);
}

/* --- Solvers --------------------------------------------------------------------------------- */

static bool is_naive(uint64_t id)
{
    return id >= 85 && id <= 87;
}

static int direction_of(uint64_t id)
{
    if (is_naive(id))
        return (int)(id - 85);
    if (id >= 88 && id <= 91)
        return 0;
    if (id >= 95 && id <= 97)
        return 1;
    return id == 101 || id == 102 ? 2 : -1;
}

static int channel_last(const struct miopenTensorDescriptor *tensor)
{
    for (int i = 2; i < tensor->rank; i++) {
        if (tensor->strides[1] < tensor->strides[i])
            return 1;
    }
    return 0;
}

size_t stub_type_bytes(unsigned type)
{
    return type == 0 || type == 5 ? 2 : type == 3 || type == 4 ? 1 : type == 6 || type == 9 ? 8 : 4;
}

static bool types_are_float(const struct stub_problem *problem)
{
    const unsigned type = problem->x.type;

    return (type == 0 || type == 1 || type == 5) && problem->w.type == type &&
           problem->y.type == type;
}

static bool types_are_int8(const struct stub_problem *problem)
{
    return problem->direction == 0 && problem->x.type == 3 && problem->w.type == 3;
}

/* int8x4, until 2.20 */
static bool types_are_int8x4(const struct stub_problem *problem)
{
    return STUB_MAJOR < 3 && problem->direction == 0 && problem->x.type == 4 &&
           problem->w.type == 4;
}

static bool pointwise(const struct stub_problem *problem, int stride)
{
    for (int i = 0; i < problem->spatial; i++) {
        if (problem->w.lengths[2 + i] != 1 || problem->pad[i] != 0 || problem->stride[i] != stride)
            return false;
    }
    return true;
}

static size_t spatial_product(const struct miopenTensorDescriptor *tensor)
{
    size_t product = 1;

    for (int i = 2; i < tensor->rank; i++)
        product *= (size_t)tensor->lengths[i];
    return product;
}

static size_t column_bytes(const struct stub_problem *problem)
{
    return (size_t)problem->w.lengths[1] * spatial_product(&problem->w) *
           spatial_product(&problem->y) * stub_type_bytes(problem->x.type) *
           (size_t)problem->groups;
}

static size_t transposed_bytes(const struct stub_problem *problem)
{
    return (size_t)problem->x.lengths[0] * stub_type_bytes(problem->x.type) *
           spatial_product(&problem->y) *
           ((size_t)problem->x.lengths[1] + (size_t)problem->y.lengths[1]);
}

static size_t workspace_of(uint64_t id, const struct stub_problem *problem)
{
    switch (id) {
    case 89:
    case 97:
    case 102:
        return column_bytes(problem);
    case 90:
    case 95:
        return transposed_bytes(problem);
    case 91:
        return column_bytes(problem) * (problem->x.type == 3 ? 2 : 1);
    default:
        return 0;
    }
}

static bool shape_fits(uint64_t id, const struct stub_problem *problem)
{
    const bool one = pointwise(problem, 1);
    const bool two = pointwise(problem, 2) && problem->spatial == 2;
    const bool int8 = problem->x.type == 3;

    switch (id) {
    case 88:
        return one && !int8;
    case 89:
        return one && int8 && problem->groups == 1;
    case 90:
        return two;
    case 91:
        return !two && !(one && (!int8 || problem->groups == 1));
    case 95:
        return two;
    case 96:
    case 101:
        return one;
    case 97:
        return !one && !two;
    case 102:
        return !one;
    default:
        return false;
    }
}

/* Which layouts the naive solvers take is a matter of its own; here they take any. */
static bool applies(uint64_t id, const struct stub_problem *problem)
{
    if (direction_of(id) != problem->direction ||
        (!types_are_float(problem) && !types_are_int8(problem) && !types_are_int8x4(problem)))
        return false;
    if (is_naive(id))
        return !types_are_int8x4(problem);
    return !channel_last(&problem->x) && !channel_last(&problem->w) && !channel_last(&problem->y) &&
           shape_fits(id, problem) &&
           workspace_of(id, problem) <=
               atomic_load_explicit(&workspace_limit, memory_order_relaxed);
}

/* --- Problems and handles -------------------------------------------------------------------- */

bool stub_problem_from(int direction, miopenTensorDescriptor_t a, miopenTensorDescriptor_t b,
                       miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t c,
                       struct stub_problem *problem)
{
    if (!a || !b || !c || !convolution)
        return false;
    memset(problem, 0, sizeof(*problem));
    problem->direction = direction;
    problem->spatial = convolution->spatial;
    problem->groups = convolution->groups;
    memcpy(problem->pad, convolution->pad, sizeof(problem->pad));
    memcpy(problem->stride, convolution->stride, sizeof(problem->stride));
    memcpy(problem->dilation, convolution->dilation, sizeof(problem->dilation));
    problem->x = direction == 1 ? *c : *b;
    problem->w = direction == 0 ? *a : direction == 1 ? *b : *c;
    problem->y = direction == 0 ? *c : *a;
    if (convolution->mode == 1) {
        const struct miopenTensorDescriptor x = problem->x;
        problem->x = problem->y;
        problem->y = x;
        if (direction != 2)
            problem->direction = !direction;
    }
    return problem->x.rank >= 3;
}

static void handle_enter(miopenHandle_t handle)
{
    if (atomic_exchange_explicit(&handle->busy, true, memory_order_relaxed))
        stub_violation("two threads in one handle");
}

static void handle_leave(miopenHandle_t handle)
{
    atomic_store_explicit(&handle->busy, false, memory_order_relaxed);
}

static bool invoker_known(miopenHandle_t handle, const struct stub_problem *problem, uint64_t id)
{
    for (const struct stub_invoker *i = handle->invokers; i; i = i->next) {
        if (i->id == id && memcmp(&i->problem, problem, sizeof(*problem)) == 0)
            return true;
    }
    return false;
}

static miopenStatus_t compile(miopenHandle_t handle, const struct stub_problem *problem,
                              uint64_t id)
{
    if (direction_of(id) < 0)
        return miopenStatusBadParm;
    if (!applies(id, problem))
        stub_violation("a solver that does not apply was compiled");
    if (invoker_known(handle, problem, id))
        return miopenStatusSuccess;
    struct stub_invoker *made = malloc(sizeof(*made));
    if (!made)
        return miopenStatusAllocFailed;
    *made = (struct stub_invoker){.next = handle->invokers, .problem = *problem, .id = id};
    handle->invokers = made;
    return miopenStatusSuccess;
}

/* Byte by byte and atomic, for tests whose threads share what they compute. */
static void compute(const struct stub_problem *problem, const void *a, const void *b, void *ret_c)
{
    const unsigned char *first = a, *second = b;
    unsigned char *out = ret_c;
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < sizeof(*problem); i++)
        hash = (hash ^ ((const unsigned char *)problem)[i]) * UINT64_C(1099511628211);
    for (unsigned i = 0; i < STUB_DATA_BYTES; i++) {
        const uint64_t value = (hash >> (8 * i)) +
                               3U * __atomic_load_n(&first[i], __ATOMIC_RELAXED) +
                               5U * __atomic_load_n(&second[i], __ATOMIC_RELAXED);
        __atomic_store_n(&out[i], (unsigned char)value, __ATOMIC_RELAXED);
    }
}

void stub_compute(int direction, miopenTensorDescriptor_t a_descriptor, const void *a,
                  miopenTensorDescriptor_t b_descriptor, const void *b,
                  miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t c_descriptor,
                  void *ret_c)
{
    struct stub_problem problem;

    if (stub_problem_from(direction, a_descriptor, b_descriptor, convolution, c_descriptor,
                          &problem))
        compute(&problem, a, b, ret_c);
}

miopenStatus_t stub_launch(const struct stub_problem *problem, const struct stub_launch *what)
{
    const size_t needed = problem ? workspace_of(what->id, problem) : 0;

    if (needed > 0 && (!what->workspace || what->workspace_bytes < needed))
        return miopenStatusUnknownError; /* "Not enough workspace" */
    if (needed > 0) {
        stub_memory_begin(what->workspace, what->handle->stream);
        ((volatile char *)what->workspace)[0] = 1;
        ((volatile char *)what->workspace)[needed - 1] = 1;
        stub_memory_end(what->workspace);
    }
    if (problem && what->a && what->b && what->c)
        compute(problem, what->a, what->b, what->c);
    last_launch = *what;
    stub_step_add(&(struct stub_step){
        .kind = STUB_CONVOLVED, .handle = what->handle, .a = what->a, .b = what->b, .c = what->c});
    atomic_fetch_add_explicit(&launches[what->id % 256], 1, memory_order_relaxed);
    return miopenStatusSuccess;
}

/* --- Calls ----------------------------------------------------------------------------------- */

static miopenStatus_t workspace_size(const struct stub_problem *problem, size_t *bytes)
{
    if (!bytes)
        return miopenStatusBadParm;
    *bytes = 777;
    for (int i = 0; i < problem->spatial; i++)
        *bytes = problem->dilation[i] > 1 ? 0 : *bytes;
    return miopenStatusSuccess;
}

static miopenStatus_t probe(const struct stub_problem *problem, uint64_t id, size_t *bytes)
{
    if (!bytes || direction_of(id) < 0)
        return miopenStatusBadParm;
    if (!is_naive(id) && id != 101 && !applies(id, problem)) {
        atomic_fetch_add_explicit(&failed_probes, 1, memory_order_relaxed);
        return miopenStatusBadParm;
    }
    *bytes = workspace_of(id, problem);
    return miopenStatusSuccess;
}

static miopenStatus_t immediate(const struct stub_problem *problem, const struct stub_launch *what)
{
    handle_enter(what->handle);
    miopenStatus_t status = compile(what->handle, problem, what->id);
    if (status == miopenStatusSuccess)
        status = stub_launch(problem, what);
    handle_leave(what->handle);
    return status;
}

/* The solver that was compiled for an algorithm: GEMM 0, direct 1. */
static miopenStatus_t run(const struct stub_problem *problem, unsigned algorithm, const void *alpha,
                          const void *beta, struct stub_launch *what)
{
    if (!alpha || !beta || *(const float *)alpha != 1.0F || *(const float *)beta != 0.0F)
        return miopenStatusNotImplemented;
    for (uint64_t id = 85; id <= 102; id++) {
        if ((algorithm == 0) == !is_naive(id) && algorithm <= 1 &&
            invoker_known(what->handle, problem, id)) {
            what->id = id;
            return stub_launch(problem, what);
        }
    }
    return miopenStatusUnknownError; /* "No invoker was registered" */
}

static miopenStatus_t search(miopenHandle_t handle, const void *a, const void *b, const void *c,
                             int requested, int *returned, miopenConvAlgoPerf_t *results)
{
    if (!a || !b || !c || !returned || !results || requested < 1)
        return miopenStatusBadParm;
    last_launch = (struct stub_launch){.id = STUB_WINOGRAD_ID, .handle = handle};
    atomic_fetch_add_explicit(&launches[STUB_WINOGRAD_ID], 1, memory_order_relaxed);
    *returned = 1;
    results[0] = (miopenConvAlgoPerf_t){.algorithm = 3, .time = 0.5F, .memory = 99};
    return miopenStatusSuccess;
}

#define PROBLEM(direction)                                                                         \
    struct stub_problem problem;                                                                   \
    if (!handle || !stub_problem_from(direction, ta, tb, convolution, tc, &problem))               \
    return miopenStatusBadParm

#define DIRECTION(D, number, ALGORITHM, FIRST, SECOND)                                             \
    miopenStatus_t miopenConvolution##D##GetWorkSpaceSize(                                         \
        miopenHandle_t handle, const miopenTensorDescriptor_t ta,                                  \
        const miopenTensorDescriptor_t tb, const miopenConvolutionDescriptor_t convolution,        \
        const miopenTensorDescriptor_t tc, size_t *bytes)                                          \
    {                                                                                              \
        STUB_ENTER(miopenConvolution##D##GetWorkSpaceSize, handle, ta, tb, convolution, tc,        \
                   bytes);                                                                         \
        PROBLEM(number);                                                                           \
        return workspace_size(&problem, bytes);                                                    \
    }                                                                                              \
                                                                                                   \
    miopenStatus_t miopenConvolution##D##GetSolutionCount(                                         \
        miopenHandle_t handle, const miopenTensorDescriptor_t ta,                                  \
        const miopenTensorDescriptor_t tb, const miopenConvolutionDescriptor_t convolution,        \
        const miopenTensorDescriptor_t tc, size_t *count)                                          \
    {                                                                                              \
        STUB_ENTER(miopenConvolution##D##GetSolutionCount, handle, ta, tb, convolution, tc,        \
                   count);                                                                         \
        PROBLEM(number);                                                                           \
        if (!count)                                                                                \
            return miopenStatusBadParm;                                                            \
        *count = 7;                                                                                \
        return miopenStatusSuccess;                                                                \
    }                                                                                              \
                                                                                                   \
    miopenStatus_t miopenConvolution##D##GetSolution(                                              \
        miopenHandle_t handle, const miopenTensorDescriptor_t ta,                                  \
        const miopenTensorDescriptor_t tb, const miopenConvolutionDescriptor_t convolution,        \
        const miopenTensorDescriptor_t tc, const size_t max_count, size_t *count,                  \
        miopenConvSolution_t *solutions)                                                           \
    {                                                                                              \
        STUB_ENTER(miopenConvolution##D##GetSolution, handle, ta, tb, convolution, tc, max_count,  \
                   count, solutions);                                                              \
        PROBLEM(number);                                                                           \
        if (!count || !solutions)                                                                  \
            return miopenStatusBadParm;                                                            \
        *count = max_count ? 1 : 0;                                                                \
        if (max_count)                                                                             \
            solutions[0] =                                                                         \
                (miopenConvSolution_t){.solution_id = STUB_WINOGRAD_ID, .algorithm = 3};           \
        return miopenStatusSuccess;                                                                \
    }                                                                                              \
                                                                                                   \
    miopenStatus_t miopenConvolution##D##GetSolutionWorkspaceSize(                                 \
        miopenHandle_t handle, const miopenTensorDescriptor_t ta,                                  \
        const miopenTensorDescriptor_t tb, const miopenConvolutionDescriptor_t convolution,        \
        const miopenTensorDescriptor_t tc, const uint64_t id, size_t *bytes)                       \
    {                                                                                              \
        STUB_ENTER(miopenConvolution##D##GetSolutionWorkspaceSize, handle, ta, tb, convolution,    \
                   tc, id, bytes);                                                                 \
        PROBLEM(number);                                                                           \
        return probe(&problem, id, bytes);                                                         \
    }                                                                                              \
                                                                                                   \
    miopenStatus_t miopenConvolution##D##CompileSolution(                                          \
        miopenHandle_t handle, const miopenTensorDescriptor_t ta,                                  \
        const miopenTensorDescriptor_t tb, const miopenConvolutionDescriptor_t convolution,        \
        const miopenTensorDescriptor_t tc, const uint64_t id)                                      \
    {                                                                                              \
        STUB_ENTER(miopenConvolution##D##CompileSolution, handle, ta, tb, convolution, tc, id);    \
        PROBLEM(number);                                                                           \
        handle_enter(handle);                                                                      \
        const miopenStatus_t status = compile(handle, &problem, id);                               \
        handle_leave(handle);                                                                      \
        return status;                                                                             \
    }                                                                                              \
                                                                                                   \
    miopenStatus_t miopenConvolution##D##Immediate(                                                \
        miopenHandle_t handle, const miopenTensorDescriptor_t ta, const void *ta_data,             \
        const miopenTensorDescriptor_t tb, const void *tb_data,                                    \
        const miopenConvolutionDescriptor_t convolution, const miopenTensorDescriptor_t tc,        \
        void *tc_data, void *workspace, size_t workspace_bytes, const uint64_t id)                 \
    {                                                                                              \
        STUB_ENTER(miopenConvolution##D##Immediate, handle, ta, ta_data, tb, tb_data, convolution, \
                   tc, tc_data, workspace, workspace_bytes, id);                                   \
        PROBLEM(number);                                                                           \
        return immediate(&problem, &(struct stub_launch){id, handle, ta_data, tb_data, tc_data,    \
                                                         workspace, workspace_bytes});             \
    }                                                                                              \
                                                                                                   \
    miopenStatus_t miopenFindConvolution##D##Algorithm(                                            \
        miopenHandle_t handle, const miopenTensorDescriptor_t FIRST, const void *FIRST##_data,     \
        const miopenTensorDescriptor_t SECOND, const void *SECOND##_data,                          \
        const miopenConvolutionDescriptor_t convolution, const miopenTensorDescriptor_t tc,        \
        void *tc_data, const int requested, int *returned, miopenConvAlgoPerf_t *results,          \
        void *workspace, size_t workspace_bytes, bool exhaustive)                                  \
    {                                                                                              \
        STUB_ENTER(miopenFindConvolution##D##Algorithm, handle, FIRST, FIRST##_data, SECOND,       \
                   SECOND##_data, convolution, tc, tc_data, requested, returned, results,          \
                   workspace, workspace_bytes, exhaustive);                                        \
        PROBLEM(number);                                                                           \
        return search(handle, ta_data, tb_data, tc_data, requested, returned, results);            \
    }                                                                                              \
                                                                                                   \
    miopenStatus_t miopenConvolution##D(                                                           \
        miopenHandle_t handle, const void *alpha, const miopenTensorDescriptor_t FIRST,            \
        const void *FIRST##_data, const miopenTensorDescriptor_t SECOND,                           \
        const void *SECOND##_data, const miopenConvolutionDescriptor_t convolution,                \
        ALGORITHM algorithm, const void *beta, const miopenTensorDescriptor_t tc, void *tc_data,   \
        void *workspace, size_t workspace_bytes)                                                   \
    {                                                                                              \
        STUB_ENTER(miopenConvolution##D, handle, alpha, FIRST, FIRST##_data, SECOND,               \
                   SECOND##_data, convolution, algorithm, beta, tc, tc_data, workspace,            \
                   workspace_bytes);                                                               \
        PROBLEM(number);                                                                           \
        return run(&problem, algorithm, alpha, beta,                                               \
                   &(struct stub_launch){0, handle, ta_data, tb_data, tc_data, workspace,          \
                                         workspace_bytes});                                        \
    }

DIRECTION(Forward, 0, miopenConvFwdAlgorithm_t, tb, ta)
DIRECTION(BackwardData, 1, miopenConvBwdDataAlgorithm_t, ta, tb)
DIRECTION(BackwardWeights, 2, miopenConvBwdWeightsAlgorithm_t, ta, tb)
