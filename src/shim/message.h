/*
 * MessagePack, as much of it as saved solutions need: values are written and read one after the
 * other in memory that is never left. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- Writing --------------------------------------------------------------------------------- */

struct message_writer {
    uint8_t *data;
    size_t size;  /* bytes there are */
    size_t count; /* bytes written; more than `size` where they did not fit */
};

void message_write_map(struct message_writer *writer, unsigned pairs);
void message_write_array(struct message_writer *writer, unsigned count);
void message_write_text(struct message_writer *writer, const char *text);
void message_write_number(struct message_writer *writer, int64_t value); /* in the fewest bytes */
void message_write_unsigned(struct message_writer *writer, uint64_t value);
void message_write_float(struct message_writer *writer, float value);
void message_write_bool(struct message_writer *writer, bool value);

/* --- Reading --------------------------------------------------------------------------------- */

/* A place in a message: at a value, or at its end. */
struct message {
    const uint8_t *at, *end;
};

/* All of these move on behind what they read. 0; -EBADMSG where that is not what stands there. */
int message_read_map(struct message *message, size_t *ret_pairs);
int message_read_array(struct message *message, size_t *ret_count);
int message_read_integer(struct message *message, int64_t *ret_value);
int message_read_number(struct message *message, double *ret_value);

/* Text without a NUL in it, into a buffer of `size` bytes that it must fit in, with a NUL. */
int message_read_text(struct message *message, char *ret_text, size_t size);

/* Passes over a value, whatever it is and holds. */
int message_skip(struct message *message);

/*
 * The value under a key of the map that `map` is at; the last one where there are several, as
 * readers that fill a table have it. `map` itself does not move. -ENOENT where there is none,
 * -EBADMSG where that is no map.
 */
int message_find(struct message map, const char *key, struct message *ret_value);
