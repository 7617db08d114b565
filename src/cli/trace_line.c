#include "cli/trace_line.h"

#include "base/cleanup.h"
#include "policy/driver_line.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define SCHEMA 1

const char *trace_line_text(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A number that counts something; 0 for what is none. */
static uint64_t count_of(json_t *object, const char *key)
{
    const json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 ? (uint64_t)number : 0;
}

char *trace_line_group(json_t *line)
{
    json_t *device = json_object_get(line, "device");
    json_t *group =
        json_pack("[O?, O?, O?, O?, O?]", device, json_object_get(line, "miopen_version"),
                  json_object_get(line, "problem"), json_object_get(line, "tensors"),
                  json_object_get(line, "direction"));
    char *text = group ? json_dumps(group, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(group);
    return text;
}

char *trace_line_record(json_t *line)
{
    cleanup_free char *group = trace_line_group(line);
    json_t *record =
        group ? json_pack("[O?, O?, O?, O?, s]", json_object_get(line, "pid"),
                          json_object_get(line, "program"), json_object_get(line, "time"),
                          json_object_get(line, "chosen"), group)
              : NULL;
    char *text = record ? json_dumps(record, JSON_COMPACT) : NULL;
    json_decref(record);
    return text;
}

const char *trace_line_mistake(json_t *line, bool *ret_forwarded)
{
    json_t *schema = json_object_get(line, "schema");
    if (!json_is_object(line))
        return "not an object";
    if (json_is_integer(schema) && json_integer_value(schema) > SCHEMA)
        return "written by a later release";
    if (json_integer_value(schema) != SCHEMA)
        return "not a line of a trace";
    *ret_forwarded = (trace_line_text(line, "forwarded") || trace_line_text(line, "refused")) &&
                     trace_line_text(line, "reason");
    if (*ret_forwarded)
        return NULL;
    if (!json_is_array(json_object_get(line, "chosen")) ||
        !json_is_array(json_object_get(line, "runs")))
        return "without a problem, and without what was forwarded";
    return NULL;
}

/* --- The problem ------------------------------------------------------------------------------ */

static int int_read(json_t *array, unsigned i, int *ret_number)
{
    json_t *item = json_array_get(array, i);
    const json_int_t number = json_integer_value(item);
    if (!json_is_integer(item) || number < INT_MIN || number > INT_MAX)
        return -EINVAL;
    *ret_number = (int)number;
    return 0;
}

static int tensor_read(json_t *object, struct tensor *tensor)
{
    json_t *lengths = json_object_get(object, "lengths");
    json_t *strides = json_object_get(object, "strides");
    json_t *type = json_object_get(object, "type");
    const size_t rank = json_array_size(lengths);
    if (rank < 4 || rank > RANK_MAX || json_array_size(strides) != rank || !json_is_integer(type) ||
        json_integer_value(type) < 0 || json_integer_value(type) > TYPE_INT64)
        return -EINVAL;
    tensor->type = (enum data_type)json_integer_value(type);
    tensor->rank = (unsigned)rank;
    for (unsigned i = 0; i < rank; i++) {
        if (!json_is_integer(json_array_get(lengths, i)) ||
            !json_is_integer(json_array_get(strides, i)))
            return -EINVAL;
        tensor->lengths[i] = json_integer_value(json_array_get(lengths, i));
        tensor->strides[i] = json_integer_value(json_array_get(strides, i));
    }
    return 0;
}

/* A problem in numbers, for which MIOpenDriver has no words. */
static int tensors_read(json_t *line, struct problem *ret_problem)
{
    json_t *tensors = json_object_get(line, "tensors");
    const char *direction = trace_line_text(line, "direction");
    struct problem problem = {.transposed = json_is_true(json_object_get(line, "transposed"))};
    if (!direction || tensor_read(json_object_get(tensors, "x"), &problem.x) < 0 ||
        tensor_read(json_object_get(tensors, "w"), &problem.w) < 0 ||
        tensor_read(json_object_get(tensors, "y"), &problem.y) < 0 ||
        problem.w.rank != problem.x.rank || problem.y.rank != problem.x.rank)
        return -EINVAL;
    while (problem.direction < DIRECTION_COUNT &&
           strcmp(direction, direction_name(problem.direction)) != 0)
        problem.direction++;
    if (problem.direction == DIRECTION_COUNT)
        return -EINVAL;
    problem.spatial = problem.x.rank - 2;
    const json_int_t groups = json_integer_value(json_object_get(tensors, "groups"));
    problem.groups = groups > 0 && groups <= INT_MAX ? (int)groups : 1;
    for (unsigned i = 0; i < problem.spatial; i++)
        if (int_read(json_object_get(tensors, "pad"), i, &problem.pad[i]) < 0 ||
            int_read(json_object_get(tensors, "stride"), i, &problem.stride[i]) < 0 ||
            int_read(json_object_get(tensors, "dilation"), i, &problem.dilation[i]) < 0)
            return -EINVAL;
    problem_transpose(&problem);
    *ret_problem = problem;
    return 0;
}

static void problem_read(json_t *line, struct trace_row *row)
{
    struct problem problem;
    struct version version = {0};
    char error[1];
    row->problem = trace_line_text(line, "problem");
    if (row->miopen && version_parse(row->miopen, &version) < 0)
        version = (struct version){0};
    if ((row->problem && driver_line_parse(row->problem, &problem, error, sizeof(error)) == 0) ||
        (!row->problem && tensors_read(line, &problem) == 0))
        problem_text(&problem, version, row->text);
    else
        snprintf(row->text, sizeof(row->text), "%s", row->problem ? row->problem : "N/A");
}

/* --- Solvers ---------------------------------------------------------------------------------- */

/* False where it is none. */
static bool solver_read(json_t *object, struct trace_solver *ret_solver)
{
    json_t *id = json_object_get(object, "id");
    if (!json_is_integer(id))
        return false;
    *ret_solver = (struct trace_solver){.id = (uint64_t)json_integer_value(id),
                                        .name = trace_line_text(object, "name"),
                                        .algorithm = trace_line_text(object, "algorithm"),
                                        .workspace_bytes = count_of(object, "workspace_needed")};
    return true;
}

static void chosen_read(json_t *line, struct trace_row *row)
{
    json_t *chosen = json_object_get(line, "chosen");
    json_t *runs = json_object_get(line, "runs");
    for (size_t i = 0; i < json_array_size(chosen) && row->chosen_count < CANDIDATES_MAX; i++) {
        struct trace_solver *solver = &row->chosen[row->chosen_count];
        if (!solver_read(json_array_get(chosen, i), solver))
            continue;
        const json_int_t number = json_integer_value(json_array_get(runs, i));
        solver->runs = number > 0 ? (uint64_t)number : 0;
        row->counters.runs += solver->runs;
        row->chosen_count++;
    }
}

void trace_line_row(json_t *line, struct trace_row *ret_row)
{
    json_t *device = json_object_get(line, "device");
    json_t *rules = json_object_get(line, "rules");
    json_t *rule =
        json_array_size(rules) ? json_array_get(rules, json_array_size(rules) - 1) : NULL;
    struct trace_row row = {
        .line = line,
        .pci = trace_line_text(device, "pci"),
        .chip = trace_line_text(device, "chip"),
        .target = trace_line_text(device, "target"),
        .miopen = trace_line_text(line, "miopen_version"),
        .rule = trace_line_text(rule, "name"),
        .origin = trace_line_text(rule, "origin"),
        .counters = {.finds = count_of(line, "finds"),
                     .failures = count_of(line, "failures"),
                     .last_status = json_integer_value(json_object_get(line, "last_status")),
                     .timed = count_of(line, "timed"),
                     .device_us = count_of(line, "device_us")},
        .workspace_given_bytes = count_of(line, "workspace_given"),
        .workspace_supplied_bytes = count_of(line, "workspace_supplied"),
    };
    if (row.counters.timed == 0)
        row.counters.device_us = 0;
    problem_read(line, &row);
    row.answered =
        solver_read(json_object_get(json_object_get(line, "miopen"), "solver"), &row.own);
    chosen_read(line, &row);
    *ret_row = row;
}
