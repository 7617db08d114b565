#include "numbers.h"

#include "base/cleanup.h"
#include "number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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
        fprintf(stderr, "out of memory for %zu elements of %zu bytes\n", count, size);
        exit(EXIT_FAILURE);
    }
    return memory;
}

void numbers_make(const struct problem *problem, uint64_t seed, struct numbers *ret_numbers)
{
    const struct tensor *result = result_tensor(problem);
    enum data_type type = result == &problem->x ? problem->w.type : problem->x.type;
    struct operands *operands = &ret_numbers->operands;
    double *right;

    ret_numbers->inputs = inputs_for(type, result->type, reference_terms(problem), seed);
    operands->x = allocate_or_die(tensor_count(&problem->x), sizeof(double));
    operands->w = allocate_or_die(tensor_count(&problem->w), sizeof(double));
    operands->y = allocate_or_die(tensor_count(&problem->y), sizeof(double));
    inputs_draw(&ret_numbers->inputs, 1, operands->x, tensor_count(&problem->x));
    inputs_draw(&ret_numbers->inputs, 2, operands->w, tensor_count(&problem->w));
    inputs_draw(&ret_numbers->inputs, 3, operands->y, tensor_count(&problem->y));
    reference_compute(problem, operands);

    right = result_values(problem, operands);
    ret_numbers->exact = true;
    for (size_t i = 0; i < tensor_count(result); i++)
        ret_numbers->exact &= fabs(right[i]) <= ret_numbers->inputs.limit;
}

void numbers_free(struct numbers *numbers)
{
    free(numbers->operands.x);
    free(numbers->operands.w);
    free(numbers->operands.y);
    *numbers = (struct numbers){.exact = false};
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

int numbers_upload(const struct numbers *numbers, struct client *client)
{
    const struct problem *problem = client->problem;
    const struct tensor *result = result_tensor(problem);
    int r = 0;

    if (result != &problem->x)
        r = upload(&problem->x, numbers->operands.x, &client->buffer_x);
    if (r == 0 && result != &problem->w)
        r = upload(&problem->w, numbers->operands.w, &client->buffer_w);
    if (r == 0 && result != &problem->y)
        r = upload(&problem->y, numbers->operands.y, &client->buffer_y);
    return r;
}

bool numbers_poison(struct client *client)
{
    enum data_type type = result_tensor(client->problem)->type;

    buffer_poison(client_result(client), type != TYPE_INT8 && type != TYPE_INT32);
    buffer_poison(&client->workspace, true);
    return hipDeviceSynchronize() == hipSuccess;
}

int numbers_compare(const struct numbers *numbers, struct client *client,
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
