/*
 * Runs one convolution through the MIOpen it is linked with, as a program that uses MIOpen would,
 * compares the result with the reference, and prints what happened as one JSON object a device.
 */
#include "launches.h"
#include "numbers.h"
#include "policy/driver_line.h"
#include "policy/solver.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES_MAX 8

struct request {
    struct problem problem;
    enum road road;
    uint64_t seed;
    int devices[DEVICES_MAX];
    size_t devices_count;
    const char *log; /* the simulated card's; NULL on a real one */
};

static const char *algorithm_text(int algorithm)
{
    switch (algorithm) {
    case ALGORITHM_GEMM:
        return "GEMM";
    case ALGORITHM_DIRECT:
        return "Direct";
    case ALGORITHM_FFT:
        return "FFT";
    case ALGORITHM_WINOGRAD:
        return "Winograd";
    case ALGORITHM_IMPLICIT_GEMM:
        return "ImplicitGEMM";
    default:
        return NULL;
    }
}

static json_t *string_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *array_or_null(json_t *array)
{
    return array ? array : json_null();
}

static void report_outcome(json_t *report, const struct outcome *outcome)
{
    const struct solver *solver = solver_from_id(outcome->solver);

    json_object_set_new(report, "stage", string_or_null(outcome->status ? outcome->stage : NULL));
    json_object_set_new(report, "status", json_integer(outcome->status));
    json_object_set_new(report, "status_text", json_string(miopenGetErrorString(outcome->status)));
    json_object_set_new(report, "algorithm", string_or_null(algorithm_text(outcome->algorithm)));
    json_object_set_new(report, "solver", string_or_null(solver ? solver->name : NULL));
    json_object_set_new(report, "solver_id",
                        outcome->solver ? json_integer((json_int_t)outcome->solver) : json_null());
    json_object_set_new(report, "workspace_bytes",
                        json_integer((json_int_t)outcome->workspace_bytes));
    json_object_set_new(report, "returned_algos", json_integer(outcome->returned));
}

static void report_comparison(json_t *report, const struct comparison *comparison)
{
    json_object_set_new(report, "ok",
                        json_boolean(comparison->wrong == 0 && comparison->guards_intact));
    json_object_set_new(report, "exact", json_boolean(comparison->wrong == 0));
    json_object_set_new(report, "wrong_elements", json_integer((json_int_t)comparison->wrong));
    json_object_set_new(report, "max_error",
                        isfinite(comparison->max_error) ? json_real(comparison->max_error)
                                                        : json_null());
    json_object_set_new(report, "guards_intact", json_boolean(comparison->guards_intact));
}

/* The road on an open client; fills the report as far as it came. */
static void travel(const struct request *request, int device, struct client *client,
                   const struct numbers *numbers, json_t *report)
{
    struct outcome outcome = {
        .stage = "inputs", .status = miopenStatusInternalError, .algorithm = -1};
    struct comparison comparison;
    int64_t mark = launches_mark(request->log);
    bool done;

    done = numbers_upload(numbers, client) == 0 && numbers_poison(client) &&
           client_prepare(client, request->road, &outcome);
    json_object_set_new(report, "find_kernels",
                        array_or_null(launches_since(request->log, mark, device)));

    mark = launches_mark(request->log);
    done = done && numbers_poison(client) && client_run(client, request->road, &outcome);
    json_object_set_new(report, "kernels",
                        array_or_null(launches_since(request->log, mark, device)));
    if (done && numbers_compare(numbers, client, &comparison) == 0)
        report_comparison(report, &comparison);
    if (done)
        client_ask_solver(client, &outcome);
    report_outcome(report, &outcome);
}

/* Everything on one device; prints the object. */
static bool convolve(const struct request *request, int device, const struct numbers *numbers)
{
    json_t *report =
        json_pack("{s:b, s:s, s:i, s:I, s:n, s:b}", "ok", 0, "road", road_name(request->road),
                  "device", device, "seed", (json_int_t)request->seed, "max_error", "exact", 0);
    struct client client;
    struct outcome outcome = {.algorithm = -1};
    bool ok;

    outcome.status = client_open(device, &request->problem, &client, &outcome.stage);
    if (outcome.status == miopenStatusSuccess)
        travel(request, device, &client, numbers, report);
    else
        report_outcome(report, &outcome);
    client_close(&client);

    ok = json_is_true(json_object_get(report, "ok"));
    json_dumpf(report, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    fflush(stdout);
    json_decref(report);
    return ok;
}

static _Noreturn void usage(FILE *to, int code)
{
    fputs("convolve [--road NAME] [--seed NUMBER] [--device NUMBER]... MIOPENDRIVER-LINE\n"
          "Runs one convolution and prints what happened as JSON, an object a device.\n"
          "Exit: 0 right results, 1 not, 2 a wrong request. Roads:\n",
          to);
#define ROAD(identifier, name, calls) fprintf(to, "  %-22s %s\n", (name), (calls));
    ROADS
#undef ROAD
    exit(code);
}

static struct request request_read(int argc, char **argv)
{
    static const struct option options[] = {
        {"road", required_argument, NULL, 'r'},
        {"seed", required_argument, NULL, 's'},
        {"device", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct request request = {
        .road = ROAD_FIND, .seed = inputs_fresh_seed(), .log = getenv("SIM_LOG")};
    char error[256];
    int option;

    while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        if (option == 'r')
            request.road = road_from_name(optarg);
        else if (option == 's')
            request.seed = strtoull(optarg, NULL, 0);
        else if (option == 'd' && request.devices_count < DEVICES_MAX)
            request.devices[request.devices_count++] = (int)strtol(optarg, NULL, 10);
        else
            usage(option == 'h' ? stdout : stderr, option == 'h' ? 0 : 2);
    }
    if (request.road == ROAD_COUNT || optind != argc - 1)
        usage(stderr, 2);
    if (driver_line_parse(argv[optind], &request.problem, error, sizeof(error))) {
        fprintf(stderr, "convolve: %s\n", error);
        exit(2);
    }
    if (request.devices_count == 0)
        request.devices_count = 1; /* device 0 */
    return request;
}

int main(int argc, char **argv)
{
    struct request request = request_read(argc, argv);
    struct numbers numbers;
    bool ok = true;

    numbers_make(&request.problem, request.seed, &numbers);
    if (!numbers.exact) {
        fprintf(stderr,
                "convolve: seed %llu gives sums that the type cannot hold exactly; "
                "take another\n",
                (unsigned long long)request.seed);
        return 2;
    }
    for (size_t i = 0; i < request.devices_count; i++)
        ok &= convolve(&request, request.devices[i], &numbers);
    numbers_free(&numbers);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
