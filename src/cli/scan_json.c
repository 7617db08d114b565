#include "cli/scan_json.h"

#include "cli/json.h"
#include "codeobj/verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const class_names[CLASS_COUNT] = {"A", "B", "C", "D"};

static json_t *counts_json(const uint64_t counts[FINDING_COUNT], bool all)
{
    json_t *object = json_object();
    for (enum finding_kind kind = 0; kind < FINDING_COUNT; kind++)
        if (all || counts[kind] > 0)
            json_object_set_new(object, finding_id(kind), json_integer((json_int_t)counts[kind]));
    return object;
}

static json_t *classes_json(const struct report *report)
{
    json_t *classes = json_object();
    for (enum finding_class class = 0; class < CLASS_COUNT; class ++)
        json_object_set_new(classes, class_names[class],
                            json_pack("{s:I, s:I}", "kernels",
                                      (json_int_t)report->classes[class].kernels, "sites",
                                      (json_int_t)report->classes[class].sites));
    return classes;
}

static json_t *kernel_json(const struct kernel *kernel)
{
    json_t *sites = json_array();
    for (size_t i = 0; i < kernel->sites_count; i++)
        json_array_append_new(sites, json_pack("{s:I, s:s}", "address",
                                               (json_int_t)kernel->sites[i].address, "id",
                                               finding_id(kernel->sites[i].kind)));
    return json_pack("{s:o, s:o, s:b, s:o, s:I, s:I, s:o, s:o}", "kernel", json_text(kernel->name),
                     "place", json_text(kernel->place), "launched", kernel->launched, "class",
                     json_text(kernel->class < CLASS_COUNT ? class_names[kernel->class] : NULL),
                     "address", (json_int_t)kernel->address, "instructions",
                     (json_int_t)kernel->instructions, "counts", counts_json(kernel->counts, false),
                     "sites", sites);
}

json_t *report_json(const struct report *report, const struct chip *chip)
{
    char advice[VERDICT_TEXT_SIZE];
    json_t *targets = json_array();
    json_t *code = json_object();
    json_t *findings = json_array();
    json_t *notes = json_array();
    verdict_text(report, chip, advice);
    for (size_t i = 0; i < report->targets_count; i++) {
        const struct target_count *target = &report->targets[i];
        json_array_append_new(targets, json_text(target->name));
        json_object_set_new(code, target->name,
                            json_pack("{s:I, s:I}", "code_objects",
                                      (json_int_t)target->code_objects, "kernels",
                                      (json_int_t)target->kernels));
    }
    for (size_t i = 0; i < report->rows_count; i++)
        json_array_append_new(findings, kernel_json(&report->rows[i]));
    for (size_t i = 0; i < report->notes_count && i < NOTES_SHOWN; i++)
        json_array_append_new(notes, json_text(report->notes[i]));
    return json_pack("{s:o, s:I, s:s, s:o, s:o, s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o, s:o, "
                     "s:o, s:I, s:n}",
                     "path", json_text(report->path), "size_bytes", (json_int_t)report->size_bytes,
                     "kind", container_kind_name(report->kind), "targets", targets, "code", code,
                     "target", json_text(report->target), "verdict",
                     verdict_id(verdict_of(report, chip)), "advice", advice, "kernels",
                     (json_int_t)report->kernels, "functions", (json_int_t)report->functions,
                     "instructions", (json_int_t)report->instructions, "undecoded",
                     (json_int_t)report->undecoded, "classes", classes_json(report), "counts",
                     counts_json(report->counts, true), "findings", findings, "notes", notes,
                     "notes_count", (json_int_t)report->notes_count, "error");
}

json_t *report_error_json(const char *path, int error)
{
    return json_pack("{s:o, s:s, s:{s:o}}", "path", json_text(path), "verdict", "error", "error",
                     "message", json_text(strerror(-error)));
}

static uint64_t number_of(const json_t *object, const char *key)
{
    const json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 ? (uint64_t)number : 0;
}

static void counts_from(const json_t *object, uint64_t ret_counts[FINDING_COUNT])
{
    for (enum finding_kind kind = 0; kind < FINDING_COUNT; kind++)
        ret_counts[kind] = number_of(object, finding_id(kind));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static int targets_from(const json_t *object, struct report *report)
{
    const json_t *code = json_object_get(object, "code");
    const json_t *names = json_object_get(object, "targets");
    const size_t count = json_array_size(names);
    report->targets = calloc(count + 1, sizeof(*report->targets));
    if (!report->targets)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(names, i));
        const char *name = text && strcmp(text, "unknown") == 0 ? "unknown"
                           : text                               ? target_from_name(text)
                                                                : NULL;
        if (!name)
            return -EINVAL;
        const json_t *target = json_object_get(code, name);
        report->targets[report->targets_count++] = (struct target_count){
            .name = name,
            .code_objects = number_of(target, "code_objects"),
            .kernels = number_of(target, "kernels"),
        };
    }
    return 0;
}

static int rows_from(const json_t *findings, struct report *report)
{
    size_t i;
    const json_t *row;
    json_array_foreach(findings, i, row)
    {
        struct kernel kernel = {
            .name = strdup(text_of(row, "kernel")),
            .place = strdup(text_of(row, "place")),
            .launched = json_is_true(json_object_get(row, "launched")),
            .address = number_of(row, "address"),
            .instructions = number_of(row, "instructions"),
            .class = CLASS_COUNT,
        };
        counts_from(json_object_get(row, "counts"), kernel.counts);
        for (enum finding_kind kind = FINDING_COUNT; kind-- > 0;)
            if (kernel.counts[kind] > 0 && finding_class(kind) < kernel.class)
                kernel.class = finding_class(kind);
        const int r = kernel.name && kernel.place ? report_row_add(report, &kernel) : -ENOMEM;
        kernel_free(&kernel);
        if (r < 0)
            return r;
    }
    return 0;
}

static int notes_from(const json_t *notes, struct report *report)
{
    size_t i;
    const json_t *note;
    json_array_foreach(notes, i, note)
    {
        const char *text = json_string_value(note);
        if (!text || i >= NOTES_SHOWN)
            return -EINVAL;
        report->notes[i] = strdup(text);
        if (!report->notes[i])
            return -ENOMEM;
    }
    return 0;
}

int report_from_json(const json_t *object, struct report *ret_report)
{
    struct report report = {
        .path = strdup(text_of(object, "path")),
        .size_bytes = number_of(object, "size_bytes"),
        .target = target_from_name(text_of(object, "target")),
        .kernels = number_of(object, "kernels"),
        .functions = number_of(object, "functions"),
        .instructions = number_of(object, "instructions"),
        .undecoded = number_of(object, "undecoded"),
        .notes_count = number_of(object, "notes_count"),
    };
    int r = report.path ? 0 : -ENOMEM;
    while (report.kind < CONTAINER_KIND_COUNT &&
           strcmp(container_kind_name(report.kind), text_of(object, "kind")) != 0)
        report.kind++;
    if (r == 0 && report.kind == CONTAINER_KIND_COUNT)
        r = -EINVAL;
    counts_from(json_object_get(object, "counts"), report.counts);
    for (enum finding_class class = 0; class < CLASS_COUNT; class ++) {
        const json_t *count =
            json_object_get(json_object_get(object, "classes"), class_names[class]);
        report.classes[class] =
            (struct class_count){number_of(count, "kernels"), number_of(count, "sites")};
    }
    if (r == 0)
        r = targets_from(object, &report);
    if (r == 0)
        r = rows_from(json_object_get(object, "findings"), &report);
    if (r == 0)
        r = notes_from(json_object_get(object, "notes"), &report);
    if (r < 0) {
        report_free(&report);
        return r;
    }
    *ret_report = report;
    return 0;
}
