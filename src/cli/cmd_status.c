/* rocm-rdna1 status: the GPUs of this machine, and what happens to convolutions on each. */
#include "cli/card.h"
#include "cli/command.h"
#include "cli/json.h"
#include "cli/machine_open.h"
#include "cli/output.h"
#include "cli/preload.h"
#include "cli/status_libraries.h"

#include "base/cleanup.h"
#include "policy/environment.h"

#include <errno.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>

enum { OPTION_JSON, OPTION_COLOR, OPTION_SYSROOT };

static const struct option_row options[] = {
    [OPTION_JSON] = {"json", NULL, "print one JSON object"},
    [OPTION_COLOR] = {"color", "auto|always|never", "colour the table (default: on a terminal)"},
    [OPTION_SYSROOT] = {"sysroot", "DIR", "read the machine below DIR instead of /"},
    {NULL, NULL, NULL},
};

/* A status, whole: what the text and the JSON form both show. */
struct status {
    struct machine machine;
    struct card *cards; /* one a GPU */
    struct environment environment;
    struct status_libraries libraries;
};

static int status_read(const char *sysroot, const struct settings *settings,
                       struct status *ret_status)
{
    struct status status = {0};
    int r = machine_open(sysroot, settings, &status.machine);
    if (r < 0)
        return r;
    status.cards = calloc(status.machine.gpus.count + 1, sizeof(*status.cards));
    r = status.cards ? status_libraries_read(sysroot ? sysroot : settings->sysroot, &status.machine,
                                             &status.libraries)
                     : -ENOMEM;
    if (r < 0) {
        free(status.cards);
        machine_free(&status.machine);
        return r;
    }
    for (size_t i = 0; i < status.machine.gpus.count; i++)
        card_read(&status.machine, &status.machine.gpus.gpus[i], settings, &status.cards[i]);
    environment_for(&status.machine.rules, &status.machine.gpus,
                    settings->off ? PROFILE_OFF : PROFILE_GEMM, process_environment, NULL,
                    &status.environment);
    if (settings->off)
        snprintf(status.environment.why, sizeof(status.environment.why), "ROCM_RDNA1=off is set");
    *ret_status = status;
    return 0;
}

static void status_free(struct status *status)
{
    free(status->cards);
    status_libraries_free(&status->libraries);
    machine_free(&status->machine);
}

/* Whether `run` covers programs that look MIOpen's functions up by name. */
static json_t *lookups_json(void)
{
    const char *glibc = preload_glibc();
    return json_pack("{s:b, s:o, s:s}", "covered", preload_audit_works(glibc), "glibc",
                     json_text(glibc), "glibc_needed", AUDIT_GLIBC);
}

static int print_json(const struct status *status, const struct settings *settings)
{
    const struct machine *machine = &status->machine;
    json_t *gpus = json_array();
    json_t *errors = json_array();
    for (size_t i = 0; i < machine->gpus.count; i++)
        json_array_append_new(gpus, card_json(&status->cards[i], settings));
    for (size_t i = 0; i < machine->rules.errors_count; i++)
        json_array_append_new(errors, json_text(machine->rules.errors[i].message));
    return json_print(json_pack(
        "{s:i, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:b, s:o}}", "schema", 1, "off",
        settings->off, "rdna1", gpu_list_rdna1_count(&machine->gpus) > 0, "gpus", gpus,
        "environment", json_environment(&status->environment), "lookups", lookups_json(),
        "libraries", status_libraries_json(&status->libraries), "override",
        status_override_json(&status->libraries), "rules", "count",
        (json_int_t)machine->rules.count, "built_in", machine->rules.built_in, "errors", errors));
}

/* The table's columns, in order. */
enum {
    COLUMN_GPU,
    COLUMN_DEVICE,
    COLUMN_NAME,
    COLUMN_CHIP,
    COLUMN_TARGET,
    COLUMN_UNITS,
    COLUMN_VRAM,
    COLUMN_NODE,
    COLUMN_DECISION,
    COLUMNS
};

static const struct {
    const char *name;
    int flags;
} columns[COLUMNS] = {
    [COLUMN_GPU] = {"GPU", 0},
    [COLUMN_DEVICE] = {"ID", 0},
    [COLUMN_NAME] = {"NAME", 0},
    [COLUMN_CHIP] = {"CHIP", 0},
    [COLUMN_TARGET] = {"TARGET", 0},
    [COLUMN_UNITS] = {"CU", SCOLS_FL_RIGHT},
    [COLUMN_VRAM] = {"VRAM", SCOLS_FL_RIGHT},
    [COLUMN_NODE] = {"KFD NODE", SCOLS_FL_RIGHT},
    [COLUMN_DECISION] = {"CONVOLUTIONS", 0},
};

static const char *known(const char *text)
{
    return *text ? text : "N/A";
}

/* A number, or N/A where it is not known. */
static void number_format(bool is_known, unsigned number, char ret_text[16])
{
    if (is_known)
        snprintf(ret_text, 16, "%u", number);
    else
        snprintf(ret_text, 16, "N/A");
}

static int line_add(struct libscols_table *table, const struct card *card)
{
    const struct gpu *gpu = card->gpu;
    char device[16] = "N/A";
    char units[16];
    char vram[BYTES_TEXT_SIZE] = "N/A";
    char node[16];
    char decision[DECISION_TEXT_SIZE];
    if (gpu->device)
        snprintf(device, sizeof(device), "1002:%04x", gpu->device);
    if (gpu->vram_bytes)
        bytes_format(gpu->vram_bytes, vram);
    number_format(gpu->compute_units > 0, gpu->compute_units, units);
    number_format(gpu->kfd_node >= 0, (unsigned)gpu->kfd_node, node);
    card_decision(card, decision);

    const char *cells[COLUMNS] = {
        [COLUMN_GPU] = gpu->pci,
        [COLUMN_DEVICE] = device,
        [COLUMN_NAME] = known(card->name),
        [COLUMN_CHIP] = known(gpu->chip),
        [COLUMN_TARGET] = card->target.invalid ? "invalid" : known(card->target.name),
        [COLUMN_UNITS] = units,
        [COLUMN_VRAM] = vram,
        [COLUMN_NODE] = node,
        [COLUMN_DECISION] = decision,
    };
    struct libscols_line *line = scols_table_new_line(table, NULL);
    int r = line ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < COLUMNS; i++)
        r = scols_line_set_data(line, i, cells[i]);
    if (r == 0 && card->decision.forced)
        r = scols_cell_set_color(scols_line_get_cell(line, COLUMN_DECISION), "green");
    if (r == 0 && card->target.invalid)
        r = scols_cell_set_color(scols_line_get_cell(line, COLUMN_TARGET), "red");
    return r;
}

static int print_table(const struct status *status, bool color)
{
    struct libscols_table *table = scols_new_table();
    int r = table ? scols_table_enable_colors(table, color) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < COLUMNS; i++)
        r = scols_table_new_column(table, columns[i].name, 0, columns[i].flags) ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < status->machine.gpus.count; i++)
        r = line_add(table, &status->cards[i]);
    if (r == 0)
        r = scols_print_table(table);
    scols_unref_table(table);
    return r;
}

/* One line about a GPU: "0000:03:00.0: <text>". */
static void print_about(const struct card *card, const char *text)
{
    printf("%s: ", card->gpu->pci);
    text_print(stdout, text);
}

static bool has_reason(const struct card *card, const struct rule *rule)
{
    for (unsigned i = 0; i < card->decision.reasons_count; i++)
        if (card->decision.reasons[i] == rule)
            return true;
    return false;
}

/* A rule, once, with every GPU that it applies to. */
static void print_rule(const struct status *status, const struct rule *rule)
{
    const char *separator = "";
    for (size_t i = 0; i < status->machine.gpus.count; i++) {
        if (!has_reason(&status->cards[i], rule))
            continue;
        printf("%s%s", separator, status->cards[i].gpu->pci);
        separator = ", ";
    }
    fputs(": ", stdout);
    text_print(stdout, rule_name(rule));
    putchar('\n');
    text_print_paragraph(rule_why(rule), 4);
    fputs("    (", stdout);
    text_print(stdout, rule_origin(rule));
    fputs(")\n", stdout);
}

/* Why each GPU is treated as it is: rules that several share are printed with the first. */
static void print_reasons(const struct status *status, size_t card, const struct settings *settings)
{
    const struct decision *decision = &status->cards[card].decision;
    const char *alone = card_left_alone_why(&status->cards[card], settings);
    if (alone) {
        print_about(&status->cards[card], alone);
        putchar('\n');
    }
    for (unsigned i = 0; i < decision->reasons_count; i++) {
        bool printed = false;
        for (size_t before = 0; before < card; before++)
            printed |= has_reason(&status->cards[before], decision->reasons[i]);
        if (!printed)
            print_rule(status, decision->reasons[i]);
    }
}

static void print_override(const struct card *card)
{
    const struct target *target = &card->target;
    if (target->variable[0] == '\0')
        return;
    print_about(card, target->variable);
    putchar('=');
    text_print(stdout, process_environment(target->variable, NULL));
    if (target->invalid)
        puts("\n    is malformed: ROCr then starts without any GPU.\n"
             "    Unset it, or give three numbers such as 10.3.0");
    else if (strcmp(target->name, card->gpu->chip) == 0)
        puts("\n    names the chip as it is");
    else
        printf("\n    makes ROCm compile for %s\n", target->name);
}

static void print_environment(const struct environment *environment)
{
    fputs("Environment: ", stdout);
    text_print(stdout, environment->why);
    putchar('\n');
    for (size_t i = 0; environment->applies && i < environment->count; i++) {
        const struct variable *variable = &environment->variables[i];
        fputs("    ", stdout);
        text_print(stdout, variable->name);
        if (variable->kept) {
            fputs(" is set already and kept\n", stdout);
            continue;
        }
        putchar('=');
        text_print(stdout, variable->value);
        putchar('\n');
    }
}

static void print_lookups(void)
{
    const char *glibc = preload_glibc();
    if (preload_audit_works(glibc))
        puts("Programs that look MIOpen's functions up by name: covered by run");
    else
        printf(
            "Programs that look MIOpen's functions up by name: not covered: that needs glibc %s,\n"
            "    and here is %s\n",
            AUDIT_GLIBC, glibc ? glibc : "another C library");
}

static int print_text(const struct status *status, const struct settings *settings, bool color)
{
    const struct machine *machine = &status->machine;
    for (size_t i = 0; i < machine->rules.errors_count; i++)
        complain("rule dropped: %s", machine->rules.errors[i].message);
    if (machine->gpus.count == 0) {
        puts("No AMD GPU was found.");
        return STATUS_OK;
    }
    const int r = print_table(status, color);
    if (r < 0) {
        complain("printing the table: %s", strerror(-r));
        return STATUS_FAILED;
    }
    putchar('\n');
    for (size_t i = 0; i < machine->gpus.count; i++) {
        print_reasons(status, i, settings);
        print_override(&status->cards[i]);
    }
    if (machine->rules.built_in)
        puts("Rules: those compiled in, since no rule directory was found.");
    print_environment(&status->environment);
    if (gpu_list_rdna1_count(&machine->gpus) > 0)
        print_lookups();
    status_libraries_print(&status->libraries);
    return STATUS_OK;
}

static int run(const struct arguments *arguments, const struct settings *settings)
{
    const bool as_json = arguments->values[OPTION_JSON] != NULL;
    struct status status;
    int r = status_read(arguments->values[OPTION_SYSROOT], settings, &status);
    if (r < 0)
        return as_json ? json_print_error(r) : STATUS_FAILED;
    r = as_json ? print_json(&status, settings)
                : print_text(&status, settings, color_wanted(arguments->values[OPTION_COLOR]));
    status_free(&status);
    return r;
}

const struct command command_status = {
    .name = "status",
    .summary = "show the GPUs and what happens to convolutions on each",
    .rest = "",
    .details =
        "Shows every AMD GPU with its chip, the target that ROCm compiles for, and whether MIOpen\n"
        "is made to use GEMM on it, and why. The exit status is 0 whatever was found.",
    .options = options,
    .usage_status = STATUS_USAGE,
    .run = run,
};
