#include "cli/trace_json.h"

#include "cli/json.h"

static json_t *counters_json(const struct trace_counters *counters)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "finds", (json_int_t)counters->finds, "runs",
                     (json_int_t)counters->runs, "failures", (json_int_t)counters->failures,
                     "last_status", (json_int_t)counters->last_status, "timed",
                     (json_int_t)counters->timed, "device_us",
                     counters->timed ? json_integer((json_int_t)counters->device_us) : json_null());
}

static json_t *solver_json(const struct trace_solver *solver)
{
    return json_pack("{s:I, s:o, s:o, s:I, s:I}", "id", (json_int_t)solver->id, "name",
                     json_text(solver->name), "algorithm", json_text(solver->algorithm),
                     "workspace_needed", (json_int_t)solver->workspace_bytes, "runs",
                     (json_int_t)solver->runs);
}

static json_t *row_json(const struct trace_row *row)
{
    json_t *chosen = json_array();
    json_t *own = row->answered ? solver_json(&row->own) : json_null();
    for (unsigned i = 0; i < row->chosen_count; i++)
        json_array_append_new(chosen, solver_json(&row->chosen[i]));
    if (row->answered)
        json_object_del(own, "runs");
    return json_pack(
        "{s:{s:o, s:o, s:o}, s:o, s:o, s:O?, s:o, s:o, s:o, s:o, s:{s:o, s:o}, s:I, s:I, "
        "s:o}",
        "device", "pci", json_text(row->pci), "chip", json_text(row->chip), "target",
        json_text(row->target), "miopen_version", json_text(row->miopen), "problem",
        json_text(row->problem), "tensors", json_object_get(row->line, "tensors"), "text",
        json_text(row->text), "miopen", own, "chosen", chosen, "used",
        row->chosen_count ? json_integer((json_int_t)row->chosen[row->used].id) : json_null(),
        "rule", "name", json_text(row->rule), "origin", json_text(row->origin), "workspace_given",
        (json_int_t)row->workspace_given_bytes, "workspace_supplied",
        (json_int_t)row->workspace_supplied_bytes, "counters", counters_json(&row->counters));
}

json_t *trace_json(const struct trace *trace)
{
    struct trace_totals totals = {.problems = 0};
    json_t *problems = json_array();
    json_t *forwarded = json_array();
    json_t *variables = json_array();
    json_t *set = trace->variables;
    for (size_t i = 0; i < trace->rows_count; i++) {
        trace_totals_add(&totals, &trace->rows[i]);
        json_array_append_new(problems, row_json(&trace->rows[i]));
    }
    for (size_t i = 0; i < trace->forwarded_count; i++)
        json_array_append_new(forwarded, json_pack("{s:s, s:s, s:b, s:I}", "function",
                                                   trace->forwarded[i].function, "reason",
                                                   trace->forwarded[i].reason, "refused",
                                                   (int)trace->forwarded[i].refused, "processes",
                                                   (json_int_t)trace->forwarded[i].count));
    for (void *at = json_object_iter(set); at; at = json_object_iter_next(set, at))
        json_array_append_new(variables, json_string(json_object_iter_key(at)));
    return json_pack("{s:i, s:{s:I, s:I}, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:o}, s:o, s:o, s:o}",
                     "schema", 1, "lines", "read", (json_int_t)trace->lines, "skipped",
                     (json_int_t)trace->skipped, "totals", "problems", (json_int_t)totals.problems,
                     "gemm", (json_int_t)totals.by_gemm, "naive", (json_int_t)totals.by_naive,
                     "other", (json_int_t)totals.by_other, "none", (json_int_t)totals.without,
                     "changed", (json_int_t)totals.changed, "counters",
                     counters_json(&totals.counters), "problems", problems, "forwarded", forwarded,
                     "variables", variables);
}
