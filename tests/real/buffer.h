/* Device memory with guard bytes on both sides, and a poison that no result can equal. */
#pragma once

#include "miopen_c.h"

#include <stdbool.h>

struct buffer {
    void *block; /* what hipMalloc gave */
    void *data;  /* behind the front guard; NULL for 0 bytes, as frameworks pass it */
    size_t bytes;
};

/* 0, or -ENOMEM. */
int buffer_allocate(size_t bytes, struct buffer *ret_buffer);

void buffer_free(struct buffer *buffer);

/*
 * Fills it with a pattern that is not a number in the floating types and a huge one in the integer
 * types, so that an element that nobody wrote, and a sum that started from rubbish, show.
 */
void buffer_poison(const struct buffer *buffer, bool floating);

/* To and from the host, the whole of it; 0 or -EIO. */
int buffer_write(const struct buffer *buffer, const void *host);
int buffer_read(const struct buffer *buffer, void *host);

/* Puts the guards back, after a run that may have written them. 0 or -EIO. */
int buffer_guard(const struct buffer *buffer);

/* Whether the guards are as they were. */
bool buffer_guards_intact(const struct buffer *buffer);
