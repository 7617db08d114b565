#include "shim/trace.h"

#include "shim/lock.h"
#include "shim/trace_line.h"
#include "shim/trace_record.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* More functions and reasons than there are. */
#define NOTES_MAX 64

_Atomic(bool) trace_running;

static struct {
    const char *function, *reason;
} notes[NOTES_MAX];
static unsigned notes_count;

/* A child says by itself what happens to it; nobody else runs in it yet. */
static void child_begin(void)
{
    notes_count = 0;
    trace_records_restart();
}

/*
 * The counters as they are in the end. Other threads may still run, and one that a signal's handler
 * ended in the middle of a line would be waited for in vain, so that there is an end to it.
 */
static void process_end(void)
{
    if (!lock_try_file(100))
        return;
    trace_records_save();
    lock_release_file();
}

bool trace_begin(const char *path)
{
    if (trace_file_begin(path) < 0 || pthread_atfork(NULL, NULL, child_begin) != 0 ||
        atexit(process_end) != 0)
        return false;
    atomic_store_explicit(&trace_running, true, memory_order_relaxed);
    return true;
}

/* With the lock held. */
static bool note_is_new(const char *function, const char *reason)
{
    for (unsigned i = 0; i < notes_count; i++)
        if (strcmp(notes[i].function, function) == 0 && strcmp(notes[i].reason, reason) == 0)
            return false;
    if (notes_count == NOTES_MAX)
        return false;
    notes[notes_count].function = function;
    notes[notes_count].reason = reason;
    notes_count++;
    return true;
}

void trace_note(const char *what, const char *function, const char *reason)
{
    const int saved_errno = errno;
    struct json line = {.bytes = NULL};
    struct trace_place place = {.written = false};

    lock_take_file();
    const bool is_new = note_is_new(function, reason);
    lock_release_file();
    if (is_new) {
        trace_line_begin(&line);
        json_add(&line, ",");
        json_add_string(&line, what);
        json_add(&line, ":");
        json_add_string(&line, function);
        json_add(&line, ",\"reason\":");
        json_add_string(&line, reason);
        if (!line.incomplete) {
            lock_take_file();
            (void)trace_file_append((const struct iovec[]){{line.bytes, line.length}}, 1, "}\n", 2,
                                    &place);
            lock_release_file();
        }
        json_free(&line);
    }
    errno = saved_errno;
}
