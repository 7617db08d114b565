#include "record.h"

#include "launches.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

const char *record_text(const json_t *record, const char *key)
{
    const char *text = json_string_value(json_object_get(record, key));

    return text ? text : "";
}

/*
 * MIOpen's reason for a failure: the last of its error lines, from behind the place in its source.
 * NULL where there is none.
 */
static json_t *miopen_message(const char *err)
{
    const char *last = NULL, *end, *place;

    for (const char *at = strstr(err, "MIOpen Error:"); at; at = strstr(at + 1, "MIOpen Error:"))
        last = at + strlen("MIOpen Error:");
    if (!last)
        return NULL;
    end = last + strcspn(last, "\n");
    for (place = strstr(last, "pp:"); place && place < end; place = strstr(last, "pp:"))
        last = place + 3 + strspn(place + 3, "0123456789:");
    last += strspn(last, " ");
    return json_stringn(last, (size_t)(end - last));
}

/* The simulated card's own trouble, which MIOpen goes on to report as its failure; NULL without. */
static json_t *card_message(const char *err)
{
    const char *line = strstr(err, "simulated card: kernel ");

    return line ? json_stringn(line, strcspn(line, "\n")) : NULL;
}

/* What the process said last, where it is no message of MIOpen's. */
static json_t *last_line(const char *text)
{
    size_t end = strlen(text), begin;

    while (end > 0 && text[end - 1] == '\n')
        end--;
    for (begin = end; begin > 0 && text[begin - 1] != '\n';)
        begin--;
    return end > begin ? json_stringn(text + begin, end - begin) : json_null();
}

static json_t *message_of(const struct job *job, const json_t *record, const json_t *fault)
{
    json_t *message;

    if (job->timed_out)
        return json_sprintf("no end within %u seconds", job->limit_seconds);
    if (fault)
        return json_sprintf("modelled fault: %s cannot run on this card",
                            record_text(fault, "kernel"));
    if (job->signal)
        return json_sprintf("ended by signal %d (%s)", job->signal, strsignal(job->signal));
    message = card_message(job->err);
    if (!message)
        message = miopen_message(job->err);
    if (message)
        return message;
    return *record_text(record, "status_text") ? json_incref(json_object_get(record, "status_text"))
                                               : last_line(job->err);
}

/* Every object of convolve's output, where it was asked for several devices. */
static json_t *all_lines(const char *out)
{
    json_t *lines = json_array();

    while (*out) {
        size_t length = strcspn(out, "\n");
        json_t *line = json_loadb(out, length, 0, NULL);

        if (line)
            json_array_append_new(lines, line);
        out += length + (out[length] == '\n');
    }
    return lines;
}

json_t *record_from_job(const struct job *job)
{
    static const char *const members[] = {"status",          "algorithm", "solver",    "solver_id",
                                          "kernels",         "stage",     "max_error", "message",
                                          "workspace_bytes", "died"};
    json_t *lines = all_lines(job->out), *fault = launches_fault(job->log, 0), *record;

    if (json_array_size(lines) > 0) {
        record = json_deep_copy(json_array_get(lines, 0));
    } else {
        record = json_pack("{s:b}", "ok", 0);
        json_object_set_new(record, "kernels", launches_since(job->log, 0, -1));
    }
    if (json_array_size(lines) > 1)
        json_object_set(record, "all", lines);
    json_decref(lines);
    if (fault || job->timed_out || job->signal)
        json_object_set_new(record, "died",
                            json_string(fault            ? "fault"
                                        : job->timed_out ? "time-limit"
                                                         : "died"));
    if (*record_text(record, "died"))
        json_object_set_new(record, "ok", json_false());
    if (!json_is_true(json_object_get(record, "ok")))
        json_object_set_new(record, "message", message_of(job, record, fault));
    json_object_set_new(record, "mistakes", json_integer(launches_count(job->log, "mistake")));
    json_object_set_new(record, "leaks", json_integer(launches_count(job->log, "leak")));
    json_object_set_new(record, "seconds", json_real(round(job->seconds * 100) / 100));
    json_object_set_new(record, "cpu_seconds", json_real(round(job->cpu_seconds * 100) / 100));
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
        if (!json_object_get(record, members[i]))
            json_object_set_new(record, members[i], json_null());
    json_decref(fault);
    return record;
}

bool record_memory_is_right(const json_t *record)
{
    const json_t *mistakes = json_object_get(record, "mistakes");
    const json_t *leaks = json_object_get(record, "leaks");

    return json_is_integer(mistakes) && json_integer_value(mistakes) == 0 &&
           json_is_integer(leaks) && json_integer_value(leaks) == 0;
}

void record_word(const json_t *record, char *ret_word, size_t size)
{
    json_t *exact = json_object_get(record, "exact");
    json_int_t status = json_integer_value(json_object_get(record, "status"));

    if (*record_text(record, "died"))
        snprintf(ret_word, size, "%s", record_text(record, "died"));
    else if (!json_is_integer(json_object_get(record, "status")))
        snprintf(ret_word, size, "nothing");
    else if (status != 0)
        snprintf(ret_word, size, "%s=%d", record_text(record, "stage"), (int)status);
    else
        snprintf(ret_word, size, "%s:%d%s", record_text(record, "algorithm"),
                 (int)json_integer_value(json_object_get(record, "solver_id")),
                 json_is_true(exact) && json_is_true(json_object_get(record, "ok")) ? ""
                                                                                    : ":wrong");
}
