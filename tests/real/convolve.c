/*
 * Runs one convolution through the MIOpen it is linked with, as a program that uses MIOpen would,
 * compares the result with the reference, and prints what happened as one JSON object a device.
 */
#include "base/cleanup.h"
#include "client.h"
#include "inputs.h"
#include "launches.h"
#include "number.h"
#include "policy/driver_line.h"
#include "policy/solver.h"
#include "reference.h"

#include <errno.h>
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

/* The problem's numbers on the host. */
struct numbers {
    struct inputs inputs;
    struct operands operands;
    bool exact; /* every right result can be held exactly */
};

struct comparison {
    double max_error;
    size_t wrong; /* elements; not-a-number counts */
    bool guards_intact;
};

static const struct tensor *result_tensor(const struct problem *problem)
{
    return problem->direction == DIRECTION_FORWARD         ? &problem->y
           : problem->direction == DIRECTION_BACKWARD_DATA ? &problem->x
                                                           : &problem->w;
}

static double *result_values(const struct problem *problem, const struct operands *operands)
{
    return problem->direction == DIRECTION_FORWARD         ? operands->y
           : problem->direction == DIRECTION_BACKWARD_DATA ? operands->x
                                                           : operands->w;
}

static void *allocate_or_die(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (!memory) {
        fprintf(stderr, "convolve: out of memory for %zu elements of %zu bytes\n", count, size);
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* Draws the inputs and computes the right result. */
static void numbers_make(const struct request *request, struct numbers *ret_numbers)
{
    const struct problem *p = &request->problem;
    const struct tensor *result = result_tensor(p);
    enum data_type type = result == &p->x ? p->w.type : p->x.type;
    double *right;

    ret_numbers->inputs = inputs_for(type, result->type, reference_terms(p), request->seed);
    ret_numbers->operands.x = allocate_or_die(tensor_count(&p->x), sizeof(double));
    ret_numbers->operands.w = allocate_or_die(tensor_count(&p->w), sizeof(double));
    ret_numbers->operands.y = allocate_or_die(tensor_count(&p->y), sizeof(double));
    inputs_draw(&ret_numbers->inputs, 1, ret_numbers->operands.x, tensor_count(&p->x));
    inputs_draw(&ret_numbers->inputs, 2, ret_numbers->operands.w, tensor_count(&p->w));
    inputs_draw(&ret_numbers->inputs, 3, ret_numbers->operands.y, tensor_count(&p->y));
    reference_compute(p, &ret_numbers->operands);

    right = result_values(p, &ret_numbers->operands);
    ret_numbers->exact = true;
    for (size_t i = 0; i < tensor_count(result); i++)
        ret_numbers->exact &= fabs(right[i]) <= ret_numbers->inputs.limit;
}

/* The place in memory of a tensor's element, from its place in the packed order N C D H W. */
static size_t element_offset(const struct tensor *tensor, size_t index)
{
    size_t offset = 0;

    for (unsigned i = tensor->rank; i-- > 0;) {
        offset += index % (size_t)tensor->lengths[i] * (size_t)tensor->strides[i];
        index /= (size_t)tensor->lengths[i];
    }
    return offset;
}

static int upload(const struct tensor *tensor, const double *values, const struct buffer *buffer)
{
    cleanup_free char *bytes = allocate_or_die(buffer->bytes, 1);
    size_t size = data_type_bytes(tensor->type);

    for (size_t i = 0; i < tensor_count(tensor); i++)
        number_encode(tensor->type, values[i], bytes + element_offset(tensor, i) * size);
    return buffer_write(buffer, bytes);
}

static bool poison_result(struct client *client)
{
    enum data_type type = result_tensor(client->problem)->type;

    buffer_poison(client_result(client), type != TYPE_INT8 && type != TYPE_INT32);
    buffer_poison(&client->workspace, true);
    return hipDeviceSynchronize() == hipSuccess;
}

static int compare(struct client *client, const struct numbers *numbers,
                   struct comparison *ret_comparison)
{
    const struct tensor *tensor = result_tensor(client->problem);
    const double *right = result_values(client->problem, &numbers->operands);
    const struct buffer *buffer = client_result(client);
    cleanup_free char *bytes = allocate_or_die(buffer->bytes, 1);
    size_t size = data_type_bytes(tensor->type);

    if (buffer_read(buffer, bytes))
        return -EIO;
    *ret_comparison = (struct comparison){.guards_intact = true};
    for (size_t i = 0; i < tensor_count(tensor); i++) {
        double got = number_decode(tensor->type, bytes + element_offset(tensor, i) * size);
        double error = fabs(got - right[i]);

        ret_comparison->wrong += !(error <= 0);
        if (isnan(error))
            error = (double)INFINITY;
        ret_comparison->max_error = fmax(ret_comparison->max_error, error);
    }
    ret_comparison->guards_intact =
        buffer_guards_intact(&client->buffer_x) && buffer_guards_intact(&client->buffer_w) &&
        buffer_guards_intact(&client->buffer_y) && buffer_guards_intact(&client->workspace);
    return 0;
}

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
    const struct problem *p = &request->problem;
    const struct tensor *result = result_tensor(p);
    struct outcome outcome = {
        .stage = "inputs", .status = miopenStatusInternalError, .algorithm = -1};
    struct comparison comparison;
    int64_t mark = launches_mark(request->log);
    bool done;

    done = (result == &p->x || upload(&p->x, numbers->operands.x, &client->buffer_x) == 0) &&
           (result == &p->w || upload(&p->w, numbers->operands.w, &client->buffer_w) == 0) &&
           (result == &p->y || upload(&p->y, numbers->operands.y, &client->buffer_y) == 0) &&
           poison_result(client) && client_prepare(client, request->road, &outcome);
    json_object_set_new(report, "find_kernels",
                        array_or_null(launches_since(request->log, mark, device)));

    mark = launches_mark(request->log);
    done = done && poison_result(client) && client_run(client, request->road, &outcome);
    json_object_set_new(report, "kernels",
                        array_or_null(launches_since(request->log, mark, device)));
    if (done && compare(client, numbers, &comparison) == 0)
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

    numbers_make(&request, &numbers);
    if (!numbers.exact) {
        fprintf(stderr,
                "convolve: seed %llu gives sums that the type cannot hold exactly; "
                "take another\n",
                (unsigned long long)request.seed);
        return 2;
    }
    for (size_t i = 0; i < request.devices_count; i++)
        ok &= convolve(&request, request.devices[i], &numbers);
    free(numbers.operands.x);
    free(numbers.operands.w);
    free(numbers.operands.y);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
