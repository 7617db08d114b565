#include "shim/trace_line.h"

#include "policy/driver_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Beyond this a counter stays where it is: the line must not grow. */
#define COUNT_MAX       UINT64_C(999999999999999)

/* Variables beyond this are passed over. */
#define VARIABLES_SHOWN 64

void trace_line_begin(struct json *json)
{
    char text[32] = "";
    struct timespec now;
    struct tm parts;

    if (clock_gettime(CLOCK_REALTIME, &now) == 0 && gmtime_r(&now.tv_sec, &parts))
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
    json_add(json, "{\"schema\":1,\"pid\":%ld,\"program\":", (long)getpid());
    json_add_string(json, program_invocation_short_name);
    json_add(json, ",\"time\":");
    json_add_string(json, *text ? text : NULL);
}

static void add_known(struct json *json, const char *name, const char *text)
{
    json_add(json, "\"%s\":", name);
    json_add_string(json, *text ? text : NULL);
}

static void add_numbers(struct json *json, const char *name, unsigned count, const int64_t *numbers)
{
    json_add(json, "\"%s\":[", name);
    for (unsigned i = 0; i < count; i++)
        json_add(json, "%s%" PRId64, i ? "," : "", numbers[i]);
    json_add(json, "]");
}

static void add_ints(struct json *json, const char *name, unsigned count, const int *numbers)
{
    int64_t wide[SPATIAL_MAX] = {0};

    for (unsigned i = 0; i < count && i < SPATIAL_MAX; i++)
        wide[i] = numbers[i];
    json_add(json, ",");
    add_numbers(json, name, count < SPATIAL_MAX ? count : SPATIAL_MAX, wide);
}

static void add_tensor(struct json *json, const char *name, const struct tensor *tensor)
{
    const unsigned rank = tensor->rank < RANK_MAX ? tensor->rank : RANK_MAX;

    json_add(json, "\"%s\":{\"type\":%d,", name, (int)tensor->type);
    add_numbers(json, "lengths", rank, tensor->lengths);
    json_add(json, ",");
    add_numbers(json, "strides", rank, tensor->strides);
    json_add(json, "},");
}

/* What MIOpenDriver's options cannot say, in numbers. */
static void add_tensors(struct json *json, const struct problem *caller)
{
    json_add(json, "{");
    add_tensor(json, "x", &caller->x);
    add_tensor(json, "w", &caller->w);
    add_tensor(json, "y", &caller->y);
    json_add(json, "\"groups\":%d", caller->groups);
    add_ints(json, "pad", caller->spatial, caller->pad);
    add_ints(json, "stride", caller->spatial, caller->stride);
    add_ints(json, "dilation", caller->spatial, caller->dilation);
    json_add(json, "}");
}

static void add_problem(struct json *json, const struct trace_subject *subject)
{
    struct problem caller = *subject->problem;
    char line[1024];
    const bool has_line = driver_line_write(subject->problem, line, sizeof(line)) == 0;

    problem_transpose(&caller);
    json_add(json, ",\"problem\":");
    json_add_string(json, has_line ? line : NULL);
    json_add(json, ",\"tensors\":");
    if (has_line)
        json_add(json, "null");
    else
        add_tensors(json, &caller);
    json_add(json,
             ",\"direction\":\"%s\",\"transposed\":%s,\"type\":\"%s\",\"layout\":\"%s\","
             "\"packed\":%s",
             direction_name(caller.direction), caller.transposed ? "true" : "false",
             data_type_name(caller.w.type),
             layout_name(problem_layout(subject->problem, subject->version), caller.spatial),
             problem_is_packed(subject->problem) ? "true" : "false");
}

static void add_solver(struct json *json, uint64_t id, enum algorithm algorithm,
                       size_t workspace_bytes)
{
    json_add(json, "{\"id\":%" PRIu64 ",\"name\":", id);
    json_add_string(json, solver_name_from_id(id));
    json_add(json, ",\"algorithm\":");
    json_add_string(json, algorithm_name(algorithm));
    json_add(json, ",\"workspace_needed\":%zu}", workspace_bytes);
}

static void add_answer(struct json *json, const miopenConvSolution_t *answer)
{
    add_solver(json, answer->solution_id, (enum algorithm)answer->algorithm,
               answer->workspace_size);
}

static void add_answers(struct json *json, const struct trace_subject *subject)
{
    json_add(json, ",\"miopen\":{\"status\":");
    if (subject->asked)
        json_add(json, "%d", (int)subject->status);
    else
        json_add(json, "null");
    json_add(json, ",\"solver\":");
    if (subject->answers_count > 0)
        add_answer(json, &subject->answers[0]);
    else
        json_add(json, "null");
    json_add(json, ",\"others\":[");
    for (size_t i = 1; i < subject->answers_count; i++) {
        json_add(json, "%s", i > 1 ? "," : "");
        add_answer(json, &subject->answers[i]);
    }
    json_add(json, "]}");
}

/* MIOpen reads them once, so these are those it goes by unless they were changed since. */
static void add_variables(struct json *json)
{
    unsigned count = 0;

    json_add(json, ",\"variables\":[");
    for (char **variable = environ; variable && *variable && count < VARIABLES_SHOWN; variable++) {
        if (strncmp(*variable, "MIOPEN_", strlen("MIOPEN_")) != 0)
            continue;
        json_add(json, "%s", count++ ? "," : "");
        json_add_string(json, *variable);
    }
    json_add(json, "]");
}

static void add_rules(struct json *json, const struct decision *decision)
{
    json_add(json, ",\"rules\":[");
    for (unsigned i = 0; i < decision->reasons_count; i++) {
        json_add(json, "%s{\"name\":", i ? "," : "");
        json_add_string(json, rule_name(decision->reasons[i]));
        json_add(json, ",\"origin\":");
        json_add_string(json, rule_origin(decision->reasons[i]));
        json_add(json, "}");
    }
    json_add(json, "]");
}

void trace_line_problem(struct json *json, const struct trace_subject *subject)
{
    json_add(json, ",\"device\":{");
    add_known(json, "pci", subject->pci);
    json_add(json, ",");
    add_known(json, "chip", subject->chip);
    json_add(json, ",");
    add_known(json, "target", subject->target);
    json_add(json, "},\"miopen_version\":");
    if (subject->version.major)
        json_add(json, "\"%u.%u.%u\"", subject->version.major, subject->version.minor,
                 subject->version.patch);
    else
        json_add(json, "null");
    add_problem(json, subject);
    add_answers(json, subject);
    add_variables(json);
    json_add(json, ",\"chosen\":[");
    for (unsigned i = 0; i < subject->solvers_count; i++) {
        json_add(json, "%s", i ? "," : "");
        add_solver(json, subject->solvers[i].solver->id, subject->solvers[i].solver->algorithm,
                   subject->solvers[i].workspace_bytes);
    }
    json_add(json, "]");
    add_rules(json, subject->decision);
}

static unsigned long long shown(uint64_t count)
{
    return count < COUNT_MAX ? count : COUNT_MAX;
}

size_t trace_line_counts(const struct trace_counts *counts, unsigned runs_count,
                         char ret_tail[TRACE_TAIL_MAX])
{
    char runs[CANDIDATES_MAX * 17] = "";
    char time[17] = "null";
    size_t used = 0;

    for (unsigned i = 0; i < runs_count && i < CANDIDATES_MAX; i++)
        used += (size_t)snprintf(runs + used, sizeof(runs) - used, "%s%15llu", i ? "," : "",
                                 shown(counts->runs[i]));
    if (counts->timed > 0)
        snprintf(time, sizeof(time), "%llu", shown(counts->device_ns / 1000));
    const int length =
        snprintf(ret_tail, TRACE_TAIL_MAX,
                 ",\"finds\":%15llu,\"runs\":[%s],\"failures\":%15llu,\"last_status\":%11d,"
                 "\"workspace_given\":%15llu,\"workspace_supplied\":%15llu,\"timed\":%15llu,"
                 "\"device_us\":%15s}\n",
                 shown(counts->finds), runs, shown(counts->failures), counts->last_status,
                 shown(counts->workspace_given_bytes), shown(counts->workspace_supplied_bytes),
                 shown(counts->timed), time);
    return length > 0 && length < TRACE_TAIL_MAX ? (size_t)length : 0;
}
