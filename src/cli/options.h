/* Command lines: parsed, explained and listed from the tables of commands and options. */
#pragma once

#include "cli/command.h"

#include <stdbool.h>
#include <stddef.h>

#define PROGRAM "rocm-rdna1"

/*
 * Parses what follows a command's name; argv[0] is the name. A command that takes a rest stops at
 * the first word that is no option, since those that follow are another program's.
 * 0; 1 where --help was asked for and printed; -EINVAL after a message on stderr.
 */
int options_parse(const struct command *command, int argc, char **argv,
                  struct arguments *ret_arguments);

/* The place of `text` in "a|b|c", or -1. */
int alternative_index(const char *choices, const char *text);

/* Writes --help of one command, or of the program, to stdout. */
void help_print(const struct command *command);
void program_help_print(const struct command *const *commands, size_t count);

/*
 * Writes all commands and options to stdout for the shells' completions, a line each, fields
 * separated by tabs: "command NAME SUMMARY" and "option COMMAND --NAME ARGUMENT HELP", with an
 * empty COMMAND for the program's own options.
 */
void commands_list(const struct command *const *commands, size_t count);

/* The one of `names` that `text` most likely was meant to be, or NULL. */
const char *suggestion_for(const char *text, const char *const *names, size_t count);
