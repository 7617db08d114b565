/* Processes that are traced, and the lines that they leave. */
#pragma once

#include <jansson.h>
#include <sys/types.h>

extern char trace_directory[]; /* of its own for each run of a test */
extern char trace_path[64];    /* the file, in it */

void traces_begin(void);
void traces_end(void);

/* Removes the file: a setup of cmocka's. */
int traces_clear(void **state);

/* Starts this executable in a role, with a file to trace to, and "NAME=VALUE" or NULL. */
pid_t process_start(const char *role, const char *argument, const char *program, const char *trace,
                    const char *variable);

/* Waits. The status; the test fails where the process said anything. */
int process_finish(pid_t pid);

/* Both. */
int process_play(const char *role, const char *argument, const char *trace, const char *variable);

/* The same, tracing to trace_path; the test fails where the process does. */
void process_succeeds(const char *role, const char *argument, const char *variable);

/* All lines of the file, each an object; the test fails where one is not whole. */
json_t *lines_read(void);

/* What stands in them; the test fails where it does not. */
json_t *line_at(json_t *lines, size_t i);
json_int_t line_number(json_t *line, const char *key);
const char *line_text(json_t *line, const char *key);
json_int_t line_runs(json_t *line, size_t i); /* of its solver i; 0 where there is none */
