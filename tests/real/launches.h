/* What a process launched on the simulated card, from its log (SIM_LOG). */
#pragma once

#include <jansson.h>
#include <stdint.h>

/* The log's length now, to read from later; 0 where there is no log yet. */
int64_t launches_mark(const char *log);

/*
 * The names of the kernels and matrix products launched on a device since the mark: a JSON array of
 * strings in the order of their first launch, each once. NULL where `log` is NULL or unreadable.
 * -1 takes every device.
 */
json_t *launches_since(const char *log, int64_t mark, int device);

/* The last modelled fault since the mark, as its JSON object; NULL where there is none. */
json_t *launches_fault(const char *log, int64_t mark);

/* How many events of a kind the log has: "mistake" (of the program, in its use of memory), "leak",
 * "compile". */
int launches_count(const char *log, const char *event);
