/*
 * Asks the MIOpen it is linked with about many convolutions, each by solver id and by the roads
 * that programs take, and prints what it answered, one JSON object a convolution. A child process
 * does it: where one dies, that is the answer, and another goes on with the next convolution.
 */
#include "numbers.h"
#include "policy/solver.h"
#include "specimen.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOLUTIONS_MAX   64
#define SEED_OF_NUMBERS 1

struct request {
    uint64_t seed;
    bool matrix;
    bool by_id; /* ask each GEMM and naive solver for itself */
    unsigned first, count, step;
    int only; /* an oddity; -1 for all */
};

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

static bool in_scope(const struct request *request, unsigned number, struct specimen *ret_specimen)
{
    if (request->matrix)
        return specimen_cell(number, ret_specimen);
    specimen_draw(request->seed, number, ret_specimen);
    return true;
}

static void report_numbers(json_t *report, const struct numbers *numbers, struct client *client)
{
    struct comparison comparison;

    if (numbers_compare(numbers, client, &comparison) != 0)
        return;
    json_object_set_new(report, "wrong", json_integer((json_int_t)comparison.wrong));
    json_object_set_new(report, "guards", json_boolean(comparison.guards_intact));
}

static struct version version_of_library(void)
{
    size_t major = 0, minor = 0, patch = 0;

    (void)miopenGetVersion(&major, &minor, &patch);
    return (struct version){(unsigned)major, (unsigned)minor, (unsigned)patch};
}

static uint64_t memory_of_card(void)
{
    size_t unused = 0, total = 0;

    return hipMemGetInfo(&unused, &total) == hipSuccess ? total : 0;
}

/* Neither a right result nor a wrong one of an earlier run counts for the next. */
static bool make_ready(struct client *client)
{
    return buffer_guard(&client->buffer_x) == 0 && buffer_guard(&client->buffer_w) == 0 &&
           buffer_guard(&client->buffer_y) == 0 && numbers_poison(client);
}

/* One solver, asked, compiled and run by its id. */
static json_t *ask_solver(const struct specimen *specimen, const struct numbers *numbers,
                          struct client *client, uint64_t id, bool listed)
{
    json_t *report = json_object();
    struct buffer workspace = {0};
    const struct version version = version_of_library();
    size_t bytes = 0;
    miopenStatus_t status = client_solver_workspace(client, id, &bytes);

    json_object_set_new(report, "taken",
                        json_boolean(solver_can_apply(solver_from_id(id), &specimen->problem,
                                                      version, memory_of_card())));

    json_object_set_new(report, "probe", json_integer(status));
    json_object_set_new(report, "bytes", json_integer((json_int_t)bytes));
    if (listed && status == miopenStatusSuccess) {
        status = client_solver_compile(client, id);
        json_object_set_new(report, "compile", json_integer(status));
    }
    if (listed && status == miopenStatusSuccess && specimen->oddity != ODDITY_HUGE &&
        buffer_allocate(bytes, &workspace) == 0 && make_ready(client)) {
        buffer_poison(&workspace, true);
        status = client_solver_run(client, id, workspace.data, bytes);
        json_object_set_new(report, "run", json_integer(status));
        if (status == miopenStatusSuccess)
            report_numbers(report, numbers, client);
    }
    buffer_free(&workspace);
    json_object_set_new(report, "stderr", messages_take());
    return report;
}

static json_t *take_road(const struct specimen *specimen, const struct numbers *numbers,
                         struct client *client, enum road road)
{
    json_t *report = json_object();
    struct outcome outcome = {.algorithm = -1};
    bool done = specimen->oddity == ODDITY_HUGE || make_ready(client);

    done = done && client_prepare(client, road, &outcome);
    if (specimen->oddity != ODDITY_HUGE)
        done = done && make_ready(client) && client_run(client, road, &outcome);
    json_object_set_new(report, "stage", json_string(outcome.stage));
    json_object_set_new(report, "status", json_integer(outcome.status));
    json_object_set_new(report, "algorithm", json_integer(outcome.algorithm));
    json_object_set_new(report, "solver", json_integer((json_int_t)outcome.solver));
    json_object_set_new(report, "bytes", json_integer((json_int_t)outcome.workspace_bytes));
    if (done && specimen->oddity != ODDITY_HUGE)
        report_numbers(report, numbers, client);
    json_object_set_new(report, "stderr", messages_take());
    return report;
}

static void report_solvers(const struct specimen *specimen, const struct numbers *numbers,
                           struct client *client, json_t *report)
{
    json_t *all = json_object(), *list = json_array();
    uint64_t ids[SOLUTIONS_MAX];
    const unsigned count = client_solutions(client, ids, SOLUTIONS_MAX);
    char key[24];

    for (unsigned i = 0; i < count; i++)
        json_array_append_new(list, json_integer((json_int_t)ids[i]));
    json_object_set_new(report, "listed", list);
    json_object_set_new(report, "listing", messages_take());
    for (size_t i = 0; i < solvers_count; i++) {
        if (solvers[i].direction != specimen->problem.direction)
            continue;
        bool listed = false;

        for (unsigned j = 0; j < count; j++)
            listed |= ids[j] == solvers[i].id;
        snprintf(key, sizeof(key), "%llu", (unsigned long long)solvers[i].id);
        json_object_set_new(all, key, ask_solver(specimen, numbers, client, solvers[i].id, listed));
    }
    json_object_set_new(report, "solvers", all);
}

static json_t *survey(const struct request *request, unsigned number,
                      const struct specimen *specimen)
{
    json_t *report = json_object();
    struct numbers numbers = {.exact = true};
    struct client client;
    const char *stage = NULL;
    char text[1024];
    miopenStatus_t status;

    specimen_text(specimen, text, sizeof(text));
    json_object_set_new(report, "number", json_integer(number));
    json_object_set_new(report, "problem", json_string(text));
    json_object_set_new(report, "oddity", json_string(oddity_name(specimen->oddity)));
    status = specimen->oddity == ODDITY_HUGE
                 ? client_describe(0, &specimen->problem, &client, &stage)
                 : client_open(0, &specimen->problem, &client, &stage);
    if (status != miopenStatusSuccess) {
        json_object_set_new(report, "refused", json_string(stage));
        json_object_set_new(report, "status", json_integer(status));
        json_object_set_new(report, "stderr", messages_take());
        client_close(&client);
        return report;
    }
    if (specimen->oddity != ODDITY_HUGE) {
        numbers_make(&specimen->problem, SEED_OF_NUMBERS, &numbers);
        if (numbers_upload(&numbers, &client) != 0)
            numbers.exact = false;
    }
    json_object_set_new(report, "exact", json_boolean(numbers.exact));
    json_object_set_new(report, "before", messages_take());
    if (request->by_id)
        report_solvers(specimen, &numbers, &client, report);
    else {
        json_object_set_new(report, "find", take_road(specimen, &numbers, &client, ROAD_FIND));
        json_object_set_new(report, "immediate",
                            take_road(specimen, &numbers, &client, ROAD_IMMEDIATE));
    }
    numbers_free(&numbers);
    client_close(&client);
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
    messages = memfd_create("stderr", 0);
    if (messages < 0 || dup2(messages, STDERR_FILENO) < 0)
        exit(EXIT_FAILURE);
    for (; *next < end; *next += request->step) {
        struct specimen specimen;

        if (!in_scope(request, *next, &specimen))
            break;
        if (request->only >= 0 && specimen.oddity != (enum oddity)request->only)
            continue;
        print(survey(request, *next, &specimen));
    }
    exit(EXIT_SUCCESS);
}

static _Noreturn void usage(void)
{
    fputs("survey [--seed NUMBER | --matrix] [--first NUMBER] [--count NUMBER] [--step NUMBER]\n"
          "       [--only ODDITY] [--by-id]\n",
          stderr);
    exit(2);
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
        switch (option) {
        case 's':
            request.seed = strtoull(optarg, NULL, 0);
            break;
        case 'm':
            request.matrix = true;
            break;
        case 'f':
            request.first = (unsigned)strtoul(optarg, NULL, 0);
            break;
        case 'c':
            request.count = (unsigned)strtoul(optarg, NULL, 0);
            break;
        case 't':
            request.step = (unsigned)strtoul(optarg, NULL, 0);
            break;
        case 'i':
            request.by_id = true;
            break;
        case 'o':
            for (request.only = 0; request.only < ODDITY_COUNT; request.only++)
                if (strcmp(oddity_name((enum oddity)request.only), optarg) == 0)
                    break;
            break;
        default:
            usage();
        }
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

    if (next == MAP_FAILED)
        return EXIT_FAILURE;
    for (*next = request.first;; *next += request.step) {
        const pid_t child = fork();

        if (child < 0)
            return EXIT_FAILURE;
        if (child == 0)
            work(&request, next, request.first + request.count * request.step);
        if (waitpid(child, &status, 0) != child)
            return EXIT_FAILURE;
        if (WIFEXITED(status))
            return WEXITSTATUS(status);

        struct specimen specimen;
        char text[1024];
        (void)in_scope(&request, *next, &specimen);
        specimen_text(&specimen, text, sizeof(text));
        print(json_pack("{s:i, s:s, s:s, s:i}", "number", (int)*next, "problem", text, "oddity",
                        oddity_name(specimen.oddity), "died", WTERMSIG(status)));
    }
}
