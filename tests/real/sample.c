#include "sample.h"

#include "base/cleanup.h"
#include "number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate_or_die(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (!memory) {
        fprintf(stderr, "out of memory for %zu elements of %zu bytes\n", count, size);
        exit(EXIT_FAILURE);
    }
    return memory;
}

const struct tensor *problem_result(const struct problem *problem)
{
    return problem->direction == DIRECTION_FORWARD         ? &problem->y
           : problem->direction == DIRECTION_BACKWARD_DATA ? &problem->x
                                                           : &problem->w;
}

double *sample_result(const struct sample *sample)
{
    const struct tensor *result = problem_result(sample->problem);

    return result == &sample->problem->y   ? sample->operands.y
           : result == &sample->problem->x ? sample->operands.x
                                           : sample->operands.w;
}

void sample_draw(const struct problem *problem, uint64_t seed, struct sample *ret_sample)
{
    const struct problem *p = problem;
    const struct tensor *result = problem_result(p);
    enum data_type type = result == &p->x ? p->w.type : p->x.type;
    struct sample sample = {.problem = p,
                            .inputs = inputs_for(type, result->type, reference_terms(p), seed)};

    sample.operands.x = allocate_or_die(tensor_count(&p->x), sizeof(double));
    sample.operands.w = allocate_or_die(tensor_count(&p->w), sizeof(double));
    sample.operands.y = allocate_or_die(tensor_count(&p->y), sizeof(double));
    inputs_draw(&sample.inputs, 1, sample.operands.x, tensor_count(&p->x));
    inputs_draw(&sample.inputs, 2, sample.operands.w, tensor_count(&p->w));
    inputs_draw(&sample.inputs, 3, sample.operands.y, tensor_count(&p->y));
    reference_compute(p, &sample.operands);
    *ret_sample = sample;
}

static void operand_give(const struct tensor *tensor, const double *given, double *ret_values)
{
    if (given)
        memcpy(ret_values, given, tensor_count(tensor) * sizeof(*given));
}

void sample_give(struct sample *sample, const struct operands *given)
{
    const struct problem *p = sample->problem;

    operand_give(&p->x, given->x, sample->operands.x);
    operand_give(&p->w, given->w, sample->operands.w);
    operand_give(&p->y, given->y, sample->operands.y);
    reference_compute(p, &sample->operands);
}

bool sample_is_exact(const struct sample *sample)
{
    size_t count = tensor_count(problem_result(sample->problem));
    const double *right = sample_result(sample);
    bool exact = true;

    for (size_t i = 0; i < count; i++)
        exact &= fabs(right[i]) <= sample->inputs.limit;
    return exact;
}

void sample_free(struct sample *sample)
{
    free(sample->operands.x);
    free(sample->operands.w);
    free(sample->operands.y);
    *sample = (struct sample){0};
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

size_t tensor_bytes(const struct tensor *tensor)
{
    return (element_offset(tensor, tensor_count(tensor) - 1) + 1) * data_type_bytes(tensor->type);
}

int tensor_upload(const struct tensor *tensor, const double *values, const struct buffer *buffer)
{
    cleanup_free char *bytes = allocate_or_die(buffer->bytes, 1);
    size_t size = data_type_bytes(tensor->type);

    for (size_t i = 0; i < tensor_count(tensor); i++)
        number_encode(tensor->type, values[i], bytes + element_offset(tensor, i) * size);
    return buffer_write(buffer, bytes);
}

int tensor_compare(const struct tensor *tensor, const double *right, const struct buffer *buffer,
                   struct comparison *ret_comparison)
{
    cleanup_free char *bytes = allocate_or_die(buffer->bytes, 1);
    size_t size = data_type_bytes(tensor->type);
    struct comparison comparison = {0};

    if (buffer_read(buffer, bytes))
        return -EIO;
    for (size_t i = 0; i < tensor_count(tensor); i++) {
        double got = number_decode(tensor->type, bytes + element_offset(tensor, i) * size);
        double error = fabs(got - right[i]);

        comparison.wrong += !(error <= 0);
        if (isnan(error))
            error = (double)INFINITY;
        comparison.max_error = fmax(comparison.max_error, error);
    }
    comparison.guards_intact = buffer_guards_intact(buffer);
    *ret_comparison = comparison;
    return 0;
}
