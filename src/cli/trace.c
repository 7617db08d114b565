#include "cli/trace.h"

#include "base/cleanup.h"
#include "cli/output.h"
#include "cli/trace_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* No line of the shim's comes near; of a longer one nothing is used. */
#define LINE_MAX_BYTES ((size_t)1 << 20)

/* Of more bad lines in a file only the number is told. */
#define COMPLAINTS_MAX 5

/* --- Lines ------------------------------------------------------------------------------------ */

/* A line that is read again and again into the same memory. */
struct buffer {
    char *bytes;
    size_t size, length;
    bool too_long;
    bool torn; /* no newline at its end: whoever wrote it was interrupted */
};

/* 1; 0 at the end of the file; -errno. */
static int buffer_read(struct buffer *buffer, FILE *file)
{
    int c;
    buffer->length = 0;
    buffer->too_long = false;
    while ((c = getc_unlocked(file)) != EOF && c != '\n') {
        if (buffer->length == LINE_MAX_BYTES) {
            buffer->too_long = true;
            continue;
        }
        if (buffer->length == buffer->size) {
            const size_t size = buffer->size ? 2 * buffer->size : 4096;
            char *bytes = realloc(buffer->bytes, size);
            if (!bytes)
                return -ENOMEM;
            buffer->bytes = bytes;
            buffer->size = size;
        }
        buffer->bytes[buffer->length++] = (char)c;
    }
    if (c == EOF && ferror(file))
        return errno ? -errno : -EIO;
    buffer->torn = c == EOF;
    return c == '\n' || buffer->length > 0;
}

/* An array that has room for a power of two gets room for one more. NULL where memory is short. */
static void *grow(void *array, size_t count, size_t size)
{
    if (count & (count - 1))
        return array;
    return reallocarray(array, count ? 2 * count : 1, size);
}

static int forwarded_add(struct trace *trace, json_t *line)
{
    const bool refused = !trace_line_text(line, "forwarded");
    const char *function = trace_line_text(line, refused ? "refused" : "forwarded");
    const char *reason = trace_line_text(line, "reason");
    for (size_t i = 0; i < trace->forwarded_count; i++) {
        struct trace_forwarded *known = &trace->forwarded[i];
        if (known->refused == refused && strcmp(known->function, function) == 0 &&
            strcmp(known->reason, reason) == 0) {
            known->count++;
            return 0;
        }
    }
    struct trace_forwarded *forwarded =
        grow(trace->forwarded, trace->forwarded_count, sizeof(*forwarded));
    if (!forwarded)
        return -ENOMEM;
    trace->forwarded = forwarded;
    trace->forwarded[trace->forwarded_count++] =
        (struct trace_forwarded){function, reason, refused, json_incref(line), 1};
    return 0;
}

/* A line that is there twice, for it was written again, counts as it was last. */
static int record_add(struct trace *trace, json_t *line)
{
    json_t *variables = json_object_get(line, "variables");
    cleanup_free char *record = trace_line_record(line);
    if (!record || json_object_set(trace->records, record, line) != 0)
        return -ENOMEM;
    for (size_t i = 0; i < json_array_size(variables); i++) {
        const char *variable = json_string_value(json_array_get(variables, i));
        if (variable && json_object_set_new(trace->variables, variable, json_true()) != 0)
            return -ENOMEM;
    }
    return 0;
}

/* 0, with the reason for which the line is none, or -ENOMEM. */
static int line_take(struct trace *trace, const struct buffer *buffer, const char **ret_mistake)
{
    static char text[JSON_ERROR_TEXT_LENGTH];
    json_error_t error;
    bool forwarded = false;
    if (buffer->too_long) {
        *ret_mistake = "longer than any line of a trace";
        return 0;
    }
    json_t *line = json_loadb(buffer->bytes, buffer->length, 0, &error);
    if (!line) {
        snprintf(text, sizeof(text), "%s", error.text);
        *ret_mistake =
            json_error_code(&error) == json_error_out_of_memory ? "too deep or too much" : text;
        if (buffer->torn)
            *ret_mistake = "cut off";
        return 0;
    }
    int r = 0;
    *ret_mistake = trace_line_mistake(line, &forwarded);
    if (!*ret_mistake)
        r = forwarded ? forwarded_add(trace, line) : record_add(trace, line);
    json_decref(line);
    return r;
}

static int begin(struct trace *trace)
{
    if (!trace->records)
        trace->records = json_object();
    if (!trace->variables)
        trace->variables = json_object();
    return trace->records && trace->variables ? 0 : -ENOMEM;
}

int trace_read(struct trace *trace, FILE *file, const char *name)
{
    struct buffer buffer = {.bytes = NULL};
    size_t number = 0, skipped = 0;
    int r = begin(trace);
    while (r == 0) {
        errno = 0;
        r = buffer_read(&buffer, file);
        if (r <= 0)
            break;
        number++;
        const char *mistake = NULL;
        r = line_take(trace, &buffer, &mistake);
        if (!mistake)
            continue;
        if (++skipped <= COMPLAINTS_MAX)
            complain("%s:%zu: skipped: %s", name, number, mistake);
    }
    if (skipped > COMPLAINTS_MAX)
        complain("%s: %zu more lines skipped", name, skipped - COMPLAINTS_MAX);
    trace->lines += number;
    trace->skipped += skipped;
    free(buffer.bytes);
    return r;
}

/* --- Rows ------------------------------------------------------------------------------------- */

static void counters_add(struct trace_counters *sum, const struct trace_counters *more)
{
    sum->finds += more->finds;
    sum->runs += more->runs;
    sum->failures += more->failures;
    if (more->last_status)
        sum->last_status = more->last_status;
    sum->timed += more->timed;
    sum->device_us += more->device_us;
}

/* Another process' row of the same problem. */
static void row_add(struct trace_row *row, const struct trace_row *more)
{
    counters_add(&row->counters, &more->counters);
    for (unsigned i = 0; i < more->chosen_count; i++) {
        unsigned k = 0;
        while (k < row->chosen_count && row->chosen[k].id != more->chosen[i].id)
            k++;
        if (k < row->chosen_count)
            row->chosen[k].runs += more->chosen[i].runs;
        else if (k < CANDIDATES_MAX)
            row->chosen[row->chosen_count++] = more->chosen[i];
    }
    if (!row->answered) {
        row->answered = more->answered;
        row->own = more->own;
    }
    if (more->workspace_given_bytes || more->workspace_supplied_bytes) {
        row->workspace_given_bytes = more->workspace_given_bytes;
        row->workspace_supplied_bytes = more->workspace_supplied_bytes;
    }
}

static int rows_add(struct trace *trace, json_t *groups, json_t *line)
{
    cleanup_free char *group = trace_line_group(line);
    struct trace_row row;
    if (!group)
        return -ENOMEM;
    trace_line_row(line, &row);
    json_t *known = json_object_get(groups, group);
    if (known) {
        row_add(&trace->rows[json_integer_value(known)], &row);
        return 0;
    }
    struct trace_row *rows = grow(trace->rows, trace->rows_count, sizeof(*rows));
    if (!rows)
        return -ENOMEM;
    trace->rows = rows;
    rows[trace->rows_count] = row;
    if (json_object_set_new(groups, group, json_integer((json_int_t)trace->rows_count)) != 0)
        return -ENOMEM;
    trace->rows_count++;
    return 0;
}

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_cards(const struct trace_row *a, const struct trace_row *b)
{
    int order = compare_texts(a->pci, b->pci);
    if (order == 0)
        order = compare_texts(a->chip, b->chip);
    if (order == 0)
        order = compare_texts(a->target, b->target);
    return order ? order : compare_texts(a->miopen, b->miopen);
}

bool trace_row_same_card(const struct trace_row *a, const struct trace_row *b)
{
    return compare_cards(a, b) == 0;
}

static int compare_most(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

static int compare_rows(const void *left, const void *right)
{
    const struct trace_row *a = left, *b = right;
    int order = compare_cards(a, b);
    if (order == 0)
        order = compare_most(a->counters.device_us, b->counters.device_us);
    if (order == 0)
        order = compare_most(a->counters.runs, b->counters.runs);
    if (order == 0)
        order = compare_most(a->counters.finds, b->counters.finds);
    return order ? order : strcmp(a->text, b->text);
}

static int rule_add(struct trace *trace, struct trace_row *row)
{
    if (!row->rule)
        return 0;
    for (size_t i = 0; i < trace->rules_count; i++) {
        if (compare_texts(trace->rules[i].name, row->rule) == 0 &&
            compare_texts(trace->rules[i].origin, row->origin) == 0) {
            trace->rules[i].count++;
            row->rule_number = i + 1;
            return 0;
        }
    }
    struct trace_rule *rules = grow(trace->rules, trace->rules_count, sizeof(*rules));
    if (!rules)
        return -ENOMEM;
    trace->rules = rules;
    rules[trace->rules_count++] = (struct trace_rule){row->rule, row->origin, 1};
    row->rule_number = trace->rules_count;
    return 0;
}

int trace_finish(struct trace *trace)
{
    json_t *groups = json_object();
    int r = groups ? begin(trace) : -ENOMEM;
    void *record = r == 0 ? json_object_iter(trace->records) : NULL;
    for (; r == 0 && record; record = json_object_iter_next(trace->records, record))
        r = rows_add(trace, groups, json_object_iter_value(record));
    json_decref(groups);
    for (size_t i = 0; i < trace->rows_count; i++) {
        struct trace_row *row = &trace->rows[i];
        for (unsigned k = 1; k < row->chosen_count; k++)
            if (row->chosen[k].runs > row->chosen[row->used].runs)
                row->used = k;
    }
    if (trace->rows_count > 0)
        qsort(trace->rows, trace->rows_count, sizeof(*trace->rows), compare_rows);
    for (size_t i = 0; r == 0 && i < trace->rows_count; i++)
        r = rule_add(trace, &trace->rows[i]);
    return r;
}

void trace_free(struct trace *trace)
{
    for (size_t i = 0; i < trace->forwarded_count; i++)
        json_decref(trace->forwarded[i].line);
    free(trace->forwarded);
    free(trace->rules);
    free(trace->rows);
    json_decref(trace->records);
    json_decref(trace->variables);
    *trace = (struct trace){.rows = NULL};
}

const struct trace_solver *trace_row_solver(const struct trace_row *row)
{
    return row->chosen_count ? &row->chosen[row->used] : NULL;
}

bool trace_row_changed(const struct trace_row *row)
{
    const struct trace_solver *solver = trace_row_solver(row);
    return solver && row->answered && solver->id != row->own.id;
}

const char *trace_solver_word(const struct trace_solver *solver)
{
    const struct solver *known = solver_from_id(solver->id);
    return known ? family_name(known->family) : solver->algorithm;
}

void trace_totals_add(struct trace_totals *totals, const struct trace_row *row)
{
    const struct trace_solver *chosen = trace_row_solver(row);
    const struct solver *solver = chosen ? solver_from_id(chosen->id) : NULL;
    totals->problems++;
    totals->changed += trace_row_changed(row);
    counters_add(&totals->counters, &row->counters);
    if (!chosen)
        totals->without++;
    else if (solver && solver->family == FAMILY_GEMM)
        totals->by_gemm++;
    else if (solver && solver->family == FAMILY_NAIVE)
        totals->by_naive++;
    else
        totals->by_other++;
}

void trace_time_text(const struct trace_counters *counters, char ret_text[TIME_TEXT_SIZE])
{
    const double us = (double)counters->device_us;
    if (counters->timed == 0)
        snprintf(ret_text, TIME_TEXT_SIZE, "N/A");
    else if (us < 1000)
        snprintf(ret_text, TIME_TEXT_SIZE, "%" PRIu64 " %s", counters->device_us,
                 MB_CUR_MAX > 1 ? "µs" : "us");
    else if (us < 1e6)
        snprintf(ret_text, TIME_TEXT_SIZE, "%.*f ms", us < 1e5 ? 1 : 0, us / 1e3);
    else
        snprintf(ret_text, TIME_TEXT_SIZE, "%.*f s", us < 1e8 ? 2 : 0, us / 1e6);
}
