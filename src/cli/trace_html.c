#include "cli/trace_html.h"

#include "cli/html.h"
#include "cli/output.h"

#include <inttypes.h>
#include <string.h>

static const char style[] =
#include "trace.css.inc"
    ;

/* The class of a solver's colours: candidates are of these two families. */
static const char *solver_class(const struct trace_solver *solver)
{
    const struct solver *known = solver_from_id(solver->id);
    return known ? family_name(known->family) : "other";
}

/* A part as a width; printf() would write its point as the locale has it. */
static void print_width(FILE *file, uint64_t part, uint64_t whole)
{
    const unsigned permille = whole ? (unsigned)((double)part / (double)whole * 1000) : 0;
    fprintf(file, "style=\"width:%u.%u%%\"", permille / 10, permille % 10);
}

static void print_bytes(FILE *file, uint64_t bytes)
{
    char text[BYTES_TEXT_SIZE];
    bytes_format(bytes, text);
    fputs(text, file);
}

/* --- The head --------------------------------------------------------------------------------- */

static void print_total(FILE *file, const char *class, const char *name, uint64_t number)
{
    fprintf(file, "<div class=\"%s\"><dt>%s</dt><dd>%" PRIu64 "</dd></div>\n", class, name, number);
}

static void print_share(FILE *file, const struct trace_totals *totals)
{
    const struct {
        const char *class;
        size_t count;
    } parts[] = {{"gemm-bar", totals->by_gemm},
                 {"naive-bar", totals->by_naive},
                 {"other-bar", totals->by_other},
                 {"bad-bar", totals->without}};
    fprintf(
        file,
        "<div class=\"share\" role=\"img\" aria-label=\"%zu problems by GEMM, %zu by naive, %zu by "
        "others, %zu without a solver\">",
        totals->by_gemm, totals->by_naive, totals->by_other, totals->without);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i].count == 0)
            continue;
        fprintf(file, "<span class=\"%s\" ", parts[i].class);
        print_width(file, parts[i].count, totals->problems);
        fputs("></span>", file);
    }
    fputs("</div>\n", file);
}

static void print_head(const struct trace *trace, const struct trace_totals *totals, FILE *file)
{
    char time[TIME_TEXT_SIZE];
    uint64_t forwarded = trace->forwarded_count;
    trace_time_text(&totals->counters, time);
    fprintf(
        file,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
        "<title>What became of %zu convolutions</title>\n<style>\n%s</style>\n</head>\n<body>\n"
        "<header>\n<h1>What became of the convolutions</h1>\n"
        "<p class=\"quiet\">For each, what MIOpen would have chosen by itself, and what rocm-rdna1 "
        "had it use on this card. What took longest comes first.</p>\n</header>\n<main>\n"
        "<dl class=\"totals\">\n",
        totals->problems, style);
    print_total(file, "", totals->problems == 1 ? "problem" : "problems", totals->problems);
    print_total(file, "gemm", "by GEMM", totals->by_gemm);
    print_total(file, "naive", "by naive kernels", totals->by_naive);
    if (totals->by_other)
        print_total(file, "other", "by others", totals->by_other);
    if (totals->without)
        print_total(file, "bad", "without a solver", totals->without);
    print_total(file, "", "chosen otherwise", totals->changed);
    print_total(file, "", "runs", totals->counters.runs);
    fprintf(file, "<div class=\"\"><dt>on the device</dt><dd>%s</dd></div>\n", time);
    print_total(file, "", "without a decision", forwarded);
    if (totals->counters.failures)
        print_total(file, "bad", "failures", totals->counters.failures);
    fputs("</dl>\n", file);
    if (totals->problems)
        print_share(file, totals);
}

/* --- Rows ------------------------------------------------------------------------------------- */

static void print_tag(FILE *file, const char *class, const char *word)
{
    fprintf(file, "<span class=\"tag %s\">", class);
    html_text(file, word);
    fputs("</span>", file);
}

static void print_solver_name(FILE *file, const struct trace_solver *solver)
{
    html_text(file, solver->name ? solver->name : "solver");
    fprintf(file, " %" PRIu64, solver->id);
}

/* MIOpen's choice and ours, in tags and then by name; once where they are the same. */
static void print_way(FILE *file, const struct trace_row *row)
{
    const struct trace_solver *chosen = trace_row_solver(row);
    const bool same = chosen && row->answered && !trace_row_changed(row);
    fputs("<td role=\"cell\" data-name=\"Chosen\"><div class=\"way\">", file);
    if (!same && row->answered)
        print_tag(file, solver_class(&row->own), trace_solver_word(&row->own));
    else if (!same)
        print_tag(file, "none", "unknown");
    if (!same)
        fputs("<span class=\"arrow\">→</span>", file);
    if (chosen)
        print_tag(file, solver_class(chosen), trace_solver_word(chosen));
    else
        print_tag(file, "bad", "none");
    if (same)
        fputs("<span class=\"arrow\">as MIOpen would</span>", file);
    fputs("</div><small>", file);
    if (!same && row->answered)
        print_solver_name(file, &row->own);
    if (!same && row->answered && chosen)
        fputs(" → ", file);
    if (chosen)
        print_solver_name(file, chosen);
    fputs("</small></td>\n", file);
}

static void print_workspace(FILE *file, const struct trace_row *row)
{
    const struct trace_solver *chosen = trace_row_solver(row);
    fputs("<td role=\"cell\" class=\"number\" data-name=\"Workspace\"><span>", file);
    if (chosen)
        print_bytes(file, chosen->workspace_bytes);
    else
        fputs("N/A", file);
    fputs("</span>", file);
    if (chosen && row->workspace_given_bytes < chosen->workspace_bytes) {
        fputs("<small>given ", file);
        print_bytes(file, row->workspace_given_bytes);
        fputs("</small>", file);
    }
    if (row->workspace_supplied_bytes) {
        fputs("<small>added ", file);
        print_bytes(file, row->workspace_supplied_bytes);
        fputs("</small>", file);
    }
    fputs("</td>\n", file);
}

static void print_calls(FILE *file, const struct trace_row *row)
{
    const struct trace_counters *counters = &row->counters;
    fprintf(file,
            "<td role=\"cell\" class=\"number\" data-name=\"Runs\"><span>%" PRIu64
            "</span><small>%" PRIu64 " %s</small>",
            counters->runs, counters->finds, counters->finds == 1 ? "search" : "searches");
    for (unsigned i = 0; i < row->chosen_count; i++)
        if (i != row->used && row->chosen[i].runs) {
            fprintf(file, "<small>%" PRIu64 " by ", row->chosen[i].runs);
            html_text(file, trace_solver_word(&row->chosen[i]));
            fputs("</small>", file);
        }
    if (counters->failures)
        fprintf(file, "<small class=\"failed\">%" PRIu64 " failed, status %" PRId64 "</small>",
                counters->failures, counters->last_status);
    fputs("</td>\n", file);
}

/* What the bars of a card are of: the time where there is any, or else the runs. */
static uint64_t bar_of(const struct trace_row *row, bool timed)
{
    return timed ? row->counters.device_us : row->counters.runs;
}

static void print_time(FILE *file, const struct trace_row *row, bool timed, uint64_t most)
{
    char time[TIME_TEXT_SIZE];
    const char *class = row->chosen_count ? solver_class(&row->chosen[row->used]) : "bad";
    trace_time_text(&row->counters, time);
    fprintf(file, "<td role=\"cell\" class=\"number\" data-name=\"On the device\"><span>%s</span>",
            time);
    if (row->counters.timed && row->counters.timed < row->counters.runs)
        fprintf(file, "<small>%" PRIu64 " of the runs</small>", row->counters.timed);
    if (bar_of(row, timed)) {
        fprintf(file, "<span class=\"bar\" aria-hidden=\"true\"><span class=\"%s-bar\" ", class);
        print_width(file, bar_of(row, timed), most);
        fputs("></span></span>", file);
    }
    fputs("</td>\n", file);
}

static void print_problem(FILE *file, const struct trace_row *row)
{
    fputs("<th scope=\"row\" role=\"rowheader\">", file);
    html_text(file, row->text);
    json_t *tensors = json_object_get(row->line, "tensors");
    char *numbers =
        !row->problem && json_is_object(tensors) ? json_dumps(tensors, JSON_COMPACT) : NULL;
    if (row->problem || numbers) {
        fprintf(file, "<details><summary>%s</summary><code>",
                row->problem ? "as a command" : "in numbers");
        html_text(file, row->problem ? row->problem : numbers);
        fputs("</code></details>", file);
    }
    free(numbers);
    fputs("</th>\n", file);
}

static void print_rule(FILE *file, const struct trace_row *row)
{
    fputs("<td role=\"cell\" class=\"number\" data-name=\"Rule\">", file);
    if (row->rule_number)
        fprintf(file, "<a href=\"#rule-%zu\">%zu</a>", row->rule_number, row->rule_number);
    else
        fputs("<span>N/A</span>", file);
    fputs("</td>\n", file);
}

/* --- Cards ------------------------------------------------------------------------------------ */

static void print_card(FILE *file, const struct trace_row *row)
{
    fputs("<h2>", file);
    html_text(file, row->chip ? row->chip : "unknown chip");
    if (row->target && row->chip && strcmp(row->target, row->chip) != 0) {
        fputs(", used as ", file);
        html_text(file, row->target);
    }
    fputs(" <small>PCI ", file);
    html_text(file, row->pci);
    fputs(", MIOpen ", file);
    html_text(file, row->miopen);
    fputs("</small></h2>\n", file);
}

/* The rows of one card. The place behind them. */
static size_t print_rows(const struct trace *trace, size_t from, FILE *file)
{
    const struct trace_row *first = &trace->rows[from];
    const bool timed = first->counters.device_us > 0; /* the first has the most */
    uint64_t most = 0;
    size_t end = from;
    for (; end < trace->rows_count && trace_row_same_card(first, &trace->rows[end]); end++)
        if (bar_of(&trace->rows[end], timed) > most)
            most = bar_of(&trace->rows[end], timed);

    print_card(file, first);
    fprintf(file,
            "<table role=\"table\">\n<caption>%zu %s. Bars: %s.</caption>\n<thead "
            "role=\"rowgroup\"><tr role=\"row\">"
            "<th scope=\"col\" role=\"columnheader\">Problem</th>"
            "<th scope=\"col\" role=\"columnheader\">MIOpen → chosen</th>"
            "<th scope=\"col\" role=\"columnheader\" class=\"number\">Rule</th>"
            "<th scope=\"col\" role=\"columnheader\" class=\"number\">Workspace</th>"
            "<th scope=\"col\" role=\"columnheader\" class=\"number\">Runs</th>"
            "<th scope=\"col\" role=\"columnheader\" class=\"number\">On the device</th>"
            "</tr></thead>\n<tbody role=\"rowgroup\">\n",
            end - from, end - from == 1 ? "problem" : "problems",
            timed ? "time on the device" : "runs");
    for (size_t i = from; i < end; i++) {
        fputs("<tr role=\"row\">\n", file);
        print_problem(file, &trace->rows[i]);
        print_way(file, &trace->rows[i]);
        print_rule(file, &trace->rows[i]);
        print_workspace(file, &trace->rows[i]);
        print_calls(file, &trace->rows[i]);
        print_time(file, &trace->rows[i], timed, most);
        fputs("</tr>\n", file);
    }
    fputs("</tbody>\n</table>\n", file);
    return end;
}

/* --- Notes ------------------------------------------------------------------------------------ */

static void print_rules(const struct trace *trace, FILE *file)
{
    if (trace->rules_count == 0)
        return;
    fputs("<h2>Rules that led there</h2>\n<ol>\n", file);
    for (size_t i = 0; i < trace->rules_count; i++) {
        fprintf(file, "<li id=\"rule-%zu\">", i + 1);
        html_text(file, trace->rules[i].name);
        if (trace->rules[i].origin) {
            fputs(" <small>", file);
            html_text(file, trace->rules[i].origin);
            fputs("</small>", file);
        }
        fputs("</li>\n", file);
    }
    fputs("</ol>\n", file);
}

static void print_notes(const struct trace *trace, FILE *file)
{
    json_t *variables = trace->variables;
    if (trace->forwarded_count > 0) {
        fputs("<h2>Without a decision</h2>\n<ul>\n", file);
        for (size_t i = 0; i < trace->forwarded_count; i++) {
            fprintf(file, "<li>%s <code>",
                    trace->forwarded[i].refused ? "refused" : "forwarded to MIOpen");
            html_text(file, trace->forwarded[i].function);
            fputs("</code>: ", file);
            html_text(file, trace->forwarded[i].reason);
            fprintf(file, " <small>(%zu %s)</small></li>\n", trace->forwarded[i].count,
                    trace->forwarded[i].count == 1 ? "process" : "processes");
        }
        fputs("</ul>\n", file);
    }
    fputs(
        "<h2>How to read this</h2>\n"
        "<p class=\"quiet\">“MIOpen” is the first answer of MIOpen's immediate mode, from its "
        "databases or by a rule of thumb; nothing is run for it. A search that runs kernels may "
        "come "
        "to something else. Times are of the runs that could be measured on the device. A problem "
        "“as a command” is one for MIOpenDriver, which runs it again.</p>\n",
        file);
    if (json_object_size(trace->variables) > 0) {
        fputs("<p>These variables were set when MIOpen was asked, and may have changed its "
              "answer:</p>\n<ul>\n",
              file);
        for (void *at = json_object_iter(variables); at;
             at = json_object_iter_next(variables, at)) {
            fputs("<li><code>", file);
            html_text(file, json_object_iter_key(at));
            fputs("</code></li>\n", file);
        }
        fputs("</ul>\n", file);
    }
    if (trace->skipped > 0)
        fprintf(
            file,
            "<p class=\"quiet\">%zu of %zu lines were skipped, as they could not be read.</p>\n",
            trace->skipped, trace->lines);
}

void trace_print_html(const struct trace *trace, FILE *file)
{
    struct trace_totals totals = {.problems = 0};
    for (size_t i = 0; i < trace->rows_count; i++)
        trace_totals_add(&totals, &trace->rows[i]);
    print_head(trace, &totals, file);
    if (trace->rows_count == 0)
        fputs("<p>No convolution on an RDNA1 card is in this trace.</p>\n", file);
    for (size_t i = 0; i < trace->rows_count;)
        i = print_rows(trace, i, file);
    print_rules(trace, file);
    print_notes(trace, file);
    fputs("</main>\n</body>\n</html>\n", file);
}
