/*
 * Saved solutions: those that MIOpen has written are understood and written again byte for byte;
 * whatever else is brought along does no harm.
 */
#include "cmocka_all.h"
#include "shim/message.h"
#include "shim/solution_blob.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct file {
    uint8_t *data;
    size_t size;
};

static struct file file_read(const char *name)
{
    char path[512];
    struct file file = {.data = malloc(4096)};

    snprintf(path, sizeof(path), SAVED_SOLUTIONS "/%s", name);
    FILE *stream = fopen(path, "rb");
    if (!stream || !file.data)
        fail_msg("%s: cannot be read", path);
    file.size = fread(file.data, 1, 4096, stream);
    fclose(stream);
    assert_in_range(file.size, 1, 4095);
    /* So that the address sanitizer sees the first byte past it. */
    file.data = realloc(file.data, file.size);
    assert_non_null(file.data);
    return file;
}

static int read_blob(const struct file *file, struct solution_blob *ret_blob)
{
    return solution_blob_read(file->data, file->size, ret_blob);
}

static void assert_tensor(const struct tensor *tensor, enum data_type type, unsigned rank,
                          const int64_t *lengths)
{
    int64_t stride = 1;

    assert_int_equal(tensor->type, type);
    assert_int_equal(tensor->rank, rank);
    for (unsigned i = rank; i-- > 0;) {
        assert_int_equal(tensor->lengths[i], lengths[i]);
        assert_int_equal(tensor->strides[i], stride);
        stride *= lengths[i];
    }
}

#define LENGTHS(...) ((const int64_t[]){__VA_ARGS__})

static void what_mio_open_wrote_is_understood(void **state)
{
    (void)state;
    struct solution_blob blob;
    struct file file = file_read("forward");
    assert_int_equal(read_blob(&file, &blob), 0);
    assert_int_equal(blob.kind, SOLUTION_CONVOLUTION);
    assert_string_equal(blob.solver, "GemmFwdRest");
    assert_int_equal(blob.workspace_bytes, 2688);
    assert_true(blob.time_ms > 0.0151F && blob.time_ms < 0.0152F);
    assert_int_equal(blob.problem.direction, DIRECTION_FORWARD);
    assert_false(blob.problem.transposed);
    assert_int_equal(blob.problem.spatial, 2);
    assert_int_equal(blob.problem.groups, 1);
    assert_memory_equal(blob.problem.pad, ((const int[]){1, 0}), 2 * sizeof(int));
    assert_memory_equal(blob.problem.stride, ((const int[]){1, 2}), 2 * sizeof(int));
    assert_memory_equal(blob.problem.dilation, ((const int[]){2, 1}), 2 * sizeof(int));
    assert_tensor(&blob.problem.x, TYPE_FP32, 4, LENGTHS(1, 4, 9, 8));
    assert_tensor(&blob.problem.w, TYPE_FP32, 4, LENGTHS(300, 4, 3, 2));
    assert_tensor(&blob.problem.y, TYPE_FP32, 4, LENGTHS(1, 300, 7, 4));
    free(file.data);

    /* As its caller described it: not swapped. */
    file = file_read("transposed");
    assert_int_equal(read_blob(&file, &blob), 0);
    assert_true(blob.problem.transposed);
    assert_int_equal(blob.problem.direction, DIRECTION_BACKWARD_DATA);
    assert_int_equal(blob.problem.groups, 2);
    assert_tensor(&blob.problem.x, TYPE_FP16, 4, LENGTHS(70000, 8, 4, 4));
    assert_tensor(&blob.problem.y, TYPE_FP16, 4, LENGTHS(70000, 6, 7, 7));
    free(file.data);

    file = file_read("three-dimensions");
    assert_int_equal(read_blob(&file, &blob), 0);
    assert_int_equal(blob.problem.spatial, 3);
    assert_int_equal(blob.problem.direction, DIRECTION_BACKWARD_WEIGHTS);
    assert_string_equal(blob.solver, "GemmWrwUniversal");
    assert_tensor(&blob.problem.w, TYPE_BF16, 5, LENGTHS(8, 4, 3, 3, 3));
    free(file.data);
}

static void what_mio_open_wrote_is_written_again(void **state)
{
    (void)state;
    static const char *const names[] = {"forward", "transposed", "three-dimensions"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct file file = file_read(names[i]);
        struct solution_blob blob;
        char data[SOLUTION_BLOB_MAX];
        size_t size = 0;
        assert_int_equal(read_blob(&file, &blob), 0);
        assert_int_equal(solution_blob_write(&blob, true, data, sizeof(data), &size), 0);
        assert_int_equal(size, file.size);
        assert_memory_equal(data, file.data, size);
        for (size_t less = 0; less < size; less += 7) {
            size_t unwritten = 4711;
            assert_int_equal(solution_blob_write(&blob, true, data, less, &unwritten), -ENOSPC);
            assert_int_equal(unwritten, 4711);
        }
        free(file.data);
    }
}

/* The largest numbers there are: SOLUTION_BLOB_MAX is enough for any. */
static void the_largest_fits(void **state)
{
    (void)state;
    struct solution_blob blob = {.kind = SOLUTION_CONVOLUTION, .workspace_bytes = INT64_MAX}, again;
    struct problem *p = &blob.problem;
    char data[SOLUTION_BLOB_MAX];
    size_t size;
    memset(p, 0x80, sizeof(*p));
    p->direction = DIRECTION_BACKWARD_WEIGHTS;
    p->transposed = true;
    p->spatial = 3;
    p->groups = INT32_MAX;
    p->x.rank = p->w.rank = p->y.rank = 5;
    p->x.type = p->w.type = p->y.type = TYPE_INT64;
    p->x.casts = p->w.casts = p->y.casts = false; /* which MIOpen does not save */
    memset(blob.solver, 'x', sizeof(blob.solver) - 1);
    assert_int_equal(solution_blob_write(&blob, true, data, sizeof(data), &size), 0);
    assert_int_equal(solution_blob_read(data, size, &again), 0);
    assert_true(problem_equal(&blob.problem, &again.problem));
    assert_string_equal(again.solver, blob.solver);
    p->w.rank = 4;
    assert_int_equal(solution_blob_write(&blob, true, data, sizeof(data), &size), -EINVAL);
}

static void gaps_are_not_packed(void **state)
{
    (void)state;
    struct file file = file_read("forward");
    struct solution_blob blob;
    char data[SOLUTION_BLOB_MAX];
    size_t size;
    static const char packed[] = "\xa6packed\xc3", not_packed[] = "\xa6packed\xc2";
    assert_int_equal(read_blob(&file, &blob), 0);
    assert_null(memmem(file.data, file.size, not_packed, sizeof(not_packed) - 1));
    blob.problem.x.strides[0] *= 2; /* one image: no gap */
    assert_int_equal(solution_blob_write(&blob, true, data, sizeof(data), &size), 0);
    assert_null(memmem(data, size, not_packed, sizeof(not_packed) - 1));
    blob.problem.x.strides[1] *= 2;
    assert_int_equal(solution_blob_write(&blob, true, data, sizeof(data), &size), 0);
    assert_non_null(memmem(data, size, not_packed, sizeof(not_packed) - 1));
    assert_non_null(memmem(data, size, packed, sizeof(packed) - 1));
    free(file.data);
}

static void each_kind_is_told_from_the_others(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum solution_kind kind;
    } files[] = {{"softmax", SOLUTION_OTHER},
                 {"fused", SOLUTION_FUSED},
                 {"bare", SOLUTION_CONVOLUTION},
                 {"binaries", SOLUTION_CONVOLUTION}};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct file file = file_read(files[i].name);
        struct solution_blob blob;
        assert_int_equal(read_blob(&file, &blob), 0);
        assert_int_equal(blob.kind, files[i].kind);
        if (blob.kind == SOLUTION_CONVOLUTION) {
            assert_int_equal(blob.problem.x.strides[0], 400000);
            assert_string_equal(blob.solver, "GemmFwdRest");
        }
        free(file.data);
    }
    /* Fused from what has none: the operation's number is behind its name. */
    struct file file = file_read("fused");
    struct solution_blob blob;
    uint8_t *at = memmem(file.data, file.size, "primitive", 9);
    assert_non_null(at);
    assert_int_equal(at[9], 0);
    at[9] = 1;
    assert_int_equal(read_blob(&file, &blob), 0);
    assert_int_equal(blob.kind, SOLUTION_OTHER);
    free(file.data);
}

/* Before MIOpen 3.1 there was no container. */
static void without_a_container(void **state)
{
    (void)state;
    struct file file = file_read("forward");
    struct solution_blob blob, again;
    char data[SOLUTION_BLOB_MAX];
    size_t size;
    assert_int_equal(read_blob(&file, &blob), 0);
    assert_int_equal(solution_blob_write(&blob, false, data, sizeof(data), &size), 0);
    assert_null(memmem(data, size, "problem_type", 12));
    assert_int_equal(solution_blob_read(data, size, &again), 0);
    assert_true(problem_equal(&blob.problem, &again.problem));
    free(file.data);
}

/* With one byte changed it is read or refused; cut short it is refused. */
static void damage_does_no_harm(void **state)
{
    (void)state;
    static const char *const names[] = {"forward", "softmax", "fused", "bare", "binaries"};
    static const uint8_t bytes[] = {0x00, 0x01, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                    0xa7, 0xbf, 0xc0, 0xc1, 0xc6, 0xca, 0xcf, 0xd3,
                                    0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xff};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct file file = file_read(names[i]);
        struct solution_blob blob;
        for (size_t size = 0; size < file.size; size++) {
            uint8_t *part = malloc(size + 1);
            assert_non_null(part);
            memcpy(part, file.data, size);
            assert_int_equal(solution_blob_read(part, size, &blob), -EBADMSG);
            free(part);
        }
        for (size_t at = 0; at < file.size; at++) {
            const uint8_t right = file.data[at];
            for (size_t wrong = 0; wrong < sizeof(bytes); wrong++) {
                file.data[at] = bytes[wrong];
                const int r = read_blob(&file, &blob);
                assert_true(r == 0 || r == -EBADMSG);
            }
            file.data[at] = right;
        }
        free(file.data);
    }
}

/* A field of the file under another number: refused. */
static void assert_refused(const char *name, const char *before, size_t skip, uint8_t byte)
{
    struct file file = file_read(name);
    struct solution_blob blob;
    uint8_t *at = memmem(file.data, file.size, before, strlen(before));

    assert_non_null(at);
    assert_int_equal(read_blob(&file, &blob), 0);
    at[strlen(before) + skip] = byte;
    assert_int_equal(read_blob(&file, &blob), -EBADMSG);
    free(file.data);
}

static void what_is_out_of_range_is_refused(void **state)
{
    (void)state;
    assert_refused("forward", "validation", 1, 0x13);
    assert_refused("forward", "version", 0, 2);
    assert_refused("forward", "problem_type", 0, 2);
    assert_refused("forward", "direction", 0, 3);
    assert_refused("forward", "direction", 0, 0xff);
    assert_refused("forward", "spatialDim", 0, 1);
    assert_refused("forward", "spatialDim", 0, 3);
    assert_refused("forward", "spatialDim", 0, 4);
    assert_refused("forward", "mode", 0, 2);
    assert_refused("forward", "groupCount", 0, 0);
    assert_refused("forward", "pads", 0, 0x91);
    assert_refused("forward", "workspace", 0, 0xff);
    assert_refused("forward", "lengths", 0, 0x84);
    assert_refused("forward", "tensors", 2, 2); /* the weights twice, x not at all */
    assert_refused("forward", "type", 0, 0xe0);
    assert_refused("forward", "solver", 6, 0);
}

/* Of two tensors under one number the first counts, of two values under one key the last. */
static void doubles_are_read_as_mio_open_reads_them(void **state)
{
    (void)state;
    uint8_t data[64];
    struct message_writer writer = {.data = data, .size = sizeof(data)};
    message_write_map(&writer, 3);
    message_write_text(&writer, "a");
    message_write_number(&writer, 1);
    message_write_text(&writer, "b");
    message_write_number(&writer, 2);
    message_write_text(&writer, "a");
    message_write_number(&writer, -40000);
    const struct message map = {data, data + writer.count};
    struct message value;
    int64_t number = 0;
    assert_int_equal(message_find(map, "a", &value), 0);
    assert_int_equal(message_read_integer(&value, &number), 0);
    assert_int_equal(number, -40000);
    assert_int_equal(message_find(map, "c", &value), -ENOENT);
    assert_int_equal(message_find(map, "", &value), -ENOENT);

    struct file file = file_read("forward");
    struct solution_blob blob;
    uint8_t *tensors = memmem(file.data, file.size, "tensors", 7);
    assert_non_null(tensors);
    /* x's number, now behind an array of four, of which the fourth is x again, with other lengths.
     */
    const uint8_t *first = tensors + 8, *second = memmem(first + 2, 99, "\x92\x02", 2);
    assert_non_null(second);
    const size_t length = (size_t)(second - first), head = (size_t)(first - file.data);
    uint8_t *more = malloc(file.size + length);
    assert_non_null(more);
    memcpy(more, file.data, head);
    memcpy(more + head, first, length);
    memcpy(more + head + length, first, file.size - head);
    more[head - 1] = 0x94;
    uint8_t *lengths = memmem(more + head + length, length, "lengths", 7);
    assert_non_null(lengths);
    lengths[9] = 77;
    assert_int_equal(solution_blob_read(more, file.size + length, &blob), 0);
    assert_int_equal(blob.problem.x.lengths[1], 4);
    free(more);
    free(file.data);
}

static void numbers_keep_their_value(void **state)
{
    (void)state;
    static const int64_t numbers[] = {
        0,         1,          127,       128,       255,    256,       65535,      65536,
        INT32_MAX, UINT32_MAX, -1,        -32,       -33,    -128,      -129,       -32768,
        -32769,    INT32_MIN,  INT64_MIN, INT64_MAX, -40000, 1LL << 40, 4294967296, -70000};
    static const size_t sizes[] = {1, 1, 1, 2, 2, 3, 3, 5, 5, 5, 1, 1,
                                   2, 2, 3, 3, 5, 5, 9, 9, 5, 9, 9, 5};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint8_t data[16];
        struct message_writer writer = {.data = data, .size = sizeof(data)};
        message_write_number(&writer, numbers[i]);
        assert_int_equal(writer.count, sizes[i]);
        struct message message = {data, data + writer.count};
        int64_t number = 4711;
        double real = 0;
        struct message copy = message;
        assert_int_equal(message_read_integer(&message, &number), 0);
        assert_int_equal(number, numbers[i]);
        assert_ptr_equal(message.at, message.end);
        assert_int_equal(message_read_number(&copy, &real), 0);
        assert_true(real == (double)numbers[i]);
    }
    /* Beyond what a signed number holds. */
    const uint8_t large[] = {0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0};
    struct message message = {large, large + sizeof(large)};
    int64_t number;
    assert_int_equal(message_read_integer(&message, &number), -EBADMSG);
    assert_ptr_equal(message.at, large);
}

/* A few bytes that promise a world, and a hundred thousand lists one in another. */
static void promises_are_not_believed(void **state)
{
    (void)state;
    static const uint8_t promises[][9] = {
        {0xdd, 0xff, 0xff, 0xff, 0xff},
        {0xdf, 0xff, 0xff, 0xff, 0xff},
        {0xdb, 0xff, 0xff, 0xff, 0xff},
        {0xc6, 0xff, 0xff, 0xff, 0xff},
        {0xc7, 1, 0, 0},
        {0xc1},
        {0xd4, 0, 0},
    };
    static uint8_t nested[100001];
    size_t count;
    for (size_t i = 0; i < sizeof(promises) / sizeof(promises[0]); i++) {
        struct message message = {promises[i], promises[i] + 5};
        struct message map = message;
        assert_int_equal(message_skip(&message), -EBADMSG);
        assert_ptr_equal(message.at, promises[i]);
        assert_int_equal(message_read_array(&message, &count), -EBADMSG);
        assert_int_equal(message_read_map(&message, &count), -EBADMSG);
        assert_int_equal(message_find(map, "key", &message), -EBADMSG);
    }
    memset(nested, 0x91, sizeof(nested));
    struct message message = {nested, nested + sizeof(nested)};
    assert_int_equal(message_skip(&message), -EBADMSG);
    nested[sizeof(nested) - 1] = 0xc0;
    assert_int_equal(message_skip(&message), 0);
    assert_ptr_equal(message.at, message.end);
}

static void text_must_fit(void **state)
{
    (void)state;
    uint8_t data[400];
    char text[33], long_text[301];
    for (size_t length = 0; length <= 300; length += length < 40 ? 1 : 13) {
        struct message_writer writer = {.data = data, .size = sizeof(data)};
        memset(long_text, 'a', length);
        long_text[length] = '\0';
        message_write_text(&writer, long_text);
        struct message message = {data, data + writer.count};
        const int r = message_read_text(&message, text, sizeof(text));
        assert_int_equal(r, length < sizeof(text) ? 0 : -EBADMSG);
        if (r == 0)
            assert_string_equal(text, long_text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_mio_open_wrote_is_understood),
        cmocka_unit_test(what_mio_open_wrote_is_written_again),
        cmocka_unit_test(the_largest_fits),
        cmocka_unit_test(gaps_are_not_packed),
        cmocka_unit_test(each_kind_is_told_from_the_others),
        cmocka_unit_test(without_a_container),
        cmocka_unit_test(damage_does_no_harm),
        cmocka_unit_test(what_is_out_of_range_is_refused),
        cmocka_unit_test(doubles_are_read_as_mio_open_reads_them),
        cmocka_unit_test(numbers_keep_their_value),
        cmocka_unit_test(promises_are_not_believed),
        cmocka_unit_test(text_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
