/*
 * Solutions stay MIOpen's own objects, so that a program can ask, save and destroy them as always,
 * and what it saves is of use without the shim. One is had without a search by loading what would
 * be written of it.
 */
#include "shim/find2_solution.h"

#include "base/cleanup.h"
#include "facts/target.h"
#include "shim/export.h"
#include "shim/process.h"
#include "shim/real.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct table solutions;

static void solution_free(struct find2_solution *solution)
{
    if (!solution)
        return;
    replica_free(solution->real, &solution->replica);
    free(solution);
}

static void solution_forget(miopenSolution_t solution)
{
    solution_free((struct find2_solution *)table_take(&solutions, solution));
}

/* What a blob says; of one that could not be read (NULL) that nothing is known. */
static struct find2_solution *solution_read(const struct real *real,
                                            const struct solution_blob *blob)
{
    struct find2_solution *noted = calloc(1, sizeof(*noted));

    if (!noted)
        return NULL;
    noted->real = real;
    noted->kind = blob ? blob->kind : SOLUTION_OTHER;
    noted->known = blob != NULL;
    if (blob && blob->kind == SOLUTION_CONVOLUTION) {
        noted->solver = solver_from_name(blob->solver);
        noted->known = call_complete_problem(&blob->problem, &noted->problem) == 0 &&
                       replica_make(real, &noted->problem, &noted->replica) == 0;
    }
    return noted;
}

/* Notes a solution that MIOpen has just made; false where memory is short. */
static bool solution_note(const struct real *real, miopenSolution_t solution,
                          const struct solution_blob *blob)
{
    struct find2_solution *noted = solution_read(real, blob);

    if (noted)
        solution_free((struct find2_solution *)table_put(&solutions, solution, &noted->record));
    return noted;
}

/* As far as MIOpen tells, it must have taken the solution for what was written. */
static bool solution_is(const struct real *real, miopenSolution_t solution,
                        const struct usable *usable)
{
    uint64_t id = 0;
    size_t bytes = 0;

    if (real->miopenGetSolutionSolverId &&
        real->miopenGetSolutionSolverId(solution, &id) == miopenStatusSuccess &&
        id != usable->solver->id)
        return false;
    return !real->miopenGetSolutionWorkspaceSize ||
           real->miopenGetSolutionWorkspaceSize(solution, &bytes) != miopenStatusSuccess ||
           bytes == usable->workspace_bytes;
}

static void solution_destroy(const struct real *real, miopenSolution_t solution)
{
    if (real->miopenDestroySolution)
        (void)real->miopenDestroySolution(solution);
}

int find2_solution_make(const struct real *real, const struct problem *problem,
                        const struct usable *usable, float time_ms, miopenSolution_t *ret_solution)
{
    struct solution_blob blob = {.kind = SOLUTION_CONVOLUTION,
                                 .problem = *problem,
                                 .time_ms = time_ms,
                                 .workspace_bytes = usable->workspace_bytes};
    char data[SOLUTION_BLOB_MAX];
    miopenSolution_t solution = NULL;
    size_t size;

    problem_transpose(&blob.problem);
    strncat(blob.solver, usable->solver->name, sizeof(blob.solver) - 1);
    if (!real->miopenLoadSolution ||
        solution_blob_write(&blob, real->miopenFuseProblems != NULL, data, sizeof(data), &size) <
            0 ||
        real->miopenLoadSolution(&solution, data, size) != miopenStatusSuccess || !solution)
        return -ENOTSUP;
    if (!solution_is(real, solution, usable)) {
        solution_destroy(real, solution);
        return -ENOTSUP;
    }
    if (!solution_note(real, solution, &blob)) {
        solution_destroy(real, solution);
        return -ENOMEM;
    }
    *ret_solution = solution;
    return 0;
}

void find2_solution_found(const struct real *real, miopenSolution_t solution, bool convolution)
{
    if (convolution)
        solution_forget(solution);
    else
        (void)solution_note(real, solution, &(struct solution_blob){.kind = SOLUTION_OTHER});
}

/* Has MIOpen write the solution to memory. */
static int solution_study(const struct real *real, miopenSolution_t solution,
                          struct solution_blob *ret_blob)
{
    cleanup_free char *data = NULL;
    size_t size = 0;

    if (!real->miopenGetSolutionSize || !real->miopenSaveSolution)
        return -ENOTSUP;
    if (real->miopenGetSolutionSize(solution, &size) != miopenStatusSuccess || size == 0)
        return -ENOTSUP;
    data = malloc(size);
    if (!data)
        return -ENOMEM;
    if (real->miopenSaveSolution(solution, data) != miopenStatusSuccess)
        return -ENOTSUP;
    return solution_blob_read(data, size, ret_blob);
}

const struct find2_solution *find2_solution_get(const struct real *real, miopenSolution_t solution)
{
    struct find2_solution *noted = (struct find2_solution *)table_find(&solutions, solution);
    struct solution_blob blob;

    if (noted)
        return noted;
    const int r = solution_study(real, solution, &blob);
    noted = r == -ENOMEM ? NULL : solution_read(real, r < 0 ? NULL : &blob);
    if (!noted)
        return NULL;
    /* Other threads may run it for the first time as well: what one of them has found serves all.
     */
    struct find2_solution *kept =
        (struct find2_solution *)table_keep(&solutions, solution, &noted->record);
    if (kept != noted)
        solution_free(noted);
    return kept;
}

/*
 * Whether there is a card in the machine on which a solution may be run. On which one it will be is
 * not known before it is.
 */
static bool machine_runs(const struct machine *machine, const struct real *real,
                         const struct solution_blob *blob)
{
    const struct solver *solver =
        blob->kind == SOLUTION_CONVOLUTION ? solver_from_name(blob->solver) : NULL;
    size_t major = 0, minor = 0, patch = 0;
    struct version version = {0, 0, 0};
    struct problem problem;
    bool runs = blob->kind == SOLUTION_OTHER;

    if (real->miopenGetVersion &&
        real->miopenGetVersion(&major, &minor, &patch) == miopenStatusSuccess)
        version = (struct version){(unsigned)major, (unsigned)minor, (unsigned)patch};
    if (blob->kind == SOLUTION_CONVOLUTION && call_complete_problem(&blob->problem, &problem) < 0)
        return true; /* MIOpen refuses such a problem */
    for (size_t i = 0; i < machine->gpus.count && !runs; i++) {
        const struct gpu *gpu = &machine->gpus.gpus[i];
        struct target target;
        struct decision decision;

        target_read(gpu, process_environment, NULL, &target);
        const struct query query = {.chip = gpu->chip,
                                    .target = target.name,
                                    .miopen = version,
                                    .problem =
                                        blob->kind == SOLUTION_CONVOLUTION ? &problem : NULL};
        decision_for(&machine->rules, &query, &decision);
        runs = decision_allows(&decision, solver ? solver->id : 0);
    }
    return runs;
}

SHIM_ENTRY miopenStatus_t miopenLoadSolution(miopenSolution_t *solution, const char *data,
                                             size_t size)
{
    const struct real *real = real_get_anew();
    if (!real || !real->miopenLoadSolution)
        return miopenStatusNotInitialized;

    const struct machine *machine = machine_get();
    if (!machine || !solution || !data)
        return real->miopenLoadSolution(solution, data, size);

    const int saved_errno = errno;
    struct solution_blob blob;
    const bool known = solution_blob_read(data, size, &blob) == 0;
    miopenStatus_t status = miopenStatusUnsupportedOp;
    if (!known || machine_runs(machine, real, &blob)) {
        errno = saved_errno;
        status = real->miopenLoadSolution(solution, data, size);
        if (status == miopenStatusSuccess && *solution &&
            !solution_note(real, *solution, known ? &blob : NULL)) {
            solution_destroy(real, *solution);
            *solution = NULL;
            status = miopenStatusAllocFailed;
        }
    }
    errno = saved_errno;
    return status;
}

SHIM_ENTRY miopenStatus_t miopenDestroySolution(miopenSolution_t solution)
{
    const struct real *real = real_get();
    if (!real || !real->miopenDestroySolution)
        return miopenStatusNotInitialized;

    const int saved_errno = errno;
    solution_forget(solution);
    errno = saved_errno;
    return real->miopenDestroySolution(solution);
}
