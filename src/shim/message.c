#include "shim/message.h"

#include <errno.h>
#include <string.h>

/* First bytes of values; the first six hold a length or a number as well. */
enum {
    FIRST_POSITIVE = 0x00,
    FIRST_MAP = 0x80,
    FIRST_ARRAY = 0x90,
    FIRST_TEXT = 0xa0,
    FIRST_NIL = 0xc0,
    FIRST_UNUSED = 0xc1,
    FIRST_FALSE = 0xc2,
    FIRST_TRUE = 0xc3,
    FIRST_BINARY8 = 0xc4,
    FIRST_BINARY32 = 0xc6,
    FIRST_EXTENSION8 = 0xc7,
    FIRST_EXTENSION32 = 0xc9,
    FIRST_FLOAT32 = 0xca,
    FIRST_FLOAT64 = 0xcb,
    FIRST_UNSIGNED8 = 0xcc,
    FIRST_UNSIGNED64 = 0xcf,
    FIRST_SIGNED8 = 0xd0,
    FIRST_SIGNED64 = 0xd3,
    FIRST_FIXED_EXTENSION1 = 0xd4,
    FIRST_FIXED_EXTENSION16 = 0xd8,
    FIRST_TEXT8 = 0xd9,
    FIRST_TEXT32 = 0xdb,
    FIRST_ARRAY16 = 0xdc,
    FIRST_ARRAY32 = 0xdd,
    FIRST_MAP16 = 0xde,
    FIRST_MAP32 = 0xdf,
    FIRST_NEGATIVE = 0xe0,
};

/* --- Writing --------------------------------------------------------------------------------- */

static void write_bytes(struct message_writer *writer, const void *bytes, size_t count)
{
    if (writer->count <= writer->size && count <= writer->size - writer->count)
        memcpy(writer->data + writer->count, bytes, count);
    writer->count += count;
}

/* A first byte and the lowest `count` bytes of a number, the highest of them first. */
static void write_head(struct message_writer *writer, unsigned first, uint64_t number,
                       unsigned count)
{
    uint8_t bytes[9] = {(uint8_t)first};

    for (unsigned i = 0; i < count; i++)
        bytes[1 + i] = (uint8_t)(number >> (8 * (count - 1 - i)));
    write_bytes(writer, bytes, 1 + count);
}

void message_write_map(struct message_writer *writer, unsigned pairs)
{
    if (pairs < 16)
        write_head(writer, FIRST_MAP + pairs, 0, 0);
    else
        write_head(writer, FIRST_MAP32, pairs, 4);
}

void message_write_array(struct message_writer *writer, unsigned count)
{
    if (count < 16)
        write_head(writer, FIRST_ARRAY + count, 0, 0);
    else
        write_head(writer, FIRST_ARRAY32, count, 4);
}

void message_write_text(struct message_writer *writer, const char *text)
{
    const size_t length = strlen(text);

    if (length < 32)
        write_head(writer, FIRST_TEXT + (unsigned)length, 0, 0);
    else if (length <= UINT8_MAX)
        write_head(writer, FIRST_TEXT8, length, 1);
    else
        write_head(writer, FIRST_TEXT32, length, 4);
    write_bytes(writer, text, length);
}

void message_write_unsigned(struct message_writer *writer, uint64_t value)
{
    if (value < FIRST_MAP)
        write_head(writer, FIRST_POSITIVE + (unsigned)value, 0, 0);
    else if (value <= UINT8_MAX)
        write_head(writer, FIRST_UNSIGNED8, value, 1);
    else if (value <= UINT16_MAX)
        write_head(writer, FIRST_UNSIGNED8 + 1, value, 2);
    else if (value <= UINT32_MAX)
        write_head(writer, FIRST_UNSIGNED8 + 2, value, 4);
    else
        write_head(writer, FIRST_UNSIGNED64, value, 8);
}

void message_write_number(struct message_writer *writer, int64_t value)
{
    if (value >= 0)
        message_write_unsigned(writer, (uint64_t)value);
    else if (value >= -32)
        write_head(writer, (uint8_t)value, 0, 0);
    else if (value >= INT8_MIN)
        write_head(writer, FIRST_SIGNED8, (uint64_t)value, 1);
    else if (value >= INT16_MIN)
        write_head(writer, FIRST_SIGNED8 + 1, (uint64_t)value, 2);
    else if (value >= INT32_MIN)
        write_head(writer, FIRST_SIGNED8 + 2, (uint64_t)value, 4);
    else
        write_head(writer, FIRST_SIGNED64, (uint64_t)value, 8);
}

void message_write_float(struct message_writer *writer, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    write_head(writer, FIRST_FLOAT32, bits, sizeof(bits));
}

void message_write_bool(struct message_writer *writer, bool value)
{
    write_head(writer, value ? FIRST_TRUE : FIRST_FALSE, 0, 0);
}

/* --- Reading --------------------------------------------------------------------------------- */

enum kind {
    KIND_UNSIGNED,
    KIND_SIGNED,
    KIND_FLOAT,
    KIND_DOUBLE,
    KIND_TEXT,
    KIND_BYTES,
    KIND_ARRAY,
    KIND_MAP,
    KIND_WORD /* nil, false, true */
};

/* What starts at a place. Text and bytes are left to be read, and so is what a container holds. */
struct token {
    enum kind kind;
    uint64_t number; /* the value's bits, or how many bytes, values or pairs follow */
};

static size_t left(const struct message *message)
{
    return (size_t)(message->end - message->at);
}

static int read_number(struct message *message, unsigned count, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (left(message) < count)
        return -EBADMSG;
    for (unsigned i = 0; i < count; i++)
        number = number << 8 | *message->at++;
    *ret_number = number;
    return 0;
}

/* The kind of what has more than one byte of head, and how many more bytes. */
static bool kind_of(unsigned first, enum kind *ret_kind, unsigned *ret_count)
{
    static const struct {
        uint8_t first, last;
        enum kind kind;
        uint8_t count; /* of the first; doubled for each that follows */
    } table[] = {
        {FIRST_BINARY8, FIRST_BINARY32, KIND_BYTES, 1},
        {FIRST_FLOAT32, FIRST_FLOAT32, KIND_FLOAT, 4},
        {FIRST_FLOAT64, FIRST_FLOAT64, KIND_DOUBLE, 8},
        {FIRST_UNSIGNED8, FIRST_UNSIGNED64, KIND_UNSIGNED, 1},
        {FIRST_SIGNED8, FIRST_SIGNED64, KIND_SIGNED, 1},
        {FIRST_TEXT8, FIRST_TEXT32, KIND_TEXT, 1},
        {FIRST_ARRAY16, FIRST_ARRAY32, KIND_ARRAY, 2},
        {FIRST_MAP16, FIRST_MAP32, KIND_MAP, 2},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        if (first < table[i].first || first > table[i].last)
            continue;
        *ret_kind = table[i].kind;
        *ret_count = (unsigned)table[i].count << (first - table[i].first);
        return true;
    }
    return false;
}

static int64_t sign_extended(uint64_t number, unsigned bytes)
{
    const unsigned shift = 64 - 8 * bytes;

    return (int64_t)(number << shift) >> shift;
}

/* Extensions are not understood: no solution has one. */
static int read_token(struct message *message, struct token *ret_token)
{
    struct token token;
    unsigned count;

    if (left(message) == 0)
        return -EBADMSG;
    const unsigned first = *message->at++;
    if (first >= FIRST_NEGATIVE) {
        token = (struct token){KIND_SIGNED, (uint64_t)sign_extended(first, 1)};
    } else if (first < FIRST_MAP) {
        token = (struct token){KIND_UNSIGNED, first};
    } else if (first < FIRST_ARRAY) {
        token = (struct token){KIND_MAP, first - FIRST_MAP};
    } else if (first < FIRST_TEXT) {
        token = (struct token){KIND_ARRAY, first - FIRST_ARRAY};
    } else if (first < FIRST_NIL) {
        token = (struct token){KIND_TEXT, first - FIRST_TEXT};
    } else if (first == FIRST_NIL || first == FIRST_FALSE || first == FIRST_TRUE) {
        token = (struct token){KIND_WORD, first};
    } else {
        if (!kind_of(first, &token.kind, &count) || read_number(message, count, &token.number) < 0)
            return -EBADMSG;
        if (token.kind == KIND_SIGNED)
            token.number = (uint64_t)sign_extended(token.number, count);
    }
    if ((token.kind == KIND_TEXT || token.kind == KIND_BYTES) && token.number > left(message))
        return -EBADMSG;
    *ret_token = token;
    return 0;
}

/* As many values need as many bytes at least: what cannot be there is not counted up to. */
static int read_container(struct message *message, enum kind kind, size_t *ret_count)
{
    struct message copy = *message;
    struct token token;

    if (read_token(&copy, &token) < 0 || token.kind != kind || token.number > left(&copy))
        return -EBADMSG;
    *message = copy;
    *ret_count = (size_t)token.number;
    return 0;
}

int message_read_map(struct message *message, size_t *ret_pairs)
{
    return read_container(message, KIND_MAP, ret_pairs);
}

int message_read_array(struct message *message, size_t *ret_count)
{
    return read_container(message, KIND_ARRAY, ret_count);
}

int message_read_integer(struct message *message, int64_t *ret_value)
{
    struct message copy = *message;
    struct token token;

    if (read_token(&copy, &token) < 0)
        return -EBADMSG;
    if (token.kind != KIND_SIGNED && (token.kind != KIND_UNSIGNED || token.number > INT64_MAX))
        return -EBADMSG;
    *message = copy;
    *ret_value = (int64_t)token.number;
    return 0;
}

int message_read_number(struct message *message, double *ret_value)
{
    struct message copy = *message;
    struct token token;
    double value;
    float narrow;

    if (read_token(&copy, &token) < 0)
        return -EBADMSG;
    if (token.kind == KIND_UNSIGNED) {
        value = (double)token.number;
    } else if (token.kind == KIND_SIGNED) {
        value = (double)(int64_t)token.number;
    } else if (token.kind == KIND_DOUBLE) {
        memcpy(&value, &token.number, sizeof(value));
    } else if (token.kind == KIND_FLOAT) {
        const uint32_t bits = (uint32_t)token.number;
        memcpy(&narrow, &bits, sizeof(narrow));
        value = (double)narrow;
    } else {
        return -EBADMSG;
    }
    *message = copy;
    *ret_value = value;
    return 0;
}

int message_read_text(struct message *message, char *ret_text, size_t size)
{
    struct message copy = *message;
    struct token token;

    if (read_token(&copy, &token) < 0 || token.kind != KIND_TEXT || token.number >= size ||
        memchr(copy.at, '\0', (size_t)token.number))
        return -EBADMSG;
    memcpy(ret_text, copy.at, (size_t)token.number);
    ret_text[token.number] = '\0';
    copy.at += token.number;
    *message = copy;
    return 0;
}

int message_skip(struct message *message)
{
    struct message copy = *message;
    uint64_t values = 1;

    while (values > 0) {
        struct token token;

        if (values > left(&copy) || read_token(&copy, &token) < 0)
            return -EBADMSG;
        values--;
        if (token.kind == KIND_TEXT || token.kind == KIND_BYTES)
            copy.at += token.number;
        else if (token.kind == KIND_ARRAY)
            values += token.number;
        else if (token.kind == KIND_MAP)
            values += 2 * token.number;
    }
    *message = copy;
    return 0;
}

int message_find(struct message map, const char *key, struct message *ret_value)
{
    const size_t length = strlen(key);
    struct message found = {NULL, NULL};
    size_t pairs;

    if (message_read_map(&map, &pairs) < 0)
        return -EBADMSG;
    for (size_t i = 0; i < pairs; i++) {
        struct message name = map;
        struct token token;

        if (read_token(&name, &token) < 0 || message_skip(&map) < 0)
            return -EBADMSG;
        if (token.kind == KIND_TEXT && token.number == length && memcmp(name.at, key, length) == 0)
            found = map;
        if (message_skip(&map) < 0)
            return -EBADMSG;
    }
    if (!found.at)
        return -ENOENT;
    *ret_value = found;
    return 0;
}
