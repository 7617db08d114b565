#include "cli/trace_table.h"

#include "cli/output.h"

#include <errno.h>
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <string.h>

/* The table's columns, in order. */
enum {
    COLUMN_PROBLEM,
    COLUMN_OWN,
    COLUMN_CHOSEN,
    COLUMN_RULE,
    COLUMN_WORKSPACE,
    COLUMN_RUNS,
    COLUMN_TIME,
    COLUMNS
};

static const struct {
    const char *name;
    int flags;
} columns[COLUMNS] = {
    [COLUMN_PROBLEM] = {"PROBLEM", SCOLS_FL_TRUNC},
    [COLUMN_OWN] = {"MIOPEN", 0},
    [COLUMN_CHOSEN] = {"CHOSEN", 0},
    [COLUMN_RULE] = {"RULE", SCOLS_FL_RIGHT},
    [COLUMN_WORKSPACE] = {"WORKSPACE", SCOLS_FL_RIGHT},
    [COLUMN_RUNS] = {"RUNS", SCOLS_FL_RIGHT},
    [COLUMN_TIME] = {"TIME", SCOLS_FL_RIGHT},
};

/* "winograd 84" */
static void solver_text(const struct trace_solver *solver, char ret_text[48])
{
    const char *word = trace_solver_word(solver);
    snprintf(ret_text, 48, "%.24s %" PRIu64, word ? word : "?", solver->id);
}

static int line_add(struct libscols_table *table, const struct trace_row *row)
{
    const struct trace_solver *chosen = trace_row_solver(row);
    char own[48] = "N/A", solver[48] = "none", rule[24] = "N/A", runs[24];
    char bytes[BYTES_TEXT_SIZE], workspace[BYTES_TEXT_SIZE + 1] = "N/A", time[TIME_TEXT_SIZE];
    if (row->answered)
        solver_text(&row->own, own);
    if (chosen) {
        solver_text(chosen, solver);
        bytes_format(chosen->workspace_bytes, bytes);
        snprintf(workspace, sizeof(workspace), "%s%s", bytes,
                 chosen->workspace_bytes && row->workspace_supplied_bytes ? "+" : "");
    }
    if (row->rule_number)
        snprintf(rule, sizeof(rule), "[%zu]", row->rule_number);
    snprintf(runs, sizeof(runs), "%" PRIu64, row->counters.runs);
    trace_time_text(&row->counters, time);

    const char *cells[COLUMNS] = {
        [COLUMN_PROBLEM] = row->text, [COLUMN_OWN] = own,   [COLUMN_CHOSEN] = solver,
        [COLUMN_RULE] = rule,         [COLUMN_RUNS] = runs, [COLUMN_WORKSPACE] = workspace,
        [COLUMN_TIME] = time,
    };
    struct libscols_line *line = scols_table_new_line(table, NULL);
    int r = line ? 0 : -ENOMEM;
    for (size_t i = 0; r == 0 && i < COLUMNS; i++)
        r = scols_line_set_data(line, i, cells[i]);
    if (r == 0 && (!chosen || row->counters.failures))
        r = scols_cell_set_color(scols_line_get_cell(line, COLUMN_CHOSEN), "red");
    else if (r == 0 && trace_row_changed(row))
        r = scols_cell_set_color(scols_line_get_cell(line, COLUMN_CHOSEN), "green");
    return r;
}

static const char *known(const char *text)
{
    return text ? text : "unknown";
}

static void print_card(const struct trace_row *row)
{
    fputs("GPU ", stdout);
    text_print(stdout, known(row->pci));
    fputs(", ", stdout);
    text_print(stdout, known(row->chip));
    if (row->target && (!row->chip || strcmp(row->target, row->chip) != 0)) {
        fputs(" as ", stdout);
        text_print(stdout, row->target);
    }
    fputs(", MIOpen ", stdout);
    text_print(stdout, known(row->miopen));
    putchar('\n');
}

/* The rows of one card. The place behind them. */
static int print_rows(const struct trace *trace, size_t from, bool color, size_t *ret_next)
{
    struct libscols_table *table = scols_new_table();
    int r = table ? scols_table_enable_colors(table, color) : -ENOMEM;
    size_t i = from;
    for (size_t k = 0; r == 0 && k < COLUMNS; k++)
        r = scols_table_new_column(table, columns[k].name, 0, columns[k].flags) ? 0 : -ENOMEM;
    for (; r == 0 && i < trace->rows_count &&
           trace_row_same_card(&trace->rows[from], &trace->rows[i]);
         i++)
        r = line_add(table, &trace->rows[i]);
    if (r == 0) {
        print_card(&trace->rows[from]);
        r = scols_print_table(table);
    }
    scols_unref_table(table);
    *ret_next = i;
    return r;
}

static void print_totals(const struct trace *trace)
{
    struct trace_totals totals = {.problems = 0};
    char time[TIME_TEXT_SIZE];
    bool supplied = false;
    for (size_t i = 0; i < trace->rows_count; i++) {
        trace_totals_add(&totals, &trace->rows[i]);
        supplied = supplied || trace->rows[i].workspace_supplied_bytes;
    }
    trace_time_text(&totals.counters, time);
    printf("%zu problems: %zu by GEMM, %zu by naive", totals.problems, totals.by_gemm,
           totals.by_naive);
    if (totals.by_other)
        printf(", %zu by others", totals.by_other);
    if (totals.without)
        printf(", %zu without a solver", totals.without);
    if (totals.changed)
        printf("; %zu not as MIOpen would", totals.changed);
    printf("; %" PRIu64 " runs, %" PRIu64 " measured: %s on the device\n", totals.counters.runs,
           totals.counters.timed, time);
    if (supplied)
        puts("+ of this workspace the shim had to add, since the program brought too little");
}

static void print_failures(const struct trace *trace)
{
    for (size_t i = 0; i < trace->rows_count; i++) {
        const struct trace_row *row = &trace->rows[i];
        if (row->counters.failures == 0)
            continue;
        fputs("Failed: ", stdout);
        text_print(stdout, row->text);
        printf(": %" PRIu64 " times, at last with status %" PRId64 "\n", row->counters.failures,
               row->counters.last_status);
    }
}

static void print_rules(const struct trace *trace)
{
    for (size_t i = 0; i < trace->rules_count; i++) {
        printf("[%zu] ", i + 1);
        text_print(stdout, trace->rules[i].name);
        if (trace->rules[i].origin) {
            fputs(" (", stdout);
            text_print(stdout, trace->rules[i].origin);
            putchar(')');
        }
        putchar('\n');
    }
}

static void print_notes(const struct trace *trace)
{
    json_t *variables = trace->variables;
    for (size_t i = 0; i < trace->forwarded_count; i++) {
        fputs(trace->forwarded[i].refused ? "Refused: " : "Forwarded: ", stdout);
        text_print(stdout, trace->forwarded[i].function);
        fputs(": ", stdout);
        text_print(stdout, trace->forwarded[i].reason);
        printf(" (%zu %s)\n", trace->forwarded[i].count,
               trace->forwarded[i].count == 1 ? "process" : "processes");
    }
    for (void *at = json_object_iter(variables); at; at = json_object_iter_next(variables, at)) {
        fputs("Set when MIOpen was asked: ", stdout);
        text_print(stdout, json_object_iter_key(at));
        putchar('\n');
    }
}

int trace_print_table(const struct trace *trace, bool color)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < trace->rows_count;) {
        r = print_rows(trace, i, color, &i);
        putchar('\n');
    }
    if (r < 0)
        return r;
    if (trace->rows_count > 0)
        print_totals(trace);
    else
        puts("No convolution on an RDNA1 card is in this trace.");
    print_rules(trace);
    print_failures(trace);
    print_notes(trace);
    return 0;
}
