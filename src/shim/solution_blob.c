#include "shim/solution_blob.h"

#include "shim/message.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* miopenTensorArgumentId_t of a convolution's tensors. */
enum { TENSOR_X = 1, TENSOR_W = 2, TENSOR_Y = 3 };

/* What MIOpen knows an own file by, and of which form it is (Solution::SerializationMetadata). */
#define VALIDATION           UINT64_C(0x123456789ABCDEF0)
#define FORM                 1

/* Indexes of MIOpen's variants: of a problem's operator, of what a container holds. */
#define OPERATOR_CONVOLUTION 0
#define CONTAINER_SINGLE     0
#define CONTAINER_FUSED      1

/* --- Writing --------------------------------------------------------------------------------- */

static void write_ints(struct message_writer *writer, const char *key, const int *values,
                       unsigned count)
{
    message_write_text(writer, key);
    message_write_array(writer, count);
    for (unsigned i = 0; i < count; i++)
        message_write_number(writer, values ? values[i] : 0);
}

static void write_int(struct message_writer *writer, const char *key, int64_t value)
{
    message_write_text(writer, key);
    message_write_number(writer, value);
}

static void write_longs(struct message_writer *writer, const char *key, const int64_t *values,
                        unsigned count)
{
    message_write_text(writer, key);
    message_write_array(writer, count);
    for (unsigned i = 0; i < count; i++)
        message_write_number(writer, values[i]);
}

/* MIOpen's word for it: as many elements as its memory spans (TensorDescriptor::IsPacked). */
static bool is_packed(const struct tensor *tensor)
{
    uint64_t elements = 1, span = 1;

    for (unsigned i = 0; i < tensor->rank; i++) {
        elements *= (uint64_t)tensor->lengths[i];
        span += (uint64_t)(tensor->lengths[i] - 1) * (uint64_t)tensor->strides[i];
    }
    return elements == span;
}

static void write_tensor(struct message_writer *writer, int id, const struct tensor *tensor)
{
    message_write_array(writer, 2);
    message_write_number(writer, id);
    message_write_map(writer, 4);
    write_longs(writer, "lengths", tensor->lengths, tensor->rank);
    message_write_text(writer, "packed");
    message_write_bool(writer, is_packed(tensor));
    write_longs(writer, "strides", tensor->strides, tensor->rank);
    write_int(writer, "type", tensor->type);
}

/* lowpQuant and the attribute are of no matter to the solvers; -1 and 1 are MIOpen's defaults. */
static void write_operator(struct message_writer *writer, const struct problem *problem)
{
    message_write_text(writer, "operator");
    message_write_map(writer, 10);
    message_write_text(writer, "attribute");
    message_write_map(writer, 1);
    message_write_text(writer, "gfx90aFp16alt");
    message_write_map(writer, 1);
    write_int(writer, "value", -1);
    write_ints(writer, "dilations", problem->dilation, problem->spatial);
    write_int(writer, "groupCount", problem->groups);
    message_write_text(writer, "lowpQuant");
    message_write_float(writer, 1.0F);
    write_int(writer, "mode", problem->transposed);
    write_int(writer, "paddingMode", 0);
    write_ints(writer, "pads", problem->pad, problem->spatial);
    write_int(writer, "spatialDim", problem->spatial);
    write_ints(writer, "strides", problem->stride, problem->spatial);
    write_ints(writer, "transOutputPads", NULL, problem->spatial);
}

static void write_problem(struct message_writer *writer, const struct problem *problem)
{
    message_write_map(writer, 4);
    write_int(writer, "direction", problem->direction);
    write_operator(writer, problem);
    write_int(writer, "primitive", OPERATOR_CONVOLUTION);
    message_write_text(writer, "tensors");
    message_write_array(writer, 3);
    write_tensor(writer, TENSOR_X, &problem->x);
    write_tensor(writer, TENSOR_W, &problem->w);
    write_tensor(writer, TENSOR_Y, &problem->y);
}

static bool ranks_fit(const struct problem *problem)
{
    const unsigned rank = problem->spatial + 2;

    return problem->spatial >= 2 && problem->spatial <= SPATIAL_MAX && problem->x.rank == rank &&
           problem->w.rank == rank && problem->y.rank == rank;
}

int solution_blob_write(const struct solution_blob *blob, bool contained, void *ret_data,
                        size_t size, size_t *ret_size)
{
    struct message_writer writer = {.data = ret_data, .size = size};

    if (!ranks_fit(&blob->problem))
        return -EINVAL;
    message_write_map(&writer, 5);
    message_write_text(&writer, "header");
    message_write_map(&writer, 2);
    message_write_text(&writer, "validation");
    message_write_unsigned(&writer, VALIDATION);
    write_int(&writer, "version", FORM);
    message_write_text(&writer, "problem");
    if (contained) {
        message_write_map(&writer, 2);
        write_int(&writer, "problem_type", CONTAINER_SINGLE);
        message_write_text(&writer, "value");
    }
    write_problem(&writer, &blob->problem);
    message_write_text(&writer, "solver");
    message_write_text(&writer, blob->solver);
    message_write_text(&writer, "time");
    message_write_float(&writer, blob->time_ms);
    message_write_text(&writer, "workspace");
    message_write_unsigned(&writer, blob->workspace_bytes);
    if (writer.count > size)
        return -ENOSPC;
    *ret_size = writer.count;
    return 0;
}

/* --- Reading --------------------------------------------------------------------------------- */

static int find_integer(struct message map, const char *key, int64_t lowest, int64_t highest,
                        int64_t *ret_value)
{
    struct message value;
    int64_t integer;

    if (message_find(map, key, &value) < 0 || message_read_integer(&value, &integer) < 0 ||
        integer < lowest || integer > highest)
        return -EBADMSG;
    *ret_value = integer;
    return 0;
}

/* `count` integers in an array of just that length. */
static int find_integers(struct message map, const char *key, unsigned count, int64_t *ret_values)
{
    struct message value;
    size_t there;

    if (message_find(map, key, &value) < 0 || message_read_array(&value, &there) < 0 ||
        there != count)
        return -EBADMSG;
    for (unsigned i = 0; i < count; i++) {
        if (message_read_integer(&value, &ret_values[i]) < 0)
            return -EBADMSG;
    }
    return 0;
}

static int find_ints(struct message map, const char *key, unsigned count, int *ret_values)
{
    int64_t values[SPATIAL_MAX];

    if (find_integers(map, key, count, values) < 0)
        return -EBADMSG;
    for (unsigned i = 0; i < count; i++) {
        if (values[i] < INT_MIN || values[i] > INT_MAX)
            return -EBADMSG;
        ret_values[i] = (int)values[i];
    }
    return 0;
}

static int read_tensor(struct message map, unsigned rank, struct tensor *ret_tensor)
{
    int64_t type;

    if (find_integer(map, "type", 0, INT_MAX, &type) < 0 ||
        find_integers(map, "lengths", rank, ret_tensor->lengths) < 0 ||
        find_integers(map, "strides", rank, ret_tensor->strides) < 0)
        return -EBADMSG;
    ret_tensor->type = (enum data_type)type;
    ret_tensor->rank = rank;
    return 0;
}

/* Pairs of number and tensor. Of two for one number MIOpen takes the first. */
static int read_tensors(struct message tensors, struct problem *problem)
{
    struct tensor *const places[] = {
        [TENSOR_X] = &problem->x, [TENSOR_W] = &problem->w, [TENSOR_Y] = &problem->y};
    size_t count;

    if (message_read_array(&tensors, &count) < 0)
        return -EBADMSG;
    for (size_t i = 0; i < count; i++) {
        size_t two;
        int64_t id;

        if (message_read_array(&tensors, &two) < 0 || two != 2 ||
            message_read_integer(&tensors, &id) < 0)
            return -EBADMSG;
        if (id >= TENSOR_X && id <= TENSOR_Y && places[id]->rank == 0 &&
            read_tensor(tensors, problem->spatial + 2, places[id]) < 0)
            return -EBADMSG;
        if (message_skip(&tensors) < 0)
            return -EBADMSG;
    }
    return ranks_fit(problem) ? 0 : -EBADMSG;
}

static int read_convolution(struct message value, struct problem *ret_problem)
{
    struct problem problem = {.spatial = 0};
    struct message operator, tensors;
    int64_t direction, spatial, mode, groups;

    if (find_integer(value, "direction", 0, DIRECTION_COUNT - 1, &direction) < 0 ||
        message_find(value, "operator", &operator) < 0 ||
        message_find(value, "tensors", &tensors) < 0)
        return -EBADMSG;
    if (find_integer(operator, "spatialDim", 2, SPATIAL_MAX, &spatial) < 0 ||
        find_integer(operator, "mode", 0, 1, &mode) < 0 ||
        find_integer(operator, "groupCount", 1, INT_MAX, &groups) < 0 ||
        find_ints(operator, "pads", (unsigned)spatial, problem.pad) < 0 ||
        find_ints(operator, "strides", (unsigned)spatial, problem.stride) < 0 ||
        find_ints(operator, "dilations", (unsigned)spatial, problem.dilation) < 0)
        return -EBADMSG;
    problem.direction = (enum direction)direction;
    problem.spatial = (unsigned)spatial;
    problem.transposed = mode != 0;
    problem.groups = (int)groups;
    if (read_tensors(tensors, &problem) < 0)
        return -EBADMSG;
    *ret_problem = problem;
    return 0;
}

static int is_convolution(struct message value, bool *ret_convolution)
{
    int64_t primitive;

    if (find_integer(value, "primitive", 0, INT_MAX, &primitive) < 0)
        return -EBADMSG;
    *ret_convolution = primitive == OPERATOR_CONVOLUTION;
    return 0;
}

static int read_fused(struct message value, enum solution_kind *ret_kind)
{
    struct message problems;
    size_t count;
    bool any = false;

    if (message_find(value, "problems", &problems) < 0 || message_read_array(&problems, &count) < 0)
        return -EBADMSG;
    for (size_t i = 0; i < count; i++) {
        bool convolution;

        if (is_convolution(problems, &convolution) < 0 || message_skip(&problems) < 0)
            return -EBADMSG;
        any = any || convolution;
    }
    *ret_kind = any ? SOLUTION_FUSED : SOLUTION_OTHER;
    return 0;
}

static int read_problem(struct message problem, struct solution_blob *blob)
{
    int64_t container = CONTAINER_SINGLE;
    struct message value = problem;
    bool convolution;

    /* A bare problem is what it was before there were containers. */
    if (message_find(problem, "value", &value) == 0 &&
        find_integer(problem, "problem_type", CONTAINER_SINGLE, CONTAINER_FUSED, &container) < 0)
        return -EBADMSG;
    if (container == CONTAINER_FUSED)
        return read_fused(value, &blob->kind);
    if (is_convolution(value, &convolution) < 0)
        return -EBADMSG;
    blob->kind = convolution ? SOLUTION_CONVOLUTION : SOLUTION_OTHER;
    return convolution ? read_convolution(value, &blob->problem) : 0;
}

static int read_header(struct message header)
{
    int64_t validation, form;

    if (find_integer(header, "validation", (int64_t)VALIDATION, (int64_t)VALIDATION, &validation) <
            0 ||
        find_integer(header, "version", FORM, FORM, &form) < 0)
        return -EBADMSG;
    return 0;
}

int solution_blob_read(const void *data, size_t size, struct solution_blob *ret_blob)
{
    struct solution_blob blob = {.kind = SOLUTION_OTHER};
    const uint8_t *bytes = data;
    const struct message whole = {bytes, bytes + size};
    struct message header, problem, solver, time;
    int64_t workspace;
    double milliseconds;

    if (message_find(whole, "header", &header) < 0 || message_find(whole, "time", &time) < 0 ||
        message_find(whole, "solver", &solver) < 0 || message_find(whole, "problem", &problem) < 0)
        return -EBADMSG;
    if (read_header(header) < 0 || read_problem(problem, &blob) < 0)
        return -EBADMSG;
    if (message_read_text(&solver, blob.solver, sizeof(blob.solver)) < 0 ||
        message_read_number(&time, &milliseconds) < 0 ||
        find_integer(whole, "workspace", 0, INT64_MAX, &workspace) < 0)
        return -EBADMSG;
    blob.time_ms = (float)milliseconds;
    blob.workspace_bytes = (uint64_t)workspace;
    *ret_blob = blob;
    return 0;
}
