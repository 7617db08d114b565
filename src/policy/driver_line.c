#include "policy/driver_line.h"

#include "base/cleanup.h"
#include "policy/layout.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kind { KIND_NUMBER, KIND_LAYOUT, KIND_WORD, KIND_PLAIN, KIND_PASSED };

enum option {
#define OPTION(id, letter, name, kind, initial) OPTION_##id,
#include "policy/driver_options.list"
#undef OPTION
    OPTIONS_COUNT,
};

static const struct {
    char letter;
    const char *name;
    enum kind kind;
    const char *initial;
} options[OPTIONS_COUNT] = {
#define OPTION(id, letter, name, kind, initial) {letter, name, KIND_##kind, initial},
#include "policy/driver_options.list"
#undef OPTION
};

/* The options of each dimension, from depth to width. */
struct dimension {
    enum option in, filter, pad, stride, dilation, out_pad;
};

static const struct dimension dimensions[SPATIAL_MAX] = {
    {OPTION_IN_D, OPTION_FILTER_D, OPTION_PAD_D, OPTION_STRIDE_D, OPTION_DILATION_D,
     OPTION_OUT_PAD_D},
    {OPTION_IN_H, OPTION_FILTER_H, OPTION_PAD_H, OPTION_STRIDE_H, OPTION_DILATION_H,
     OPTION_OUT_PAD_H},
    {OPTION_IN_W, OPTION_FILTER_W, OPTION_PAD_W, OPTION_STRIDE_W, OPTION_DILATION_W,
     OPTION_OUT_PAD_W},
};

/* The driver's first word says the types of x and w, and of y. */
static const struct {
    char name[12];
    enum data_type type, y_type;
} bases[] = {
    {"conv", TYPE_FP32, TYPE_FP32},
    {"convfp16", TYPE_FP16, TYPE_FP16},
    {"convbfp16", TYPE_BF16, TYPE_BF16},
    {"convint8", TYPE_INT8, TYPE_INT32},
};

#define BASES_COUNT (sizeof(bases) / sizeof(bases[0]))

/* The value of -F for each direction of the caller. */
static const int direction_flags[DIRECTION_COUNT] = {
    [DIRECTION_FORWARD] = 1,
    [DIRECTION_BACKWARD_DATA] = 2,
    [DIRECTION_BACKWARD_WEIGHTS] = 4,
};

/* A line that is being read. Values of options point into the words of the line. */
struct line {
    size_t base;
    const char *values[OPTIONS_COUNT];
    int numbers[OPTIONS_COUNT];
    char *error;
    size_t error_size;
};

__attribute__((format(printf, 2, 3))) static int complain(const struct line *line,
                                                          const char *format, ...)
{
    if (line->error_size > 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(line->error, line->error_size, format, arguments);
        va_end(arguments);
    }
    return -EINVAL;
}

static int number_parse(const struct line *line, enum option option, int *ret_number)
{
    const char *text = line->values[option];
    char *end;
    errno = 0;
    const long number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number < INT_MIN || number > INT_MAX)
        return complain(line, "--%s (-%c): \"%.40s\" is not a whole number", options[option].name,
                        options[option].letter, text);
    *ret_number = (int)number;
    return 0;
}

static int option_find(const struct line *line, const char *word, enum option *ret_option)
{
    const bool is_long = strncmp(word, "--", 2) == 0;
    for (enum option option = 0; option < OPTIONS_COUNT; option++) {
        if (is_long ? strcmp(word + 2, options[option].name) == 0
                    : word[0] == '-' && word[1] == options[option].letter && word[2] == '\0') {
            *ret_option = option;
            return 0;
        }
    }
    if (word[0] != '-')
        return complain(line, "\"%.40s\" is not an option: expected such as -n 1", word);
    return complain(line, "%.40s is not an option that MIOpenDriver has for convolutions", word);
}

/* Takes the options from the words that are left. */
static int options_take(struct line *line, char **rest)
{
    for (enum option option = 0; option < OPTIONS_COUNT; option++)
        line->values[option] = options[option].initial;
    for (char *word; (word = strtok_r(NULL, " \t\r\n", rest));) {
        enum option option = OPTIONS_COUNT;
        const int r = option_find(line, word, &option);
        if (r < 0)
            return r;
        line->values[option] = strtok_r(NULL, " \t\r\n", rest);
        if (!line->values[option])
            return complain(line, "%s has no value", word);
    }
    for (enum option option = 0; option < OPTIONS_COUNT; option++) {
        if (options[option].kind == KIND_NUMBER) {
            const int r = number_parse(line, option, &line->numbers[option]);
            if (r < 0)
                return r;
        }
        if (options[option].kind == KIND_PLAIN &&
            strcmp(line->values[option], options[option].initial) != 0)
            return complain(line, "--%s %.40s: vectorized and cast tensors are not supported here",
                            options[option].name, line->values[option]);
    }
    return 0;
}

static int base_take(struct line *line, char **rest)
{
    const char *word = strtok_r(NULL, " \t\r\n", rest);
    static const char driver[] = "MIOpenDriver";
    const size_t length = word ? strlen(word) : 0;
    if (length >= strlen(driver) && strcmp(word + length - strlen(driver), driver) == 0)
        word = strtok_r(NULL, " \t\r\n", rest);
    if (!word)
        return complain(line, "the line is empty: expected such as \"conv -n 1 -c 64 -H 56 …\"");
    for (line->base = 0; line->base < BASES_COUNT; line->base++)
        if (strcmp(word, bases[line->base].name) == 0)
            return 0;
    return complain(line, "\"%.40s\": expected conv, convfp16, convbfp16 or convint8", word);
}

/* Makes a packed tensor in the layout that the option names. */
static int tensor_make(const struct line *line, enum option layout, enum data_type type,
                       unsigned rank, struct tensor *tensor)
{
    tensor->type = type;
    tensor->rank = rank;
    for (unsigned i = 0; i < rank; i++)
        if (tensor->lengths[i] < 1 || tensor->lengths[i] > INT_MAX)
            return complain(line, "a tensor would have the length %lld: expected 1 to %d",
                            (long long)tensor->lengths[i], INT_MAX);
    const char *name = line->values[layout];
    for (size_t i = 0; i < ORDERS_COUNT; i++) {
        /* Without the option, the first order of that rank: the default one. */
        if (orders[i].rank != rank || (*name && strcasecmp(name, orders[i].name) != 0))
            continue;
        if (!order_strides(&orders[i], tensor->lengths, tensor->strides))
            return complain(line, "a tensor would have more than 2^63 elements");
        return 0;
    }
    return complain(line, "--%s: \"%.40s\" is not a layout of %u dimensions: expected %s",
                    options[layout].name, name, rank,
                    rank == 4 ? "NCHW, NHWC or CHWN" : "NCDHW or NDHWC");
}

/* The length of y along a dimension; of a transposed convolution, as it makes the larger tensor. */
static int64_t output_length(const struct problem *problem, unsigned i, int64_t in, int64_t filter,
                             int out_pad)
{
    const int64_t reach = problem->dilation[i] * (filter - 1) + 1;
    const int64_t pads = 2 * (int64_t)problem->pad[i];
    const int64_t length = problem->transposed
                               ? problem->stride[i] * (in - 1) + reach - pads + out_pad
                               : (in - reach + pads) / problem->stride[i] + 1;
    return length > 1 ? length : 1;
}

/* MIOpenDriver's --pad_mode, which it turns into numbers for undilated convolutions. */
static int pads_adjust(const struct line *line, struct problem *problem)
{
    const char *mode = line->values[OPTION_PAD_MODE];
    if (strcmp(mode, "default") == 0)
        return 0;
    if (strcmp(mode, "same") != 0 && strcmp(mode, "valid") != 0)
        return complain(line, "--pad_mode %.40s: expected default, same or valid", mode);
    bool undilated = true;
    bool pointwise = true;
    for (unsigned i = 0; i < problem->spatial; i++) {
        undilated = undilated && problem->dilation[i] == 1;
        pointwise = pointwise && problem->w.lengths[2 + i] == 1;
    }
    if (problem->transposed || (!undilated && !pointwise))
        return 0;
    for (unsigned i = 0; i < problem->spatial; i++) {
        const int64_t left = problem->x.lengths[2 + i] % problem->stride[i];
        const int64_t pad = problem->w.lengths[2 + i] - (left ? left : problem->stride[i]);
        problem->pad[i] = strcmp(mode, "same") == 0 && pad > 0 ? (int)(pad / 2) : 0;
    }
    return 0;
}

static int dimensions_make(const struct line *line, struct problem *problem)
{
    const int *numbers = line->numbers;
    for (unsigned i = 0; i < problem->spatial; i++) {
        const struct dimension *dimension = &dimensions[SPATIAL_MAX - problem->spatial + i];
        problem->pad[i] = numbers[dimension->pad];
        problem->stride[i] = numbers[dimension->stride];
        problem->dilation[i] = numbers[dimension->dilation];
        problem->x.lengths[2 + i] = numbers[dimension->in];
        problem->w.lengths[2 + i] = numbers[dimension->filter];
        if (problem->pad[i] < 0 || problem->stride[i] < 1 || problem->dilation[i] < 1)
            return complain(line, "expected a padding of 0 or more, a stride and a dilation of 1 "
                                  "or more");
        if (problem->x.lengths[2 + i] < 1 || problem->w.lengths[2 + i] < 1)
            return complain(line, "--%s %d, --%s %d: expected 1 or more",
                            options[dimension->in].name, numbers[dimension->in],
                            options[dimension->filter].name, numbers[dimension->filter]);
        const int out_pad = numbers[dimension->out_pad];
        if (problem->transposed && (out_pad < 0 || out_pad >= problem->stride[i]))
            return complain(line, "--%s %d: expected 0 or more, and less than the stride",
                            options[dimension->out_pad].name, out_pad);
    }
    const int r = pads_adjust(line, problem);
    if (r < 0)
        return r;
    for (unsigned i = 0; i < problem->spatial; i++)
        problem->y.lengths[2 + i] =
            output_length(problem, i, problem->x.lengths[2 + i], problem->w.lengths[2 + i],
                          numbers[dimensions[SPATIAL_MAX - problem->spatial + i].out_pad]);
    return 0;
}

static int channels_make(const struct line *line, struct problem *problem)
{
    const int *numbers = line->numbers;
    const int in = numbers[OPTION_IN_CHANNELS];
    const int out = numbers[OPTION_OUT_CHANNELS];
    /* The driver, too, takes 0 and less for 1. */
    problem->groups = numbers[OPTION_GROUPS] > 1 ? numbers[OPTION_GROUPS] : 1;
    if (in % problem->groups != 0 || out % problem->groups != 0)
        return complain(line, "%d groups do not divide %d and %d channels", problem->groups, in,
                        out);
    problem->x.lengths[0] = numbers[OPTION_BATCH];
    problem->x.lengths[1] = in;
    problem->y.lengths[0] = numbers[OPTION_BATCH];
    problem->y.lengths[1] = out;
    problem->w.lengths[0] = problem->transposed ? in : out;
    problem->w.lengths[1] = (problem->transposed ? out : in) / problem->groups;
    return 0;
}

static int problem_make(const struct line *line, struct problem *problem)
{
    const int spatial = line->numbers[OPTION_SPATIAL];
    if (spatial != 2 && spatial != 3)
        return complain(line, "--spatial_dim %d: expected 2 or 3", spatial);
    problem->spatial = (unsigned)spatial;

    const char *mode = line->values[OPTION_MODE];
    problem->transposed = strcmp(mode, "trans") == 0;
    if (!problem->transposed && strcmp(mode, "conv") != 0)
        return complain(line, "--mode (-m) %.40s: expected conv or trans", mode);

    enum direction direction = 0;
    while (direction < DIRECTION_COUNT &&
           direction_flags[direction] != line->numbers[OPTION_DIRECTION])
        direction++;
    if (direction == DIRECTION_COUNT)
        return complain(line,
                        "--forw (-F) %d: expected one direction, 1 (forward), 2 (backward data) or "
                        "4 (backward weights)",
                        line->numbers[OPTION_DIRECTION]);
    problem->direction = direction;

    int r = channels_make(line, problem);
    if (r == 0)
        r = dimensions_make(line, problem);
    const unsigned rank = problem->spatial + 2;
    const enum data_type type = bases[line->base].type;
    if (r == 0)
        r = tensor_make(line, OPTION_IN_LAYOUT, type, rank, &problem->x);
    if (r == 0)
        r = tensor_make(line, OPTION_FILTER_LAYOUT, type, rank, &problem->w);
    if (r == 0)
        r = tensor_make(line, OPTION_OUT_LAYOUT, bases[line->base].y_type, rank, &problem->y);
    if (r == 0)
        problem_transpose(problem);
    return r;
}

int driver_line_parse(const char *text, struct problem *ret_problem, char *ret_error,
                      size_t error_size)
{
    struct line line = {.error = ret_error, .error_size = error_size};
    cleanup_free char *words = strdup(text);
    if (!words)
        return complain(&line, "memory is short");
    char *rest = words;
    struct problem problem = {0};
    int r = base_take(&line, &rest);
    if (r == 0)
        r = options_take(&line, &rest);
    if (r == 0)
        r = problem_make(&line, &problem);
    if (r == 0)
        *ret_problem = problem;
    return r;
}

/* A line that is being written; `length` grows past `size` where it does not fit. */
struct output {
    char *text;
    size_t size;
    size_t length;
};

__attribute__((format(printf, 2, 3))) static void put(struct output *output, const char *format,
                                                      ...)
{
    const bool fits = output->length < output->size;
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(fits ? output->text + output->length : NULL,
                                 fits ? output->size - output->length : 0, format, arguments);
    va_end(arguments);
    output->length += (size_t)length;
}

static void put_number(struct output *output, enum option option, int64_t number)
{
    /* Some letters mean something to a shell. */
    const char letter = options[option].letter;
    if ((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z'))
        put(output, " -%c %lld", letter, (long long)number);
    else
        put(output, " --%s %lld", options[option].name, (long long)number);
}

/* Names the tensor's layout where it is not the default one. False where the driver has no name. */
static bool put_layout(struct output *output, enum option option, const struct tensor *tensor)
{
    const struct order *fallback = NULL;
    for (size_t i = 0; i < ORDERS_COUNT; i++) {
        int64_t strides[RANK_MAX] = {0};
        if (orders[i].rank != tensor->rank)
            continue;
        if (!fallback)
            fallback = &orders[i];
        if (!order_strides(&orders[i], tensor->lengths, strides) ||
            memcmp(strides, tensor->strides, tensor->rank * sizeof(strides[0])) != 0)
            continue;
        if (&orders[i] != fallback)
            put(output, " --%s %s", options[option].name, orders[i].name);
        return true;
    }
    return false;
}

/* Whether the driver can read the numbers back, and we can count with them. */
static bool numbers_fit(const struct problem *problem)
{
    const struct tensor *const tensors[] = {&problem->x, &problem->w, &problem->y};
    for (size_t t = 0; t < sizeof(tensors) / sizeof(tensors[0]); t++)
        for (unsigned i = 0; i < problem->spatial + 2; i++)
            if (tensors[t]->lengths[i] < 1 || tensors[t]->lengths[i] > INT_MAX)
                return false;
    for (unsigned i = 0; i < problem->spatial; i++)
        if (problem->pad[i] < 0 || problem->stride[i] < 1 || problem->dilation[i] < 1)
            return false;
    return true;
}

/* Writes the line of a convolution as its caller sees it. False where the driver has no words. */
static bool line_put(struct output *output, const struct problem *problem)
{
    size_t base = 0;
    while (base < BASES_COUNT && bases[base].type != problem->x.type)
        base++;
    if (base == BASES_COUNT || (problem->spatial != 2 && problem->spatial != 3) ||
        (unsigned)problem->direction >= DIRECTION_COUNT || !numbers_fit(problem))
        return false;

    put(output, "%s", bases[base].name);
    put_number(output, OPTION_BATCH, problem->x.lengths[0]);
    put_number(output, OPTION_IN_CHANNELS, problem->x.lengths[1]);
    const struct dimension *first = &dimensions[SPATIAL_MAX - problem->spatial];
    for (unsigned i = 0; i < problem->spatial; i++)
        put_number(output, first[i].in, problem->x.lengths[2 + i]);
    put_number(output, OPTION_OUT_CHANNELS, problem->y.lengths[1]);
    for (unsigned i = 0; i < problem->spatial; i++)
        put_number(output, first[i].filter, problem->w.lengths[2 + i]);
    for (unsigned i = 0; i < problem->spatial; i++)
        put_number(output, first[i].pad, problem->pad[i]);
    for (unsigned i = 0; i < problem->spatial; i++)
        put_number(output, first[i].stride, problem->stride[i]);
    for (unsigned i = 0; i < problem->spatial; i++)
        put_number(output, first[i].dilation, problem->dilation[i]);
    for (unsigned i = 0; problem->transposed && i < problem->spatial; i++) {
        const int64_t out_pad =
            problem->y.lengths[2 + i] -
            output_length(problem, i, problem->x.lengths[2 + i], problem->w.lengths[2 + i], 0);
        if (out_pad != 0)
            put_number(output, first[i].out_pad, out_pad);
    }
    if (problem->spatial == 3)
        put_number(output, OPTION_SPATIAL, 3);
    if (!put_layout(output, OPTION_IN_LAYOUT, &problem->x) ||
        !put_layout(output, OPTION_FILTER_LAYOUT, &problem->w) ||
        !put_layout(output, OPTION_OUT_LAYOUT, &problem->y))
        return false;
    put(output, " -m %s", problem->transposed ? "trans" : "conv");
    put_number(output, OPTION_GROUPS, problem->groups);
    put_number(output, OPTION_DIRECTION, direction_flags[problem->direction]);
    put(output, " -t 1");
    return true;
}

int driver_line_write(const struct problem *problem, char *ret_line, size_t size)
{
    struct problem caller = *problem;
    problem_transpose(&caller);
    char text[1024];
    struct output output = {.text = text, .size = sizeof(text)};
    struct problem again;
    char error[1];
    /* What the line says in the end is the judge of whether it can say it. */
    if (!line_put(&output, &caller) || output.length >= sizeof(text) ||
        driver_line_parse(text, &again, error, sizeof(error)) < 0 ||
        !problem_equal(problem, &again))
        return -EOPNOTSUPP;
    if (output.length >= size)
        return -ENOSPC;
    memcpy(ret_line, text, output.length + 1);
    return 0;
}
