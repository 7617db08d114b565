/* rocm-rdna1: the table of commands, and which one was asked for. */
#include "cli/options.h"
#include "cli/output.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_status, &command_env, &command_run, &command_trace, &command_scan,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int complain_unknown(const char *word)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i]->name;
    const char *meant = suggestion_for(word, names, COMMANDS);
    if (meant)
        complain("unknown command %s; did you mean %s?", word, meant);
    else
        complain("unknown command %s; see " PROGRAM " --help", word);
    return STATUS_USAGE;
}

static int command_main(const struct command *command, int argc, char **argv)
{
    struct arguments arguments;
    const int r = options_parse(command, argc, argv, &arguments);
    if (r != 0)
        return r < 0 ? command->usage_status : STATUS_OK;
    struct settings settings;
    settings_read(&settings);
    if (settings.problem[0])
        complain("%s; taken as not set", settings.problem);
    return command->run(&arguments, &settings);
}

static int program_main(int argc, char **argv)
{
    if (argc < 2) {
        complain("which command? see " PROGRAM " --help");
        return STATUS_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        program_help_print(commands, COMMANDS);
    else if (strcmp(word, "--version") == 0)
        puts(PROGRAM " " VERSION);
    else if (strcmp(word, "--list-commands") == 0)
        commands_list(commands, COMMANDS);
    else {
        for (size_t i = 0; i < COMMANDS; i++)
            if (strcmp(word, commands[i]->name) == 0)
                return command_main(commands[i], argc - 1, argv + 1);
        return complain_unknown(word);
    }
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    const int status = program_main(argc, argv);
    if (!output_close() && status == STATUS_OK)
        return STATUS_FAILED;
    return status;
}
