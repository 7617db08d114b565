/* What a command of rocm-rdna1 is; main.c has the table of them. */
#pragma once

#include "base/settings.h"

#define OPTIONS_MAX 8

/* Exit statuses. `run` hands on the status of the program, so that its own begin at 125. */
enum {
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
    STATUS_RUN_FAILED = 125,
    STATUS_NOT_EXECUTABLE = 126,
    STATUS_NOT_FOUND = 127,
};

struct option_row {
    const char *name;     /* "json", given as --json; NULL after the last row */
    const char *argument; /* NULL for none, "DIR" for any text, "sh|json" for one of these */
    const char *help;
};

/* What was given on the command line after the command's name. */
struct arguments {
    const char *values[OPTIONS_MAX]; /* by row of the command's options; NULL where not given */
    char **rest;                     /* what is no option, NULL-terminated */
    int rest_count;
};

struct command {
    const char *name;
    const char *summary; /* one line, for the list of commands */
    const char *rest;    /* what follows the options in the usage line; "" for nothing */
    const char *details; /* a paragraph for the command's --help */
    const struct option_row *options; /* ended by a row without a name */
    int usage_status;                 /* exit status where the command line is wrong */
    int (*run)(const struct arguments *arguments, const struct settings *settings);
};

extern const struct command command_status;
extern const struct command command_env;
extern const struct command command_run;
extern const struct command command_trace;
extern const struct command command_scan;
