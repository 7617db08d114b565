#include "cli/options.h"

#include "cli/output.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The program's own options, and the one that every command has. */
static const struct option_row program_options[] = {
    {"help", NULL, "show this help and exit"},
    {"version", NULL, "show the version and exit"},
    {NULL, NULL, NULL},
};
static const struct option_row help_option = {"help", NULL, "show this help and exit"};

static size_t options_count(const struct option_row *options)
{
    size_t count = 0;
    while (options[count].name)
        count++;
    return count;
}

int alternative_index(const char *choices, const char *text)
{
    const size_t length = strlen(text);
    for (int i = 0;; i++) {
        const size_t choice = strcspn(choices, "|");
        if (choice == length && memcmp(choices, text, length) == 0)
            return i;
        if (choices[choice] == '\0')
            return -1;
        choices += choice + 1;
    }
}

/* Single-character edits that make one of the other; at most `limit` + 1 is told. */
static size_t edit_distance(const char *a, const char *b, size_t limit)
{
    size_t row[32];
    const size_t width = strlen(b);
    if (width >= sizeof(row) / sizeof(row[0]) || strlen(a) > width + limit)
        return limit + 1;
    for (size_t i = 0; i <= width; i++)
        row[i] = i;
    for (; *a; a++) {
        size_t diagonal = row[0]++;
        for (size_t i = 1; i <= width; i++) {
            size_t best = diagonal + (*a != b[i - 1]);
            if (row[i] + 1 < best)
                best = row[i] + 1;
            if (row[i - 1] + 1 < best)
                best = row[i - 1] + 1;
            diagonal = row[i];
            row[i] = best;
        }
    }
    return row[width];
}

const char *suggestion_for(const char *text, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t best_distance = strlen(text) > 3 ? 3 : 2; /* must be nearer than this */
    for (size_t i = 0; i < count; i++) {
        const size_t distance = edit_distance(text, names[i], best_distance);
        if (distance < best_distance) {
            best = names[i];
            best_distance = distance;
        }
    }
    return best;
}

static void complain_unknown_option(const struct command *command, const char *word)
{
    const char *names[OPTIONS_MAX + 1];
    size_t count = 0;
    for (const struct option_row *row = command->options; row->name; row++)
        names[count++] = row->name;
    names[count++] = help_option.name;

    char name[32] = "";
    if (strncmp(word, "--", 2) == 0)
        snprintf(name, sizeof(name), "%.*s", (int)strcspn(word + 2, "="), word + 2);
    const char *meant = suggestion_for(name, names, count);
    if (meant)
        complain("%s: unknown option %s; did you mean --%s?", command->name, word, meant);
    else
        complain("%s: unknown option %s; see " PROGRAM " %s --help", command->name, word,
                 command->name);
}

int options_parse(const struct command *command, int argc, char **argv,
                  struct arguments *ret_arguments)
{
    enum { OPTION_HELP = OPTIONS_MAX };
    const size_t count = options_count(command->options);
    struct option long_options[OPTIONS_MAX + 2] = {0};
    for (size_t i = 0; i < count; i++)
        long_options[i] = (struct option){
            .name = command->options[i].name,
            .has_arg = command->options[i].argument ? required_argument : no_argument,
            .val = (int)i,
        };
    long_options[count] = (struct option){.name = "help", .val = OPTION_HELP};

    struct arguments arguments = {0};
    const bool takes_rest = command->rest[0] != '\0';
    /* Another program's words may look like options, and are none of ours. */
    const bool takes_program = strncmp(command->rest, "--", 2) == 0;
    optind = 0;
    for (;;) {
        /* Where the word stands that getopt_long() looks at next, for messages. */
        const int at = optind ? optind : 1;
        const int found = getopt_long(argc, argv, takes_program ? "+:h" : ":h", long_options, NULL);
        if (found == -1)
            break;
        if (found == 'h' || found == OPTION_HELP) {
            help_print(command);
            return 1;
        }
        const char *word = argv[optind > 1 ? optind - 1 : at];
        if (found == ':') {
            complain("%s: %s needs a value; see " PROGRAM " %s --help", command->name, word,
                     command->name);
            return -EINVAL;
        }
        if (found == '?') {
            complain_unknown_option(command, word);
            return -EINVAL;
        }
        const struct option_row *row = &command->options[found];
        const char *value = row->argument ? optarg : "";
        if (row->argument && strchr(row->argument, '|') &&
            alternative_index(row->argument, value) < 0) {
            complain("%s: --%s %s: expected one of %s", command->name, row->name, value,
                     row->argument);
            return -EINVAL;
        }
        arguments.values[found] = value;
    }
    arguments.rest = argv + optind;
    arguments.rest_count = argc - optind;
    if (!takes_rest && arguments.rest_count > 0) {
        complain("%s: unexpected argument %s; see " PROGRAM " %s --help", command->name,
                 arguments.rest[0], command->name);
        return -EINVAL;
    }
    *ret_arguments = arguments;
    return 0;
}

static void option_print(const struct option_row *row)
{
    char text[64];
    snprintf(text, sizeof(text), "--%s%s%s", row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
    printf("  %-30s %s\n", text, row->help);
}

void help_print(const struct command *command)
{
    printf("Usage: " PROGRAM " %s", command->name);
    for (const struct option_row *row = command->options; row->name; row++)
        printf(" [--%s%s%s]", row->name, row->argument ? " " : "",
               row->argument ? row->argument : "");
    if (command->rest[0])
        printf(" %s", command->rest);
    printf("\n\n%s\n\nOptions:\n", command->details);
    for (const struct option_row *row = command->options; row->name; row++)
        option_print(row);
    option_print(&help_option);
}

void program_help_print(const struct command *const *commands, size_t count)
{
    printf("Usage: " PROGRAM " COMMAND [OPTION...]\n\n"
           "Makes MIOpen use GEMM for convolutions on RDNA1 cards, which ROCm does not support.\n\n"
           "Commands:\n");
    for (size_t i = 0; i < count; i++)
        printf("  %-30s %s\n", commands[i]->name, commands[i]->summary);
    printf("\nOptions:\n");
    for (const struct option_row *row = program_options; row->name; row++)
        option_print(row);
    printf("\n" PROGRAM " COMMAND --help tells more of one command; see also " PROGRAM "(1).\n");
}

static void option_list(const char *command, const struct option_row *row)
{
    printf("option\t%s\t--%s\t%s\t%s\n", command, row->name, row->argument ? row->argument : "",
           row->help);
}

void commands_list(const struct command *const *commands, size_t count)
{
    for (const struct option_row *row = program_options; row->name; row++)
        option_list("", row);
    for (size_t i = 0; i < count; i++) {
        printf("command\t%s\t%s\n", commands[i]->name, commands[i]->summary);
        for (const struct option_row *row = commands[i]->options; row->name; row++)
            option_list(commands[i]->name, row);
        option_list(commands[i]->name, &help_option);
    }
}
