/* rocm-rdna1 env: the variables that this machine's GPUs want, for a shell or as JSON. */
#include "cli/json.h"
#include "cli/machine_open.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/profile.h"
#include "cli/quote.h"

enum { OPTION_FORMAT, OPTION_PROFILE, OPTION_EXPLAIN, OPTION_SYSROOT };

#define FORMATS "sh|json"
enum { FORMAT_SH, FORMAT_JSON };

static const struct option_row options[] = {
    [OPTION_FORMAT] = {"format", FORMATS, "sh (default): lines for eval; json: one object"},
    [OPTION_PROFILE] = PROFILE_OPTION,
    [OPTION_EXPLAIN] = {"explain", NULL, "say why, in comments"},
    [OPTION_SYSROOT] = {"sysroot", "DIR", "read the machine below DIR instead of /"},
    {NULL, NULL, NULL},
};

/* A comment line of a shell; text_print() leaves no newline in it that would end it early. */
static void comment_print(const char *subject, const char *text)
{
    fputs("# ", stdout);
    if (subject) {
        text_print(stdout, subject);
        fputs(": ", stdout);
    }
    text_print(stdout, text);
    putchar('\n');
}

static void sh_print(const struct environment *environment, bool explain)
{
    if (explain)
        comment_print(environment->applies ? NULL : "nothing to set", environment->why);
    for (size_t i = 0; environment->applies && i < environment->count; i++) {
        const struct variable *variable = &environment->variables[i];
        if (explain)
            comment_print(variable->name,
                          variable->kept ? "kept as it is set already" : variable->why);
        if (variable->kept || !quote_is_name(variable->name))
            continue;
        printf("export %s=", variable->name);
        quote_sh(stdout, variable->value);
        putchar('\n');
    }
}

static int run(const struct arguments *arguments, const struct settings *settings)
{
    const char *format_name = arguments->values[OPTION_FORMAT];
    const int format = format_name ? alternative_index(FORMATS, format_name) : FORMAT_SH;
    const char *profile_name = arguments->values[OPTION_PROFILE];

    struct machine machine;
    const int r = machine_open(arguments->values[OPTION_SYSROOT], settings, &machine);
    if (r < 0)
        return format == FORMAT_JSON ? json_print_error(r) : STATUS_FAILED;
    struct environment environment;
    environment_for(&machine.rules, &machine.gpus,
                    settings->off ? PROFILE_OFF : profile_chosen(profile_name), process_environment,
                    NULL, &environment);
    machine_free(&machine);
    if (settings->off)
        snprintf(environment.why, sizeof(environment.why), "ROCM_RDNA1=off is set");

    if (format == FORMAT_JSON)
        return json_print(json_pack("{s:i, s:s, s:o}", "schema", 1, "profile",
                                    profile_name ? profile_name : "gemm", "environment",
                                    json_environment(&environment)));
    sh_print(&environment, arguments->values[OPTION_EXPLAIN] != NULL);
    return STATUS_OK;
}

const struct command command_env = {
    .name = "env",
    .summary = "print the environment variables that make MIOpen use GEMM here",
    .rest = "",
    .details =
        "Prints only what would change: eval \"$(rocm-rdna1 env)\" in a shell sets it. Variables\n"
        "that are set already are kept. Nothing is printed where nothing applies: without an "
        "RDNA1\n"
        "card, or beside other GPUs, which the variables would slow down; --explain says which.\n"
        "Without the shim of `rocm-rdna1 run` some convolutions fall back to slow kernels.",
    .options = options,
    .usage_status = STATUS_USAGE,
    .run = run,
};
