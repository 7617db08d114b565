#include "onnx.h"

#include "base/cleanup.h"
#include "number.h"
#include "sample.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A message of Protocol Buffers that grows. */
struct message {
    char *bytes;
    size_t length;
    FILE *stream;
};

enum { VARINT = 0, LENGTH_DELIMITED = 2 }; /* wire types */

static void message_open(struct message *ret_message)
{
    *ret_message = (struct message){0};
    ret_message->stream = open_memstream(&ret_message->bytes, &ret_message->length);
    if (!ret_message->stream)
        abort();
}

static void put_varint(struct message *message, uint64_t value)
{
    for (; value >= 128; value >>= 7)
        fputc((int)(value & 127) | 128, message->stream);
    fputc((int)value, message->stream);
}

static void put_number(struct message *message, unsigned field, uint64_t value)
{
    put_varint(message, field << 3 | VARINT);
    put_varint(message, value);
}

static void put_bytes(struct message *message, unsigned field, const void *bytes, size_t length)
{
    put_varint(message, field << 3 | LENGTH_DELIMITED);
    put_varint(message, length);
    fwrite(bytes, 1, length, message->stream);
}

static void put_text(struct message *message, unsigned field, const char *text)
{
    put_bytes(message, field, text, strlen(text));
}

/* Takes the part in, and ends it. */
static void put_message(struct message *message, unsigned field, struct message *part)
{
    fclose(part->stream);
    put_bytes(message, field, part->bytes, part->length);
    free(part->bytes);
}

/* --- The parts of a model: the numbers are onnx.proto's
 * ------------------------------------------- */

enum { MODEL_IR_VERSION = 1, MODEL_GRAPH = 7, MODEL_OPERATOR_SET = 8 };
enum { OPERATOR_SET_VERSION = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OPERATOR = 4, NODE_ATTRIBUTE = 5 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_INT = 3, ATTRIBUTE_INTS = 8, ATTRIBUTE_TYPE = 20 };
enum { ATTRIBUTE_IS_INT = 2, ATTRIBUTE_IS_INTS = 7 };
enum { TENSOR_LENGTH = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_BYTES = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_ELEMENT = 1, TENSOR_SHAPE = 2 };
enum { SHAPE_DIMENSION = 1, DIMENSION_VALUE = 1 };
enum { ELEMENT_FLOAT = 1, ELEMENT_FLOAT16 = 10 };

static uint64_t element_type(const struct tensor *tensor)
{
    return tensor->type == TYPE_FP16 ? ELEMENT_FLOAT16 : ELEMENT_FLOAT;
}

static void put_ints(struct message *node, const char *name, const int *values, unsigned count,
                     unsigned times)
{
    struct message attribute;

    message_open(&attribute);
    put_text(&attribute, ATTRIBUTE_NAME, name);
    for (unsigned i = 0; i < count * times; i++)
        put_number(&attribute, ATTRIBUTE_INTS, (uint64_t)values[i % count]);
    put_number(&attribute, ATTRIBUTE_TYPE, ATTRIBUTE_IS_INTS);
    put_message(node, NODE_ATTRIBUTE, &attribute);
}

static void put_int(struct message *node, const char *name, int value)
{
    struct message attribute;

    message_open(&attribute);
    put_text(&attribute, ATTRIBUTE_NAME, name);
    put_number(&attribute, ATTRIBUTE_INT, (uint64_t)value);
    put_number(&attribute, ATTRIBUTE_TYPE, ATTRIBUTE_IS_INT);
    put_message(node, NODE_ATTRIBUTE, &attribute);
}

static void put_node(struct message *graph, const struct problem *p, const char *input,
                     const char *weights, const char *output)
{
    struct message node;

    message_open(&node);
    put_text(&node, NODE_INPUT, input);
    put_text(&node, NODE_INPUT, weights);
    put_text(&node, NODE_OUTPUT, output);
    put_text(&node, NODE_OPERATOR, p->transposed ? "ConvTranspose" : "Conv");
    put_ints(&node, "pads", p->pad, p->spatial, 2); /* before and behind */
    put_ints(&node, "strides", p->stride, p->spatial, 1);
    put_ints(&node, "dilations", p->dilation, p->spatial, 1);
    put_int(&node, "group", p->groups);
    put_message(graph, GRAPH_NODE, &node);
}

static void put_weights(struct message *graph, const struct problem *p, uint64_t seed,
                        const char *name)
{
    struct inputs inputs = inputs_for(p->w.type, p->w.type, reference_terms(p), seed);
    size_t count = tensor_count(&p->w), size = data_type_bytes(p->w.type);
    cleanup_free double *values = calloc(count, sizeof(*values));
    cleanup_free char *bytes = calloc(count, size);
    struct message tensor;

    if (!values || !bytes)
        abort();
    inputs_draw(&inputs, 1, values, count);
    for (size_t i = 0; i < count; i++)
        number_encode(p->w.type, values[i], bytes + i * size);
    message_open(&tensor);
    for (unsigned i = 0; i < p->w.rank; i++)
        put_number(&tensor, TENSOR_LENGTH, (uint64_t)p->w.lengths[i]);
    put_number(&tensor, TENSOR_TYPE, element_type(&p->w));
    put_text(&tensor, TENSOR_NAME, name);
    put_bytes(&tensor, TENSOR_BYTES, bytes, count * size);
    put_message(graph, GRAPH_INITIALIZER, &tensor);
}

/* An input or output of the model. */
static void put_value(struct message *graph, unsigned field, const struct tensor *tensor,
                      const char *name)
{
    struct message value, type, tensor_type, shape;

    message_open(&shape);
    for (unsigned i = 0; i < tensor->rank; i++) {
        struct message dimension;

        message_open(&dimension);
        put_number(&dimension, DIMENSION_VALUE, (uint64_t)tensor->lengths[i]);
        put_message(&shape, SHAPE_DIMENSION, &dimension);
    }
    message_open(&tensor_type);
    put_number(&tensor_type, TENSOR_ELEMENT, element_type(tensor));
    put_message(&tensor_type, TENSOR_SHAPE, &shape);
    message_open(&type);
    put_message(&type, TYPE_TENSOR, &tensor_type);
    message_open(&value);
    put_text(&value, VALUE_NAME, name);
    put_message(&value, VALUE_TYPE, &type);
    put_message(graph, field, &value);
}

/* What the model calls input and output: of a transposed convolution the other way round. */
static const struct tensor *model_input(const struct problem *p)
{
    return p->transposed ? &p->y : &p->x;
}

static const struct tensor *model_output(const struct problem *p)
{
    return p->transposed ? &p->x : &p->y;
}

int onnx_write(const struct problem *layers, size_t count, uint64_t seed, FILE *file)
{
    struct message model, graph, operators;

    message_open(&graph);
    put_text(&graph, GRAPH_NAME, "convolutions");
    for (size_t i = 0; i < count; i++) {
        char input[32], weights[32], output[32];

        snprintf(input, sizeof(input), "value%zu", i);
        snprintf(weights, sizeof(weights), "weights%zu", i);
        snprintf(output, sizeof(output), "value%zu", i + 1);
        put_node(&graph, &layers[i], input, weights, output);
        put_weights(&graph, &layers[i], seed + i, weights);
        if (i == 0)
            put_value(&graph, GRAPH_INPUT, model_input(&layers[i]), input);
        if (i == count - 1)
            put_value(&graph, GRAPH_OUTPUT, model_output(&layers[i]), output);
    }
    message_open(&operators);
    put_number(&operators, OPERATOR_SET_VERSION, 13);
    message_open(&model);
    put_number(&model, MODEL_IR_VERSION, 8);
    put_message(&model, MODEL_GRAPH, &graph);
    put_message(&model, MODEL_OPERATOR_SET, &operators);
    fclose(model.stream);
    fwrite(model.bytes, 1, model.length, file);
    free(model.bytes);
    return ferror(file) ? -EIO : 0;
}
