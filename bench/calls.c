/*
 * What a call costs with the shim in front of MIOpen. In one process and turn by turn, each call is
 * made as the program's own references bind, which is the shim, and straight in the real library,
 * with the same handle, descriptors and memory. To be run with the shim preloaded, whose
 * environment then holds for both. Prints the rows as a JSON array.
 */
#include "client.h"
#include "policy/driver_line.h"
#include "row.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* CALL(field, before and after the direction in the function's name) */
#define CALLS                                                                                      \
    CALL(workspace, miopenConvolution, GetWorkSpaceSize)                                           \
    CALL(count, miopenConvolution, GetSolutionCount)                                               \
    CALL(solution, miopenConvolution, GetSolution)                                                 \
    CALL(compile, miopenConvolution, CompileSolution)                                              \
    CALL(immediate, miopenConvolution, Immediate)                                                  \
    CALL(find, miopenFindConvolution, Algorithm)                                                   \
    CALL(run, miopenConvolution, )

/* SETTER(field, function) */
#define SETTERS                                                                                    \
    SETTER(tensor_create, miopenCreateTensorDescriptor)                                            \
    SETTER(tensor_set, miopenSetTensorDescriptor)                                                  \
    SETTER(tensor_destroy, miopenDestroyTensorDescriptor)                                          \
    SETTER(convolution_create, miopenCreateConvolutionDescriptor)                                  \
    SETTER(convolution_set, miopenInitConvolutionNdDescriptor)                                     \
    SETTER(groups_set, miopenSetConvolutionGroupCount)                                             \
    SETTER(convolution_destroy, miopenDestroyConvolutionDescriptor)

/* One way to MIOpen, for one direction: their prototypes agree. */
struct library {
#define CALL(field, before, after) __typeof__(before##Forward##after) *field;
    CALLS
#undef CALL
#define SETTER(field, function) __typeof__(function) *field;
    SETTERS
#undef SETTER
};

/* What stands before each call. */
enum descriptors {
    KEPT,    /* nothing: a program that keeps its descriptors */
    SET,     /* every descriptor is set again, to the same */
    CREATED, /* and created before and destroyed after, as PyTorch does */
};

struct operand {
    miopenTensorDescriptor_t descriptor;
    const struct tensor *tensor;
    void *data;
};

/* A convolution with its arguments in the order of Find: two inputs and the output. */
struct layer {
    struct client client;
    struct problem problem;
    struct operand first, second, out;
    const struct operand *a, *b; /* the inputs in the order of immediate mode */
    size_t workspace_bytes;
    uint64_t solver;
    miopenConvFwdAlgorithm_t algorithm;
};

struct row {
    const char *area;
    miopenStatus_t (*call)(const struct library *library, struct layer *layer);
    enum descriptors descriptors;
    double wanted;
    bool forward_only;
};

/* A row on a layer, as the contest of the two ways. */
struct match {
    const struct library *ways[2]; /* by `ours` */
    struct layer *layer;
    const struct row *row;
};

static miopenStatus_t call_workspace(const struct library *library, struct layer *layer)
{
    return library->workspace(layer->client.handle, layer->a->descriptor, layer->b->descriptor,
                              layer->client.convolution, layer->out.descriptor,
                              &layer->workspace_bytes);
}

static miopenStatus_t call_count(const struct library *library, struct layer *layer)
{
    size_t count;

    return library->count(layer->client.handle, layer->a->descriptor, layer->b->descriptor,
                          layer->client.convolution, layer->out.descriptor, &count);
}

static miopenStatus_t call_solution(const struct library *library, struct layer *layer)
{
    miopenConvSolution_t solutions[10]; /* PyTorch's limit */
    size_t count;

    return library->solution(layer->client.handle, layer->a->descriptor, layer->b->descriptor,
                             layer->client.convolution, layer->out.descriptor,
                             sizeof(solutions) / sizeof(*solutions), &count, solutions);
}

static miopenStatus_t call_compile(const struct library *library, struct layer *layer)
{
    return library->compile(layer->client.handle, layer->a->descriptor, layer->b->descriptor,
                            layer->client.convolution, layer->out.descriptor, layer->solver);
}

static miopenStatus_t call_immediate(const struct library *library, struct layer *layer)
{
    return library->immediate(layer->client.handle, layer->a->descriptor, layer->a->data,
                              layer->b->descriptor, layer->b->data, layer->client.convolution,
                              layer->out.descriptor, layer->out.data, layer->client.workspace.data,
                              layer->client.workspace.bytes, layer->solver);
}

static miopenStatus_t call_find(const struct library *library, struct layer *layer)
{
    miopenConvAlgoPerf_t found[4];
    int returned;

    return library->find(layer->client.handle, layer->first.descriptor, layer->first.data,
                         layer->second.descriptor, layer->second.data, layer->client.convolution,
                         layer->out.descriptor, layer->out.data, 4, &returned, found,
                         layer->client.workspace.data, layer->client.workspace.bytes, false);
}

static miopenStatus_t call_run(const struct library *library, struct layer *layer)
{
    static const float one = 1, zero = 0;

    return library->run(layer->client.handle, &one, layer->first.descriptor, layer->first.data,
                        layer->second.descriptor, layer->second.data, layer->client.convolution,
                        layer->algorithm, &zero, layer->out.descriptor, layer->out.data,
                        layer->client.workspace.data, layer->client.workspace.bytes);
}

/* What a framework in immediate mode does for each layer, each time. */
static miopenStatus_t call_layer(const struct library *library, struct layer *layer)
{
    miopenStatus_t status = call_count(library, layer);

    if (status == miopenStatusSuccess)
        status = call_solution(library, layer);
    if (status == miopenStatusSuccess)
        status = call_compile(library, layer);
    if (status == miopenStatusSuccess)
        status = call_immediate(library, layer);
    return status;
}

static const struct row rows[] = {
    {"GetWorkSpaceSize", call_workspace, KEPT, 1.0 / 20, true},
    {"GetSolutionCount", call_count, KEPT, 1.0 / 20, true},
    {"GetSolution", call_solution, KEPT, 1.0 / 20, true},
    {"Find, repeated", call_find, KEPT, 1.0 / 20, true},
    {"Immediate", call_immediate, KEPT, 1.01, false},
    {"Immediate", call_immediate, SET, 1.01, true},
    {"Immediate", call_immediate, CREATED, 1.01, true},
    {"Forward", call_run, KEPT, 1.01, false},
    {"Forward", call_run, SET, 1.01, true},
    {"Forward", call_run, CREATED, 1.01, true},
    {"immediate mode, whole", call_layer, CREATED, 1.01, true},
};

static const char *const descriptors_titles[] = {
    [KEPT] = "", [SET] = ", descriptors set", [CREATED] = ", descriptors created"};

static const struct {
    const char *name, *line;
} layers[] = {
#define SHAPE "-n 1 -c 16 -H 48 -W 48 -k 32 -u 1 -v 1 -l 1 -j 1 -m conv -g 1 -t 1"
    {"3x3", "conv -y 3 -x 3 -p 1 -q 1 -F 1 " SHAPE},
    {"1x1", "conv -y 1 -x 1 -p 0 -q 0 -F 1 " SHAPE},
    {"3x3 backward data", "conv -y 3 -x 3 -p 1 -q 1 -F 2 " SHAPE},
    {"1x1 backward data", "conv -y 1 -x 1 -p 0 -q 0 -F 2 " SHAPE},
    {"3x3 backward weights", "conv -y 3 -x 3 -p 1 -q 1 -F 4 " SHAPE},
    {"1x1 backward weights", "conv -y 1 -x 1 -p 0 -q 0 -F 4 " SHAPE},
#undef SHAPE
};

static const char *const direction_names[DIRECTION_COUNT] = {
    [DIRECTION_FORWARD] = "Forward",
    [DIRECTION_BACKWARD_DATA] = "BackwardData",
    [DIRECTION_BACKWARD_WEIGHTS] = "BackwardWeights",
};

/* The functions as `object` has them; RTLD_DEFAULT looks where the program's own references bind.
 */
static int library_fill(void *object, enum direction direction, struct library *ret_library)
{
    char name[96];

#define LOOK_UP(field)                                                                             \
    ret_library->field = (__typeof__(ret_library->field))dlsym(object, name);                      \
    if (!ret_library->field) {                                                                     \
        fprintf(stderr, "calls: MIOpen has no %s\n", name);                                        \
        return -ENOSYS;                                                                            \
    }
#define CALL(field, before, after)                                                                 \
    snprintf(name, sizeof(name), "%s%s%s", #before, direction_names[direction], #after);           \
    LOOK_UP(field)
#define SETTER(field, function)                                                                    \
    snprintf(name, sizeof(name), "%s", #function);                                                 \
    LOOK_UP(field)
    CALLS SETTERS
#undef CALL
#undef SETTER
#undef LOOK_UP
        return 0;
}

/* The two ways; without the shim they would be one, and say nothing. */
static int libraries_open(enum direction direction, struct library *ret_ours,
                          struct library *ret_plain)
{
    void *real = dlopen("libMIOpen.so.1", RTLD_LAZY | RTLD_NOLOAD);
    int r;

    if (!real) {
        fprintf(stderr, "calls: %s\n", dlerror());
        return -ENOENT;
    }
    r = library_fill(RTLD_DEFAULT, direction, ret_ours);
    if (r == 0)
        r = library_fill(real, direction, ret_plain);
    dlclose(real);
    if (r == 0 && ret_ours->run == ret_plain->run) {
        fputs("calls: the shim is not in front of MIOpen: run this with it preloaded\n", stderr);
        return -ENOENT;
    }
    return r;
}

static miopenStatus_t tensor_set(const struct library *library, const struct operand *operand)
{
    int lengths[RANK_MAX], strides[RANK_MAX];

    for (unsigned i = 0; i < operand->tensor->rank; i++) {
        lengths[i] = (int)operand->tensor->lengths[i];
        strides[i] = (int)operand->tensor->strides[i];
    }
    return library->tensor_set(operand->descriptor, (miopenDataType_t)operand->tensor->type,
                               (int)operand->tensor->rank, lengths, strides);
}

static miopenStatus_t descriptors_set(const struct library *library, struct layer *layer)
{
    const miopenConvolutionDescriptor_t convolution = layer->client.convolution;
    struct problem *problem = &layer->problem;
    miopenStatus_t status = tensor_set(library, &layer->first);

    if (status == miopenStatusSuccess)
        status = tensor_set(library, &layer->second);
    if (status == miopenStatusSuccess)
        status = tensor_set(library, &layer->out);
    if (status == miopenStatusSuccess)
        status = library->convolution_set(convolution, (int)problem->spatial, problem->pad,
                                          problem->stride, problem->dilation, miopenConvolution);
    if (status == miopenStatusSuccess)
        status = library->groups_set(convolution, problem->groups);
    return status;
}

static miopenStatus_t descriptors_create(const struct library *library, struct layer *layer)
{
    miopenStatus_t status = library->tensor_create(&layer->first.descriptor);

    if (status == miopenStatusSuccess)
        status = library->tensor_create(&layer->second.descriptor);
    if (status == miopenStatusSuccess)
        status = library->tensor_create(&layer->out.descriptor);
    if (status == miopenStatusSuccess)
        status = library->convolution_create(&layer->client.convolution);
    return status;
}

static miopenStatus_t descriptors_destroy(const struct library *library, struct layer *layer)
{
    miopenStatus_t status = library->convolution_destroy(layer->client.convolution);

    if (status == miopenStatusSuccess)
        status = library->tensor_destroy(layer->out.descriptor);
    if (status == miopenStatusSuccess)
        status = library->tensor_destroy(layer->second.descriptor);
    if (status == miopenStatusSuccess)
        status = library->tensor_destroy(layer->first.descriptor);
    return status;
}

/* The turn of one way. The program's own descriptors are out of the game meanwhile. */
static int match_run(void *context, bool ours, unsigned count)
{
    const struct match *match = context;
    const struct library *library = match->ways[ours];
    struct layer layer = *match->layer;
    miopenStatus_t status = miopenStatusSuccess;

    layer.a = match->layer->a == &match->layer->first ? &layer.first : &layer.second;
    layer.b = match->layer->a == &match->layer->first ? &layer.second : &layer.first;
    for (unsigned i = 0; i < count && status == miopenStatusSuccess; i++) {
        if (match->row->descriptors == CREATED)
            status = descriptors_create(library, &layer);
        if (match->row->descriptors != KEPT && status == miopenStatusSuccess)
            status = descriptors_set(library, &layer);
        if (status == miopenStatusSuccess)
            status = match->row->call(library, &layer);
        if (match->row->descriptors == CREATED && status == miopenStatusSuccess)
            status = descriptors_destroy(library, &layer);
    }
    if (status == miopenStatusSuccess)
        return 0;
    fprintf(stderr, "calls: %s %s: %s\n", ours ? "shim" : "plain", match->row->area,
            miopenGetErrorString(status));
    return -EIO;
}

static void layer_arrange(struct layer *layer)
{
    const struct operand x = {layer->client.x, &layer->problem.x, layer->client.buffer_x.data};
    const struct operand w = {layer->client.w, &layer->problem.w, layer->client.buffer_w.data};
    const struct operand y = {layer->client.y, &layer->problem.y, layer->client.buffer_y.data};

    switch (layer->problem.direction) {
    case DIRECTION_BACKWARD_DATA:
        layer->first = y, layer->second = w, layer->out = x;
        break;
    case DIRECTION_BACKWARD_WEIGHTS:
        layer->first = y, layer->second = x, layer->out = w;
        break;
    case DIRECTION_FORWARD:
    case DIRECTION_COUNT:
    default:
        layer->first = x, layer->second = w, layer->out = y;
        break;
    }
    const bool forward = layer->problem.direction == DIRECTION_FORWARD;
    layer->a = forward ? &layer->second : &layer->first;
    layer->b = forward ? &layer->first : &layer->second;
}

/* Opens the layer and lets it find what it will run. 0, or -errno after a message. */
static int layer_open(const char *line, struct layer *ret_layer)
{
    const char *stage = "";
    struct outcome outcome = {.solver = 0};
    char error[256];

    if (driver_line_parse(line, &ret_layer->problem, error, sizeof(error)) < 0) {
        fprintf(stderr, "calls: %s: %s\n", line, error);
        return -EINVAL;
    }
    if (client_open(0, &ret_layer->problem, &ret_layer->client, &stage) != miopenStatusSuccess) {
        fprintf(stderr, "calls: %s: %s failed\n", line, stage);
        return -EIO;
    }
    layer_arrange(ret_layer);
    if (!client_prepare(&ret_layer->client, ROAD_FIND, &outcome)) {
        fprintf(stderr, "calls: %s: %s failed\n", line, outcome.stage);
        return -EIO;
    }
    client_ask_solver(&ret_layer->client, &outcome);
    ret_layer->algorithm = (miopenConvFwdAlgorithm_t)outcome.algorithm;
    ret_layer->solver = outcome.solver;
    ret_layer->workspace_bytes = outcome.workspace_bytes;
    return 0;
}

/* Plain MIOpen's first search, which the repeated ones find in its database. */
static int layer_warm(const struct library *plain, struct layer *layer)
{
    const miopenStatus_t status = call_find(plain, layer);

    if (status == miopenStatusSuccess)
        return 0;
    fprintf(stderr, "calls: plain Find: %s\n", miopenGetErrorString(status));
    return -EIO;
}

static int layer_measure(const char *name, struct layer *layer, double seconds, json_t *ret_rows)
{
    struct library ours, plain;
    int r = libraries_open(layer->problem.direction, &ours, &plain);

    if (r == 0)
        r = layer_warm(&plain, layer);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && r == 0; i++) {
        struct match match = {.ways = {&plain, &ours}, .layer = layer, .row = &rows[i]};
        const struct contest contest = {.run = match_run, .context = &match};
        struct sample sample;
        char title[96];

        if (rows[i].forward_only && layer->problem.direction != DIRECTION_FORWARD)
            continue;
        /* What is wanted far below 1 shows in no time. */
        r = sample_take(&contest, rows[i].wanted < 0.5 ? seconds / 5 : seconds, &sample);
        if (r < 0)
            break;
        snprintf(title, sizeof(title), "%s%s", name, descriptors_titles[rows[i].descriptors]);
        json_array_append_new(ret_rows,
                              row_of_sample(rows[i].area, title, &sample, rows[i].wanted));
    }
    return r;
}

int main(int argc, char **argv)
{
    const double seconds = argc == 2 ? strtod(argv[1], NULL) : 0;
    json_t *result = json_array();
    int r = 0;

    if (seconds <= 0) {
        fputs("usage: calls SECONDS   (for each row)\n", stderr);
        return 2;
    }
    /* Of the simulated card: calls are measured, not kernels, and not its log. */
    setenv("SIM_EXECUTE", "0", 1);
    unsetenv("SIM_LOG");
    for (size_t i = 0; i < sizeof(layers) / sizeof(*layers) && r == 0; i++) {
        struct layer layer = {.solver = 0};

        r = layer_open(layers[i].line, &layer);
        if (r == 0)
            r = layer_measure(layers[i].name, &layer, seconds, result);
        client_close(&layer.client);
    }
    json_dumpf(result, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(result);
    return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
