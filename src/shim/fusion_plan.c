#include "shim/fusion_plan.h"

#include "policy/layout.h"
#include "shim/call.h"
#include "shim/lock.h"
#include "shim/noted.h"
#include "shim/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Arguments end with their destruction, whatever becomes of a plan that they were set for; but
 * PyTorch makes some for each run and never destroys them. So of those of one plan, and of those
 * whose plan has ended, only the ones that were used last are kept. A run with others is refused.
 */
#define ARGUMENTS_MAX 1024u

/*
 * MIOpen keeps arguments by the operator's place in its plan, whichever plan that was. Another
 * thread that ends a plan may end these: they are looked at with the lock held.
 */
struct fusion_arguments {
    struct record record;     /* by MIOpen's arguments */
    struct fusion_plan *plan; /* whose list they are in; NULL: it has ended */
    TAILQ_ENTRY(fusion_arguments) link;
    struct fusion_argument of[FUSION_OPERATORS_MAX];
};

static struct table plans, operators, all_arguments;
static struct fusion_arguments_list orphans = {TAILQ_HEAD_INITIALIZER(orphans.arguments), 0};

/* --- Descriptors ----------------------------------------------------------------------------- */

int fusion_vector_read(const struct real *real, miopenTensorDescriptor_t descriptor,
                       struct fusion_vector *ret_vector)
{
    int rank = 0;
    int lengths[RANK_MAX] = {0}, strides[RANK_MAX] = {0};
    miopenDataType_t type = 0;
    int64_t count = 1;

    if (!descriptor || !real->miopenGetTensorDescriptorSize || !real->miopenGetTensorDescriptor)
        return -EINVAL;
    if (real->miopenGetTensorDescriptorSize(descriptor, &rank) != miopenStatusSuccess || rank < 1 ||
        rank > RANK_MAX)
        return -EINVAL;
    if (real->miopenGetTensorDescriptor(descriptor, &type, lengths, strides) != miopenStatusSuccess)
        return -EINVAL;
    for (int i = 0; i < rank; i++) {
        if (strides[i] != 0 && __builtin_mul_overflow(count, lengths[i], &count))
            return -EINVAL;
    }
    *ret_vector = (struct fusion_vector){.type = (enum data_type)type, .count = count};
    return 0;
}

static int groups_derive(struct problem *problem)
{
    const int64_t c = problem->x.lengths[1], w_c = problem->w.lengths[1];

    if (w_c <= 0 || c <= 0 || c % w_c != 0 || c / w_c > INT32_MAX)
        return -ENOTSUP;
    if (problem->groups == 0)
        problem->groups = (int)(c / w_c);
    return problem->groups == c / w_c && problem->w.lengths[0] % problem->groups == 0 ? 0
                                                                                      : -ENOTSUP;
}

int fusion_derive_result(struct problem *problem)
{
    const struct tensor *x = &problem->x, *w = &problem->w;
    const size_t order = order_of_tensor(x);
    struct tensor y = {.type = x->type, .rank = x->rank};

    if (problem->transposed || x->rank != problem->spatial + 2 || w->rank != x->rank ||
        w->type != x->type || x->casts || w->casts || groups_derive(problem) < 0)
        return -ENOTSUP;

    y.lengths[0] = x->lengths[0];
    y.lengths[1] = w->lengths[0];
    for (unsigned i = 0; i < problem->spatial; i++) {
        const int64_t reach = 1 + problem->dilation[i] * (w->lengths[2 + i] - 1);
        const int64_t room = x->lengths[2 + i] + (int64_t)2 * problem->pad[i] - reach;

        if (problem->stride[i] <= 0)
            return -ENOTSUP;
        y.lengths[2 + i] = room < 0 ? 1 : room / problem->stride[i] + 1;
    }
    if (order == ORDERS_COUNT || !order_strides(&orders[order], y.lengths, y.strides))
        return -ENOTSUP;
    problem->y = y;
    return 0;
}

/* --- Plans ----------------------------------------------------------------------------------- */

struct fusion_plan *fusion_plan_find(miopenFusionPlanDescriptor_t plan)
{
    return (struct fusion_plan *)table_find(&plans, plan);
}

static struct fusion_arguments_list *list_of(struct fusion_plan *plan)
{
    return plan ? &plan->list : &orphans;
}

/* Out of their list; with the lock held, as the next four. */
static void arguments_unlink(struct fusion_arguments *arguments)
{
    struct fusion_arguments_list *list = list_of(arguments->plan);

    TAILQ_REMOVE(&list->arguments, arguments, link);
    list->count--;
}

/* To the end of a plan's list, or of those without one (NULL). */
static void arguments_link(struct fusion_arguments *arguments, struct fusion_plan *plan)
{
    struct fusion_arguments_list *list = list_of(plan);

    arguments->plan = plan;
    TAILQ_INSERT_TAIL(&list->arguments, arguments, link);
    list->count++;
}

/* They are used, and last by this plan. */
static void arguments_use(struct fusion_arguments *arguments, struct fusion_plan *plan)
{
    arguments_unlink(arguments);
    arguments_link(arguments, plan);
}

/* The oldest of too many in a list, for the caller to free; else NULL. */
static struct fusion_arguments *arguments_take(struct fusion_arguments_list *list)
{
    struct fusion_arguments *oldest = TAILQ_FIRST(&list->arguments);

    if (list->count <= ARGUMENTS_MAX)
        return NULL;
    arguments_unlink(oldest);
    (void)table_take_locked(&all_arguments, oldest->record.object);
    return oldest;
}

static void plan_take_apart(struct fusion_plan *plan)
{
    struct fusion_arguments *arguments;

    for (unsigned i = 0; i < plan->count; i++) {
        struct record *record = &plan->operators[i].record;

        if (table_find_locked(&operators, record->object) == record)
            (void)table_take_locked(&operators, record->object);
    }
    while ((arguments = TAILQ_FIRST(&plan->list.arguments)))
        arguments_use(arguments, NULL);
}

static void plan_end(struct fusion_plan *plan)
{
    struct fusion_arguments *oldest;

    if (!plan)
        return;
    lock_take();
    plan_take_apart(plan);
    lock_release();
    free(plan);
    do {
        lock_take();
        oldest = arguments_take(&orphans);
        lock_release();
        free(oldest);
    } while (oldest);
}

/* 0 or -ENOMEM. */
static int plan_begin(const struct real *real, miopenFusionPlanDescriptor_t object,
                      miopenFusionDirection_t direction, miopenTensorDescriptor_t input)
{
    struct fusion_plan *plan = calloc(1, sizeof(*plan));
    if (!plan)
        return -ENOMEM;
    TAILQ_INIT(&plan->list.arguments);
    plan->problem.direction = DIRECTION_FORWARD;
    plan->complete =
        direction == MIOPEN_FUSION_VERTICAL && call_read_tensor(real, input, &plan->problem.x) == 0;

    plan_end((struct fusion_plan *)table_put(&plans, object, &plan->record));
    return 0;
}

SHIM_ENTRY miopenStatus_t miopenCreateFusionPlan(miopenFusionPlanDescriptor_t *plan,
                                                 const miopenFusionDirection_t direction,
                                                 const miopenTensorDescriptor_t input)
{
    const struct real *real = real_get_anew();
    if (!real || !real->miopenCreateFusionPlan)
        return miopenStatusNotInitialized;

    miopenStatus_t status = real->miopenCreateFusionPlan(plan, direction, input);
    const int saved_errno = errno;
    if (status == miopenStatusSuccess && machine_get() &&
        plan_begin(real, *plan, direction, input) < 0) {
        if (real->miopenDestroyFusionPlan)
            (void)real->miopenDestroyFusionPlan(*plan);
        *plan = NULL;
        status = miopenStatusAllocFailed;
    }
    errno = saved_errno;
    return status;
}

SHIM_ENTRY miopenStatus_t miopenDestroyFusionPlan(miopenFusionPlanDescriptor_t plan)
{
    const struct real *real = real_get();
    if (!real || !real->miopenDestroyFusionPlan)
        return miopenStatusNotInitialized;

    plan_end((struct fusion_plan *)table_take(&plans, plan));
    return real->miopenDestroyFusionPlan(plan);
}

/* --- Operators ------------------------------------------------------------------------------- */

/*
 * Notes an operator that MIOpen was told to add to a plan. Before 2.19 it said "unsupported" where
 * no fused solver knew the sequence, and had it in the plan all the same.
 */
static void plan_add(struct fusion_plan *plan, miopenStatus_t status,
                     const miopenFusionOpDescriptor_t *object, struct fusion_operator added)
{
    if (!plan || (status != miopenStatusSuccess && status != miopenStatusUnsupportedOp))
        return;
    plan->convolves = plan->convolves || added.kind == FUSION_CONVOLUTION;
    if (status != miopenStatusSuccess || plan->count == FUSION_OPERATORS_MAX)
        plan->complete = false;
    if (!plan->complete)
        return;

    added.plan = plan;
    added.index = plan->count;
    plan->operators[plan->count] = added;
    (void)table_put(&operators, *object, &plan->operators[plan->count].record);
    plan->count++;
}

/* Notes the problem of a plan whose first operator is a convolution. */
static void plan_describe(const struct real *real, struct fusion_plan *plan,
                          miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t w)
{
    if (plan && plan->complete && plan->count == 0)
        plan->described = call_read_tensor(real, w, &plan->problem.w) == 0 &&
                          call_read_convolution(real, convolution, &plan->problem) == 0 &&
                          fusion_derive_result(&plan->problem) == 0;
}

/*
 * CREATOR(name, (parameters), (arguments), kind, mode, vector): `vector` is the descriptor of a
 * bias or of parameters, `note` what is done before the operator is noted.
 */
#define CREATOR(name, parameters, arguments, kind_, mode_, vector_, note)                          \
    SHIM_ENTRY miopenStatus_t name parameters                                                      \
    {                                                                                              \
        const struct real *real = real_get();                                                      \
        if (!real || !real->name)                                                                  \
            return miopenStatusNotInitialized;                                                     \
                                                                                                   \
        const miopenStatus_t status = real->name arguments;                                        \
        const int saved_errno = errno;                                                             \
        struct fusion_plan *record = machine_get() ? fusion_plan_find(plan) : NULL;                \
        struct fusion_operator added = {.kind = (kind_), .mode = (mode_)};                         \
        const miopenTensorDescriptor_t vector = (vector_);                                         \
        if (record && vector && fusion_vector_read(real, vector, &added.vector) < 0)               \
            added.kind = FUSION_OTHER;                                                             \
        note;                                                                                      \
        plan_add(record, status, op, added);                                                       \
        errno = saved_errno;                                                                       \
        return status;                                                                             \
    }

CREATOR(miopenCreateOpConvForward,
        (miopenFusionPlanDescriptor_t plan, miopenFusionOpDescriptor_t *op,
         miopenConvolutionDescriptor_t convolution, const miopenTensorDescriptor_t w),
        (plan, op, convolution, w), FUSION_CONVOLUTION, 0, NULL,
        plan_describe(real, record, convolution, w))
CREATOR(miopenCreateOpBiasForward,
        (miopenFusionPlanDescriptor_t plan, miopenFusionOpDescriptor_t *op,
         const miopenTensorDescriptor_t bias),
        (plan, op, bias), FUSION_BIAS, 0, bias, )
CREATOR(miopenCreateOpActivationForward,
        (miopenFusionPlanDescriptor_t plan, miopenFusionOpDescriptor_t *op,
         miopenActivationMode_t mode),
        (plan, op, mode), FUSION_ACTIVATION, mode, NULL, )
CREATOR(miopenCreateOpActivationBackward,
        (miopenFusionPlanDescriptor_t plan, miopenFusionOpDescriptor_t *op,
         miopenActivationMode_t mode),
        (plan, op, mode), FUSION_OTHER, mode, NULL, )
CREATOR(miopenCreateOpBatchNormInference,
        (miopenFusionPlanDescriptor_t plan, miopenFusionOpDescriptor_t *op,
         const miopenBatchNormMode_t mode, const miopenTensorDescriptor_t parameters),
        (plan, op, mode, parameters), FUSION_BATCH_NORM, mode, parameters, )
CREATOR(miopenCreateOpBatchNormForward,
        (miopenFusionPlanDescriptor_t plan, miopenFusionOpDescriptor_t *op,
         const miopenBatchNormMode_t mode, bool running_mean_variance),
        (plan, op, mode, running_mean_variance), FUSION_OTHER, mode, NULL, )
CREATOR(miopenCreateOpBatchNormBackward,
        (miopenFusionPlanDescriptor_t plan, miopenFusionOpDescriptor_t *op,
         const miopenBatchNormMode_t mode),
        (plan, op, mode), FUSION_OTHER, mode, NULL, )

/* --- Arguments ------------------------------------------------------------------------------- */

bool fusion_arguments_get(miopenOperatorArgs_t object,
                          struct fusion_argument ret_of[FUSION_OPERATORS_MAX])
{
    lock_take();
    struct fusion_arguments *arguments =
        (struct fusion_arguments *)table_find_locked(&all_arguments, object);
    if (arguments) {
        arguments_use(arguments, arguments->plan);
        memcpy(ret_of, arguments->of, sizeof(arguments->of));
    }
    lock_release();
    return arguments;
}

/*
 * Gives arguments what they are to hold for an operator; with the lock held. Returns others of the
 * plan that are too many now, for the caller to free, or NULL.
 */
static struct fusion_arguments *arguments_give(struct fusion_arguments *arguments,
                                               const struct fusion_operator *noted,
                                               struct fusion_argument argument)
{
    argument.given = true;
    argument.kind = noted->kind;
    arguments->of[noted->index] = argument;
    arguments_use(arguments, noted->plan);
    return arguments_take(&noted->plan->list);
}

/* The same for those that are new. */
static miopenStatus_t arguments_make(miopenOperatorArgs_t object,
                                     const struct fusion_operator *noted,
                                     struct fusion_argument argument)
{
    const int saved_errno = errno;
    struct fusion_arguments *arguments = calloc(1, sizeof(*arguments));

    errno = saved_errno;
    if (!arguments)
        return miopenStatusAllocFailed;
    lock_take();
    (void)table_put_locked(&all_arguments, object, &arguments->record);
    arguments_link(arguments, noted->plan);
    struct fusion_arguments *oldest = arguments_give(arguments, noted, argument);
    lock_release();
    free(oldest);
    return miopenStatusSuccess;
}

static bool is_factor(const void *factor, float neutral)
{
    return factor && *(const float *)factor != neutral;
}

/*
 * Success, or that memory is short: a run would have nothing to go by. Of the factors MIOpen looks
 * at a convolution's alone (2.16 to 3.5).
 */
static miopenStatus_t arguments_set(miopenOperatorArgs_t object, miopenFusionOpDescriptor_t op,
                                    const void *alpha, const void *beta,
                                    struct fusion_argument argument)
{
    struct fusion_arguments *oldest = NULL;

    lock_take();
    const struct fusion_operator *noted =
        (struct fusion_operator *)table_find_locked(&operators, op);
    struct fusion_arguments *arguments =
        noted ? (struct fusion_arguments *)table_find_locked(&all_arguments, object) : NULL;
    if (noted && noted->kind == FUSION_CONVOLUTION)
        argument.scaled = is_factor(alpha, 1.0F) || is_factor(beta, 0.0F);
    if (arguments)
        oldest = arguments_give(arguments, noted, argument);
    lock_release();
    free(oldest);
    /* The operator is the program's, and stays while it uses it. */
    return noted && !arguments ? arguments_make(object, noted, argument) : miopenStatusSuccess;
}

/* GIVER(name, (parameters), (arguments), what is noted) */
#define GIVER(name, parameters, arguments, ...)                                                    \
    SHIM_NOTED(name, parameters, arguments, {                                                      \
        return arguments_set(args, op, alpha, beta, (struct fusion_argument){__VA_ARGS__});        \
    })

GIVER(miopenSetOpArgsConvForward,
      (miopenOperatorArgs_t args, const miopenFusionOpDescriptor_t op, const void *alpha,
       const void *beta, const void *w),
      (args, op, alpha, beta, w), .data = w)
GIVER(miopenSetOpArgsBiasForward,
      (miopenOperatorArgs_t args, const miopenFusionOpDescriptor_t op, const void *alpha,
       const void *beta, const void *bias),
      (args, op, alpha, beta, bias), .data = bias)
GIVER(miopenSetOpArgsActivForward,
      (miopenOperatorArgs_t args, const miopenFusionOpDescriptor_t op, const void *alpha,
       const void *beta, double activation_alpha, double activation_beta, double activation_gamma),
      (args, op, alpha, beta, activation_alpha, activation_beta, activation_gamma),
      .alpha = activation_alpha, .beta = activation_beta, .gamma = activation_gamma)
GIVER(miopenSetOpArgsBatchNormInference,
      (miopenOperatorArgs_t args, const miopenFusionOpDescriptor_t op, const void *alpha,
       const void *beta, const void *scale, const void *bias, const void *mean,
       const void *variance, double epsilon),
      (args, op, alpha, beta, scale, bias, mean, variance, epsilon), .scale = scale, .data = bias,
      .mean = mean, .variance = variance, .epsilon = epsilon)

SHIM_ENTRY miopenStatus_t miopenDestroyOperatorArgs(miopenOperatorArgs_t args)
{
    const struct real *real = real_get();
    if (!real || !real->miopenDestroyOperatorArgs)
        return miopenStatusNotInitialized;

    lock_take();
    struct fusion_arguments *arguments =
        (struct fusion_arguments *)table_take_locked(&all_arguments, args);
    if (arguments)
        arguments_unlink(arguments);
    lock_release();
    free(arguments);
    return real->miopenDestroyOperatorArgs(args);
}
