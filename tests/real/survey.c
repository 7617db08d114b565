/*
 * Asks the MIOpen it is linked with about many convolutions, each by solver id or by the roads that
 * programs take, and prints what it answered, one JSON object a convolution. A child process does
 * it: where one dies, that is the answer, and another goes on with the next convolution.
 */
#include "numbers.h"
#include "policy/solver.h"
#include "specimen.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEED_OF_NUMBERS 1
#define SOLUTIONS_MAX   64

struct request {
    uint64_t seed;
    bool matrix;
    bool by_id; /* ask each GEMM and naive solver for itself */
    unsigned first, count, step;
    int only; /* an oddity; -1 for all */
};

/* One convolution on the way. */
struct visit {
    const struct specimen *specimen;
    bool runs;    /* has memory, and may be run */
    bool numbers; /* and what comes out can be judged */
    struct numbers values;
    struct client *client;
};

/*
 * Ids that a program may have from a database, another card or another release: an OpenCL direct
 * solver, assembly, Winograd, FFT, implicit GEMM, one of each direction's own, none at all. The
 * report has the algorithm that the library knows each by.
 */
static const uint64_t foreign_ids[] = {11, 84, 34, 14, 2, 55, 9, 91, 102, 97, 4242, 0};

static int messages = -1; /* where stderr goes, to be read back */

/* What was said on stderr since the last call, by lines. */
static json_t *messages_take(void)
{
    json_t *lines = json_array();
    char text[4096];
    off_t end = lseek(messages, 0, SEEK_END);
    ssize_t length = pread(messages, text, sizeof(text) - 1, 0);

    text[length < 0 ? 0 : length] = '\0';
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        json_array_append_new(lines, json_stringn_nocheck(line, strlen(line)));
    if (end > 0 && ftruncate(messages, 0) == 0)
        lseek(messages, 0, SEEK_SET);
    return lines;
}

static bool specimen_get(const struct request *request, unsigned number,
                         struct specimen *ret_specimen)
{
    if (request->matrix)
        return specimen_cell(number, ret_specimen);
    specimen_draw(request->seed, number, ret_specimen);
    return true;
}

static void report_status(json_t *report, const char *name, miopenStatus_t status)
{
    json_object_set_new(report, name, json_integer(status));
}

/* Whether every element is right, and none outside was written. */
static void report_numbers(json_t *report, const struct visit *visit)
{
    struct comparison comparison;

    if (visit->numbers && numbers_compare(&visit->values, visit->client, &comparison) == 0)
        json_object_set_new(report, "right",
                            json_boolean(comparison.wrong == 0 && comparison.guards_intact));
}

/* Neither a right result nor a wrong one of an earlier run counts for the next. */
static bool make_ready(struct client *client)
{
    return buffer_guard(&client->buffer_x) == 0 && buffer_guard(&client->buffer_w) == 0 &&
           buffer_guard(&client->buffer_y) == 0 && numbers_poison(client);
}

static bool policy_takes(const struct problem *problem, uint64_t id)
{
    size_t major = 0, minor = 0, patch = 0, unused = 0, bytes = 0;

    (void)miopenGetVersion(&major, &minor, &patch);
    if (hipMemGetInfo(&unused, &bytes) != hipSuccess)
        bytes = 0;
    return solver_can_apply(solver_from_id(id), problem,
                            (struct version){(unsigned)major, (unsigned)minor, (unsigned)patch},
                            bytes);
}

/* Asked, compiled and run by its id, as far as `compiles` and `runs` let it. */
static json_t *ask_solver(const struct visit *visit, uint64_t id, bool compiles, bool runs)
{
    json_t *report = json_object();
    struct buffer workspace = {0};
    size_t bytes = 0;
    miopenStatus_t status = client_solver_workspace(visit->client, id, &bytes);

    json_object_set_new(report, "id", json_integer((json_int_t)id));
    report_status(report, "probe", status);
    json_object_set_new(report, "bytes", json_integer((json_int_t)bytes));
    compiles = compiles && status == miopenStatusSuccess;
    if (compiles) {
        status = client_solver_compile(visit->client, id);
        report_status(report, "compile", status);
    }
    if (compiles && runs && visit->runs && status == miopenStatusSuccess &&
        buffer_allocate(bytes, &workspace) == 0 && make_ready(visit->client)) {
        buffer_poison(&workspace, true);
        status = client_solver_run(visit->client, id, workspace.data, bytes);
        report_status(report, "run", status);
        if (status == miopenStatusSuccess)
            report_numbers(report, visit);
    }
    buffer_free(&workspace);
    json_object_set_new(report, "stderr", messages_take());
    return report;
}

/* What MIOpen lists may crash all the same; what it does not list would. */
static void report_solvers(const struct visit *visit, json_t *report)
{
    const struct problem *problem = &visit->specimen->problem;
    json_t *all = json_array();
    uint64_t ids[SOLUTIONS_MAX];
    size_t bytes = 0;

    report_status(report, "asked", client_workspace(visit->client, &bytes));
    const unsigned count = client_solutions(visit->client, ids, SOLUTIONS_MAX);
    json_object_set_new(report, "stderr", messages_take());
    for (size_t i = 0; i < solvers_count; i++) {
        bool listed = false;

        if (solvers[i].direction != problem->direction)
            continue;
        for (unsigned j = 0; j < count; j++)
            listed |= ids[j] == solvers[i].id;
        json_t *solver = ask_solver(visit, solvers[i].id, listed, true);
        json_object_set_new(solver, "listed", json_boolean(listed));
        json_object_set_new(solver, "taken", json_boolean(policy_takes(problem, solvers[i].id)));
        json_array_append_new(all, solver);
    }
    json_object_set_new(report, "solvers", all);
}

static json_t *take_road(const struct visit *visit, enum road road)
{
    json_t *report = json_object();
    struct outcome outcome = {.algorithm = -1};
    bool done = (!visit->runs || make_ready(visit->client)) &&
                client_prepare(visit->client, road, &outcome);

    if (visit->runs)
        done = done && make_ready(visit->client) && client_run(visit->client, road, &outcome);
    json_object_set_new(report, "stage", json_string(outcome.stage));
    report_status(report, "status", outcome.status);
    json_object_set_new(report, "algorithm", json_integer(outcome.algorithm));
    json_object_set_new(report, "solver", json_integer((json_int_t)outcome.solver));
    json_object_set_new(report, "bytes", json_integer((json_int_t)outcome.workspace_bytes));
    if (done && visit->runs)
        report_numbers(report, visit);
    json_object_set_new(report, "stderr", messages_take());
    return report;
}

static void report_foreign(const struct visit *visit, unsigned number, json_t *report)
{
    const uint64_t id = foreign_ids[number % (sizeof(foreign_ids) / sizeof(*foreign_ids))];
    json_t *foreign = ask_solver(visit, id, true, true);
    miopenConvAlgorithm_t algorithm = miopenConvolutionAlgoGEMM;

    if (miopenGetSolverIdConvAlgorithm(id, &algorithm) == miopenStatusSuccess)
        json_object_set_new(foreign, "algorithm", json_integer((json_int_t)algorithm));
    json_decref(messages_take()); /* of an id that the library does not know */
    json_object_set_new(report, "foreign", foreign);
}

/*
 * Whether each row, column and plane of the filter meets the image somewhere. One that does not is
 * multiplied with padding alone, and wherever a kernel looks for it, the numbers come out right.
 */
static bool filter_matters(const struct problem *problem)
{
    for (unsigned i = 0; i < problem->spatial; i++) {
        for (int64_t tap = 0; tap < problem->w.lengths[2 + i]; tap++) {
            bool met = false;

            for (int64_t out = 0; out < problem->y.lengths[2 + i] && !met; out++) {
                const int64_t at =
                    out * problem->stride[i] - problem->pad[i] + tap * problem->dilation[i];
                met = at >= 0 && at < problem->x.lengths[2 + i];
            }
            if (!met)
                return false;
        }
    }
    return true;
}

static json_t *survey(const struct request *request, unsigned number,
                      const struct specimen *specimen, struct client *client)
{
    json_t *report = json_object();
    struct visit visit = {.specimen = specimen,
                          .runs = specimen->oddity != ODDITY_HUGE,
                          .numbers = specimen_has_numbers(specimen),
                          .client = client};
    const char *stage = NULL;
    char text[1024];
    miopenStatus_t status;

    specimen_text(specimen, text, sizeof(text));
    json_object_set_new(report, "number", json_integer(number));
    json_object_set_new(report, "problem", json_string(text));
    json_object_set_new(report, "kind", json_string(specimen_kind(specimen)));
    status = client_turn_to(client, &specimen->problem, visit.runs, &stage);
    if (status != miopenStatusSuccess) {
        json_object_set_new(report, "refused", json_string(stage));
        report_status(report, "status", status);
        json_object_set_new(report, "stderr", messages_take());
        return report;
    }
    if (visit.numbers) {
        numbers_make(&specimen->problem, SEED_OF_NUMBERS, &visit.values);
        visit.numbers = visit.values.exact && numbers_upload(&visit.values, client) == 0;
        json_object_set_new(report, "filter_matters",
                            json_boolean(filter_matters(&specimen->problem)));
    }
    if (request->by_id) {
        report_solvers(&visit, report);
    } else {
        json_object_set_new(report, "find", take_road(&visit, ROAD_FIND));
        json_object_set_new(report, "immediate", take_road(&visit, ROAD_IMMEDIATE));
        report_foreign(&visit, number, report);
    }
    numbers_free(&visit.values);
    return report;
}

static void print(json_t *report)
{
    json_dumpf(report, stdout, JSON_COMPACT);
    putchar('\n');
    fflush(stdout);
    json_decref(report);
}

/* From the request's first on; notes in `*next` where it is. */
static _Noreturn void work(const struct request *request, unsigned *next, unsigned end)
{
    struct client client;
    const char *stage;

    messages = memfd_create("stderr", 0);
    if (messages < 0 || dup2(messages, STDERR_FILENO) < 0 ||
        client_connect(0, &client, &stage) != miopenStatusSuccess)
        exit(EXIT_FAILURE);
    for (; *next < end; *next += request->step) {
        struct specimen specimen;

        if (!specimen_get(request, *next, &specimen))
            break;
        if (request->only < 0 || specimen.oddity == (enum oddity)request->only)
            print(survey(request, *next, &specimen, &client));
    }
    client_close(&client);
    exit(EXIT_SUCCESS);
}

static _Noreturn void usage(void)
{
    fputs("survey [--seed NUMBER | --matrix] [--first NUMBER] [--count NUMBER] [--step NUMBER]\n"
          "       [--only ODDITY] [--by-id]\n",
          stderr);
    exit(2);
}

static int oddity_from_name(const char *name)
{
    int oddity = 0;

    while (oddity < ODDITY_COUNT && strcmp(oddity_name((enum oddity)oddity), name) != 0)
        oddity++;
    return oddity;
}

static struct request request_read(int argc, char **argv)
{
    static const struct option options[] = {
        {"seed", required_argument, NULL, 's'},  {"matrix", no_argument, NULL, 'm'},
        {"first", required_argument, NULL, 'f'}, {"count", required_argument, NULL, 'c'},
        {"only", required_argument, NULL, 'o'},  {"by-id", no_argument, NULL, 'i'},
        {"step", required_argument, NULL, 't'},  {0},
    };
    struct request request = {.seed = 1, .count = 100, .step = 1, .only = -1};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        const unsigned number = optarg ? (unsigned)strtoul(optarg, NULL, 0) : 0;

        if (option == 's')
            request.seed = number;
        else if (option == 'm')
            request.matrix = true;
        else if (option == 'f')
            request.first = number;
        else if (option == 'c')
            request.count = number;
        else if (option == 't')
            request.step = number;
        else if (option == 'i')
            request.by_id = true;
        else if (option == 'o' && optarg)
            request.only = oddity_from_name(optarg);
        else
            usage();
    }
    if (optind != argc || request.only == ODDITY_COUNT || request.step == 0)
        usage();
    return request;
}

int main(int argc, char **argv)
{
    const struct request request = request_read(argc, argv);
    unsigned *next =
        mmap(NULL, sizeof(*next), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;

    if (next == MAP_FAILED || setenv("SIM_FAULT", "poison", 1) != 0)
        return EXIT_FAILURE;
    for (*next = request.first;; *next += request.step) {
        struct specimen specimen;
        char text[1024];
        const pid_t child = fork();

        if (child < 0)
            return EXIT_FAILURE;
        if (child == 0)
            work(&request, next, request.first + request.count * request.step);
        if (waitpid(child, &status, 0) != child)
            return EXIT_FAILURE;
        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        (void)specimen_get(&request, *next, &specimen);
        specimen_text(&specimen, text, sizeof(text));
        print(json_pack("{s:i, s:s, s:s, s:i}", "number", (int)*next, "problem", text, "kind",
                        specimen_kind(&specimen), "died", WTERMSIG(status)));
    }
}
