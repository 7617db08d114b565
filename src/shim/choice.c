#include "shim/choice.h"

#include "shim/handle.h"
#include "shim/lock.h"
#include "shim/process.h"
#include "shim/trace.h"
#include "shim/trace_record.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

static struct choice choice_pass = {.forced = false};
static struct choice choice_refuse = {.forced = true, .count = 0};

static pthread_key_t recalls_key;
static pthread_once_t recalls_once = PTHREAD_ONCE_INIT;
static bool recalls_key_made;

static void recalls_free(void *memory)
{
    rocm_rdna1_thread.recalls = NULL;
    free(memory);
}

static void recalls_key_make(void)
{
    recalls_key_made = pthread_key_create(&recalls_key, recalls_free) == 0;
}

/* Without a key the memory could not be freed at the thread's end: then nothing is remembered. */
static void recall_store(const struct call *call, uint64_t generation, struct choice *choice)
{
    struct recall(*recalls)[2 * RECALLS] = recalls_get();

    if (!recalls) {
        pthread_once(&recalls_once, recalls_key_make);
        if (!recalls_key_made)
            return;
        struct recall(*memory)[2 * RECALLS] = calloc(DIRECTION_COUNT, sizeof(*memory));
        if (!memory || pthread_setspecific(recalls_key, memory) != 0) {
            free(memory);
            return;
        }
        /* What was never stored looks like a call without any object. */
        for (unsigned i = 0; i < DIRECTION_COUNT * 2 * RECALLS; i++)
            memory[i / (2 * RECALLS)][i % (2 * RECALLS)].choice = &choice_pass;
        rocm_rdna1_thread.recalls = recalls = memory;
    }
    struct recall *slot = &recalls[call->direction][call_slot(call, generation)];

    /* Two calls that are made in turn may share a slot. */
    slot[RECALLS] = slot[0];
    slot[0] = (struct recall){.call = *call, .generation = generation, .choice = choice};
}

/* What its slot held before; NULL: not this call's choice. */
static struct choice *recall_before(const struct call *call)
{
    struct recall(*const recalls)[2 * RECALLS] = recalls_get();

    if (!recalls)
        return NULL;

    const uint64_t generation = call_generation(call);
    const struct recall *recall = &recalls[call->direction][call_slot(call, generation) + RECALLS];
    return recall_holds(recall, call, generation) ? recall->choice : NULL;
}

static struct choice *choice_find(struct handle *handle, const struct problem *problem,
                                  uint64_t hash)
{
    struct choice *choice = handle->choices[hash % HANDLE_BUCKETS];

    while (choice && (choice->hash != hash || !problem_equal(&choice->problem, problem)))
        choice = choice->next;
    return choice;
}

/* The functions of a direction, as the trace names them. */
static const char *direction_functions(enum direction direction)
{
    return direction == DIRECTION_FORWARD         ? "miopenConvolutionForward*"
           : direction == DIRECTION_BACKWARD_DATA ? "miopenConvolutionBackwardData*"
                                                  : "miopenConvolutionBackwardWeights*";
}

/*
 * A probe's answer holds for ever: it depends on the problem, the card and the environment, which
 * MIOpen reads once. Trouble on the way to an answer, such as memory that is short, may be over the
 * next time, and a network must not run by the naive kernel for hours because of it. So the problem
 * is decided again a few times; not for ever, since each failure costs time and, from MIOpen, a
 * line on the program's stderr. (MIOpen turns every C++ exception into miopenStatusUnknownError and
 * says miopenStatusBadParm for a solver that does not apply: src/ocl/convolutionocl.cpp.)
 */
#define TRIALS_MAX 4

static bool is_trouble(miopenStatus_t status)
{
    return status == miopenStatusUnknownError || status == miopenStatusAllocFailed ||
           status == miopenStatusInternalError;
}

static bool is_settled(const struct choice *choice)
{
    return choice->trials == 0 || choice->trials >= TRIALS_MAX;
}

static miopenStatus_t probe(const struct real *real, const struct call *call,
                            const struct solver *solver, size_t *ret_bytes)
{
    if (!solver->needs_workspace)
        return miopenStatusSuccess;
    if (!real->miopenConvolutionForwardGetSolutionWorkspaceSize)
        return miopenStatusNotImplemented;
    return REAL_OF(real, call->direction, miopenConvolution, GetSolutionWorkspaceSize)(
        call->handle, call->a, call->b, call->convolution, call->c, solver->id, ret_bytes);
}

/*
 * Only the solvers that can apply by shape, type and layout are probed: MIOpen prints an error on
 * the program's stderr for each probe that fails. `trials`: how often there was trouble before.
 */
static void choice_decide(const struct machine *machine, const struct call *call, unsigned trials,
                          struct choice *choice)
{
    const struct real *real = choice->real;
    struct decision decision;
    const struct query query = {.chip = choice->handle->chip,
                                .target = choice->handle->target,
                                .miopen = choice->handle->version,
                                .memory_bytes = choice->handle->memory_bytes,
                                .problem = &choice->problem};

    decision_for(&machine->rules, &query, &decision);
    choice->forced = decision.forced;
    for (unsigned i = 0; i < decision.candidates_count; i++) {
        const struct solver *solver = decision.candidates[i];
        size_t bytes = 0;
        const miopenStatus_t status = probe(real, call, solver, &bytes);

        if (is_trouble(status))
            choice->trials = trials + 1;
        if (status != miopenStatusSuccess)
            continue;
        choice->usable[choice->count].solver = solver;
        choice->usable[choice->count].workspace_bytes = bytes;
        choice->count++;
    }
    if (trace_is_on() && choice->forced)
        choice->record = trace_record_get(real, call, choice, &decision);
    choice->quick = choice->forced && choice->count > 0 && !choice->record &&
                    REAL_OF(real, call->direction, miopenConvolution, ) &&
                    REAL_OF(real, call->direction, miopenConvolution, Immediate);
    if (!choice->forced)
        trace_forwarded(direction_functions(call->direction), "a rule leaves it to MIOpen");
}

/*
 * `before` is what there was so far, NULL or unsettled; it stays, for other threads may be in it,
 * behind the new one.
 */
static struct choice *choice_new(const struct machine *machine, const struct call *call,
                                 struct handle *handle, const struct problem *problem,
                                 uint64_t hash, struct choice *before)
{
    struct choice *choice = calloc(1, sizeof(*choice));
    if (!choice)
        return before ? before : &handle->refuse;
    choice->problem = *problem;
    choice->hash = hash;
    choice->handle = handle;
    choice->real = handle->real;
    choice_decide(machine, call, before ? before->trials : 0, choice);

    lock_take();
    struct choice *other = choice_find(handle, problem, hash);
    if (other == before) {
        choice->next = handle->choices[hash % HANDLE_BUCKETS];
        handle->choices[hash % HANDLE_BUCKETS] = choice;
    }
    lock_release();
    if (other == before)
        return choice;
    free(choice);
    return other;
}

static struct choice *choice_of(struct handle *handle, const struct machine *machine,
                                const struct call *call)
{
    const uint64_t generation = call_generation(call);
    struct choice *choice = &handle->pass;
    struct problem problem;

    if (handle->forced) {
        if (!call->a || !call->b || !call->c || !call->convolution)
            return choice; /* MIOpen refuses that itself, before all else */
        if (call_problem(handle->real, call, &problem) < 0) {
            trace_refused(direction_functions(call->direction),
                          "the descriptors are not those of a 2-D or 3-D convolution, or MIOpen "
                          "does not tell them");
            return &handle->refuse;
        }

        const uint64_t hash = problem_hash(&problem);
        lock_take();
        choice = choice_find(handle, &problem, hash);
        lock_release();
        if (!choice || !is_settled(choice))
            choice = choice_new(machine, call, handle, &problem, hash, choice);
        if (choice == &handle->refuse || !is_settled(choice))
            return choice;
    } else if (handle->chip[0] == '\0') {
        trace_forwarded(direction_functions(call->direction), "the card of the handle is unknown");
    }
    recall_store(call, generation, choice);
    return choice;
}

struct choice *choice_make(const struct real *real, const struct call *call)
{
    struct choice *known = recall_before(call);
    if (known)
        return known;

    const int saved_errno = errno;
    const struct machine *machine = machine_get();
    struct handle *handle =
        machine && call->handle ? handle_get(real, machine, call->handle) : NULL;
    struct choice *choice = &choice_pass;

    if (handle) {
        choice = choice_of(handle, machine, call);
    } else if (machine && call->handle) { /* memory is short */
        if (gpu_list_rdna1_count(&machine->gpus) == machine->gpus.count)
            choice = &choice_refuse;
        else
            trace_forwarded(direction_functions(call->direction), "memory is short");
    }
    errno = saved_errno;
    return choice;
}

static bool choice_is_built(const struct choice *choice)
{
    bool built = false;

    for (unsigned i = 0; i < choice->count; i++)
        built = built ||
                atomic_load_explicit(&choice->usable[i].build, memory_order_relaxed) == BUILD_DONE;
    return built;
}

miopenStatus_t choice_compile(const struct real *real, const struct call *call,
                              struct choice *choice, unsigned i)
{
    struct usable *usable = &choice->usable[i];
    const enum build build = atomic_load_explicit(&usable->build, memory_order_relaxed);

    if (build == BUILD_DONE)
        return miopenStatusSuccess;
    if (build == BUILD_FAILED && choice_is_built(choice))
        return miopenStatusUnknownError;
    if (!real->miopenConvolutionForwardCompileSolution)
        return miopenStatusNotImplemented;

    const int saved_errno = errno;
    miopenStatus_t status = REAL_OF(real, call->direction, miopenConvolution, CompileSolution)(
        call->handle, call->a, call->b, call->convolution, call->c, usable->solver->id);
    errno = saved_errno;
    atomic_store_explicit(&usable->build, status == miopenStatusSuccess ? BUILD_DONE : BUILD_FAILED,
                          memory_order_relaxed);
    return status;
}

miopenStatus_t choice_compile_any(const struct real *real, const struct call *call,
                                  struct choice *choice, unsigned wanted, unsigned *ret_i)
{
    const miopenStatus_t status = choice_compile(real, call, choice, wanted);

    if (status == miopenStatusSuccess) {
        *ret_i = wanted;
        return status;
    }
    for (unsigned i = 0; i < choice->count; i++) {
        if (i != wanted && choice_compile(real, call, choice, i) == miopenStatusSuccess) {
            *ret_i = i;
            return miopenStatusSuccess;
        }
    }
    return status;
}
