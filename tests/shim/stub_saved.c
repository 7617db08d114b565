/*
 * The stub of libMIOpen: solutions as they are saved. MIOpen's form, written and read apart from
 * the shim, so that each can prove the other.
 */
#include "stub_enter.h"
#include "stub_find2.h"

#include <string.h>

#define SAVED_MAX 4096
#define NODES_MAX 1024
#define DEPTH_MAX 16

static const struct {
    uint64_t id;
    const char *name;
} solvers[] = {
    {1, "ConvAsm3x3U"},
    {84, "ConvBinWinogradRxSf2x3g1"},
    {85, "ConvDirectNaiveConvFwd"},
    {86, "ConvDirectNaiveConvBwd"},
    {87, "ConvDirectNaiveConvWrw"},
    {88, "GemmFwd1x1_0_1"},
    {89, "GemmFwd1x1_0_1_int8"},
    {90, "GemmFwd1x1_0_2"},
    {91, "GemmFwdRest"},
    {95, "GemmBwd1x1_stride2"},
    {96, "GemmBwd1x1_stride1"},
    {97, "GemmBwdRest"},
    {101, "GemmWrw1x1_stride1"},
    {102, "GemmWrwUniversal"},
    {STUB_BIAS_ID, "Bias"},
};

#define SOLVERS_COUNT (sizeof(solvers) / sizeof(solvers[0]))

/* --- Saving: numbers have 64 bits wherever they stand, which a reader has to take as well ------
 */

struct output {
    unsigned char bytes[SAVED_MAX];
    size_t count;
};

static void put(struct output *out, const void *bytes, size_t count)
{
    memcpy(out->bytes + out->count, bytes, count);
    out->count += count;
}

static void put_byte(struct output *out, unsigned byte)
{
    put(out, &(unsigned char){(unsigned char)byte}, 1);
}

static void put_number(struct output *out, int64_t number)
{
    put_byte(out, 0xd3);
    for (int shift = 56; shift >= 0; shift -= 8)
        put_byte(out, (unsigned)((uint64_t)number >> shift) & 0xff);
}

static void put_text(struct output *out, const char *text)
{
    put_byte(out, 0xd9);
    put_byte(out, (unsigned)strlen(text));
    put(out, text, strlen(text));
}

static void put_pair(struct output *out, const char *key, int64_t number)
{
    put_text(out, key);
    put_number(out, number);
}

static void put_sizes(struct output *out, const char *key, const int64_t *sizes, int count)
{
    put_text(out, key);
    put_byte(out, 0xdc);
    put_byte(out, 0);
    put_byte(out, (unsigned)count);
    for (int i = 0; i < count; i++)
        put_number(out, sizes[i]);
}

static void put_numbers(struct output *out, const char *key, const int *numbers, int count)
{
    int64_t sizes[STUB_RANK];

    for (int i = 0; i < count; i++)
        sizes[i] = numbers[i];
    put_sizes(out, key, sizes, count);
}

static void put_convolution(struct output *out, const struct miopenProblem *problem)
{
    const struct miopenConvolutionDescriptor *it = &problem->convolution;

    put_byte(out, 0x84);
    put_pair(out, "direction", problem->direction);
    put_text(out, "operator");
    put_byte(out, 0x86);
    put_numbers(out, "dilations", it->dilation, it->spatial);
    put_pair(out, "groupCount", it->groups);
    put_pair(out, "mode", it->mode);
    put_numbers(out, "pads", it->pad, it->spatial);
    put_pair(out, "spatialDim", it->spatial);
    put_numbers(out, "strides", it->stride, it->spatial);
    put_pair(out, "primitive", 0);
    put_text(out, "tensors");
    put_byte(out, 0x93);
    for (int i = 0; i < 3; i++) {
        put_byte(out, 0x92);
        put_number(out, i + 1);
        put_byte(out, 0x83);
        put_sizes(out, "lengths", problem->tensors[i].lengths, (int)problem->tensors[i].rank);
        put_sizes(out, "strides", problem->tensors[i].strides, (int)problem->tensors[i].rank);
        put_pair(out, "type", problem->tensors[i].type);
    }
}

static void put_bias(struct output *out)
{
    put_byte(out, 0x81);
    put_pair(out, "primitive", 2);
}

static void put_solution(struct output *out, const struct miopenSolution *solution)
{
    const char *name = "?";

    for (size_t i = 0; i < SOLVERS_COUNT; i++)
        name = solvers[i].id == solution->id ? solvers[i].name : name;
    put_byte(out, 0x85);
    put_text(out, "header");
    put_byte(out, 0x82);
    put_pair(out, "validation", INT64_C(0x123456789ABCDEF0));
    put_pair(out, "version", 1);
    put_text(out, "problem");
    if (!stub_is_before(3, 1)) { /* there are no fused ones yet */
        put_byte(out, 0x82);
        put_pair(out, "problem_type", solution->problem.fused);
        put_text(out, "value");
    }
    if (solution->problem.fused) {
        put_byte(out, 0x81);
        put_text(out, "problems");
        put_byte(out, 0x92);
        put_bias(out);
    }
    if (solution->problem.bias)
        put_bias(out);
    else
        put_convolution(out, &solution->problem);
    put_text(out, "solver");
    put_text(out, name);
    put_text(out, "time");
    put_byte(out, 0x00);
    put_pair(out, "workspace", (int64_t)solution->workspace_bytes);
}

miopenStatus_t miopenGetSolutionSize(miopenSolution_t solution, size_t *size)
{
    struct output out = {.count = 0};

    STUB_ENTER(miopenGetSolutionSize, solution, size);
    put_solution(&out, solution);
    *size = out.count;
    return miopenStatusSuccess;
}

miopenStatus_t miopenSaveSolution(miopenSolution_t solution, char *data)
{
    struct output out = {.count = 0};

    STUB_ENTER(miopenSaveSolution, solution, data);
    put_solution(&out, solution);
    memcpy(data, out.bytes, out.count);
    return miopenStatusSuccess;
}

/* --- Loading --------------------------------------------------------------------------------- */

struct node {
    enum { NUMBER, TEXT, LIST, MAP, OTHER } type;
    int64_t number; /* of a list or map: how many nodes of the next level */
    const char *text;
    const struct node *first, *next;
};

struct input {
    const unsigned char *at, *end;
    unsigned nodes_count;
    bool bad;
    struct node nodes[NODES_MAX];
};

static uint64_t take(struct input *in, unsigned bytes)
{
    uint64_t number = 0;

    in->bad = in->bad || (size_t)(in->end - in->at) < bytes;
    for (unsigned i = 0; i < bytes && !in->bad; i++)
        number = number << 8 | *in->at++;
    return number;
}

static void take_text(struct input *in, struct node *node, size_t length)
{
    node->type = TEXT;
    node->text = (const char *)in->at;
    node->number = (int64_t)length;
    in->bad = in->bad || (size_t)(in->end - in->at) < length;
    in->at += in->bad ? 0 : length;
}

/* A value, without what a list or map holds. */
static struct node *take_node(struct input *in)
{
    const unsigned first = (unsigned)take(in, 1);

    in->bad = in->bad || in->nodes_count == NODES_MAX;
    if (in->bad)
        return NULL;
    struct node *node = &in->nodes[in->nodes_count++];
    *node = (struct node){.type = NUMBER, .number = first};
    if (first >= 0x80 && first < 0x90)
        *node = (struct node){.type = MAP, .number = 2 * (int64_t)(first & 15)};
    else if (first >= 0x90 && first < 0xa0)
        *node = (struct node){.type = LIST, .number = first & 15};
    else if (first >= 0xa0 && first < 0xc0)
        take_text(in, node, first & 31);
    else if (first == 0xd9)
        take_text(in, node, take(in, 1));
    else if (first >= 0xcc && first <= 0xd3)
        node->number = (int64_t)take(in, 1U << (first & 3));
    else if (first == 0xdc)
        *node = (struct node){.type = LIST, .number = (int64_t)take(in, 2)};
    else if (first == 0xca)
        *node = (struct node){.type = OTHER, .number = (int64_t)take(in, 4)};
    else if (first >= 0xe0)
        node->number = (int64_t)first - 0x100;
    else if (first >= 0xc0)
        node->type = OTHER;
    return node;
}

/* A value with all that it holds. */
static const struct node *take_tree(struct input *in)
{
    struct {
        const struct node **link; /* where the next one hangs */
        int64_t left;
    } levels[DEPTH_MAX];
    const struct node *root = NULL;
    unsigned depth = 1;

    levels[0].link = &root;
    levels[0].left = 1;
    while (depth > 0 && !in->bad) {
        if (levels[depth - 1].left == 0) {
            depth--;
            continue;
        }
        levels[depth - 1].left--;
        struct node *node = take_node(in);
        if (!node)
            return NULL;
        *levels[depth - 1].link = node;
        levels[depth - 1].link = &node->next;
        if (node->type != LIST && node->type != MAP)
            continue;
        if (depth == DEPTH_MAX)
            return NULL;
        levels[depth].link = &node->first;
        levels[depth].left = node->number;
        depth++;
    }
    return in->bad ? NULL : root;
}

static const struct node *maybe_under(const struct node *map, const char *key)
{
    const struct node *node = map && map->type == MAP ? map->first : NULL;

    while (node && node->next &&
           (node->type != TEXT || (size_t)node->number != strlen(key) ||
            memcmp(node->text, key, strlen(key)) != 0))
        node = node->next->next;
    return node ? node->next : NULL;
}

static const struct node *under(struct input *in, const struct node *map, const char *key)
{
    const struct node *node = maybe_under(map, key);

    in->bad = in->bad || !node;
    return node;
}

static int64_t number_under(struct input *in, const struct node *map, const char *key)
{
    const struct node *node = under(in, map, key);

    return node ? node->number : 0;
}

static int sizes_under(struct input *in, const struct node *map, const char *key, int64_t *sizes,
                       int most)
{
    const struct node *list = under(in, map, key);
    int count = 0;

    for (const struct node *i = list ? list->first : NULL; i && count < most; i = i->next)
        sizes[count++] = i->number;
    return count;
}

static void numbers_under(struct input *in, const struct node *map, const char *key, int *numbers,
                          int most)
{
    int64_t sizes[STUB_RANK];
    const int count = sizes_under(in, map, key, sizes, most);

    for (int i = 0; i < count; i++)
        numbers[i] = (int)sizes[i];
}

static void take_convolution(struct input *in, const struct node *value,
                             struct miopenProblem *problem)
{
    struct miopenConvolutionDescriptor *it = &problem->convolution;
    const struct node *operator= under(in, value, "operator"),
                      *tensors = under(in, value, "tensors");

    problem->direction = (int)number_under(in, value, "direction");
    it->spatial = (int)number_under(in, operator, "spatialDim");
    it->groups = (int)number_under(in, operator, "groupCount");
    it->mode = (unsigned)number_under(in, operator, "mode");
    numbers_under(in, operator, "pads", it->pad, 3);
    numbers_under(in, operator, "strides", it->stride, 3);
    numbers_under(in, operator, "dilations", it->dilation, 3);
    for (const struct node *pair = tensors ? tensors->first : NULL; pair; pair = pair->next) {
        const int64_t id = pair->first ? pair->first->number : 0;
        if (id < 1 || id > 3)
            continue;
        struct miopenTensorDescriptor *tensor = &problem->tensors[id - 1];
        tensor->type = tensor->cast = (unsigned)number_under(in, pair->first->next, "type");
        tensor->rank = sizes_under(in, pair->first->next, "lengths", tensor->lengths, STUB_RANK);
        sizes_under(in, pair->first->next, "strides", tensor->strides, STUB_RANK);
        problem->set[id - 1] = true;
    }
}

static bool solution_take(struct input *in, struct miopenSolution *solution)
{
    const struct node *whole = take_tree(in), *header = under(in, whole, "header");
    const struct node *name = under(in, whole, "solver"), *problem = under(in, whole, "problem");
    const bool bare = stub_is_before(3, 1);
    const struct node *value = bare ? problem : under(in, problem, "value");

    in->bad = in->bad || number_under(in, header, "validation") != INT64_C(0x123456789ABCDEF0) ||
              number_under(in, header, "version") != 1;
    solution->workspace_bytes = (size_t)number_under(in, whole, "workspace");
    const uint32_t bits = (uint32_t)number_under(in, whole, "time");
    memcpy(&solution->time, &bits, sizeof(bits));
    for (size_t i = 0; i < SOLVERS_COUNT && name; i++) {
        if (name->type == TEXT && (size_t)name->number == strlen(solvers[i].name) &&
            memcmp(name->text, solvers[i].name, (size_t)name->number) == 0)
            solution->id = solvers[i].id;
    }
    solution->problem.fused = !bare && number_under(in, problem, "problem_type") != 0;
    const struct node *primitive = maybe_under(value, "primitive");
    solution->problem.bias = !solution->problem.fused && primitive && primitive->number != 0;
    if (!solution->problem.fused && !solution->problem.bias)
        take_convolution(in, value, &solution->problem);
    return !in->bad && solution->id != 0;
}

miopenStatus_t miopenLoadSolution(miopenSolution_t *solution, const char *data, size_t size)
{
    static _Thread_local struct input in;
    struct miopenSolution content;

    STUB_ENTER(miopenLoadSolution, solution, data, size);
    if (!solution || !data)
        return miopenStatusBadParm;
    memset(&content, 0, sizeof(content));
    in = (struct input){.at = (const unsigned char *)data,
                        .end = (const unsigned char *)data + size};
    if (!solution_take(&in, &content))
        return miopenStatusInvalidValue;
    *solution = stub_solution_new(&content);
    return *solution ? miopenStatusSuccess : miopenStatusAllocFailed;
}
