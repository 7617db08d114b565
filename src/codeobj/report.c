#include "codeobj/report.h"

#include "codeobj/code_object.h"
#include "codeobj/mapping.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    /* The first LLVM whose rule for LDS and branches takes generic FLAT accesses in. */
    LLVM_FLAT_RULE = 22,
};

/* One reading, which the visitor's functions get as their context. */
struct reading {
    const struct report_request *request;
    const struct mapping *mapping;
    struct report *report;
};

static void note(const char *text, void *context)
{
    struct report *report = ((const struct reading *)context)->report;
    if (report->notes_count < NOTES_SHOWN)
        report->notes[report->notes_count] = strdup(text);
    report->notes_count++;
}

void kernel_free(struct kernel *kernel)
{
    free(kernel->name);
    free(kernel->place);
    free(kernel->sites);
    *kernel = (struct kernel){0};
}

/* What was found of a target that turned out not to be the best. */
static void findings_forget(struct report *report)
{
    for (size_t i = 0; i < report->rows_count; i++)
        kernel_free(&report->rows[i]);
    free(report->rows);
    report->rows = NULL;
    report->rows_count = 0;
    report->kernels = report->functions = report->instructions = report->undecoded = 0;
    memset(report->counts, 0, sizeof(report->counts));
    memset(report->classes, 0, sizeof(report->classes));
}

void report_free(struct report *report)
{
    findings_forget(report);
    for (size_t i = 0; i < NOTES_SHOWN; i++)
        free(report->notes[i]);
    free(report->targets);
    free(report->path);
    *report = (struct report){0};
}

static int target_count(struct report *report, const char *name, uint64_t kernels)
{
    size_t i = 0;
    while (i < report->targets_count && strcmp(report->targets[i].name, name) != 0)
        i++;
    if (i == report->targets_count) {
        struct target_count *larger = reallocarray(report->targets, i + 1, sizeof(*larger));
        if (!larger)
            return -ENOMEM;
        report->targets = larger;
        report->targets[report->targets_count++] = (struct target_count){.name = name};
    }
    report->targets[i].code_objects++;
    report->targets[i].kernels += kernels;
    return 0;
}

int report_row_add(struct report *report, struct kernel *row)
{
    const size_t count = report->rows_count;
    if ((count & (count - 1)) == 0) {
        struct kernel *larger = reallocarray(report->rows, count ? count * 2 : 1, sizeof(*larger));
        if (!larger)
            return -ENOMEM;
        report->rows = larger;
    }
    report->rows[report->rows_count++] = *row;
    *row = (struct kernel){0};
    return 0;
}

/* Adds what one function has up; the kernel's class and counts are set. */
static void result_add(struct report *report, const struct scan_result *result,
                       struct kernel *kernel)
{
    kernel->class = CLASS_COUNT;
    for (enum finding_kind kind = 0; kind < FINDING_COUNT; kind++) {
        const enum finding_class class = finding_class(kind);
        kernel->counts[kind] = result->counts[kind];
        report->counts[kind] += result->counts[kind];
        report->classes[class].sites += result->counts[kind];
        if (result->counts[kind] > 0 && class < kernel->class)
            kernel->class = class;
    }
    if (kernel->launched && kernel->class < CLASS_COUNT)
        report->classes[kernel->class].kernels++;
    report->instructions += result->instructions;
    report->undecoded += result->undecoded;
}

static int function_read(const struct reading *reading, const struct function *function,
                         const char *place, const struct scan_options *options)
{
    const struct report_request *request = reading->request;
    struct scan_result result;
    const int r = scan_code(&function->code, options, &result);
    if (r < 0)
        return r;
    struct kernel kernel = {
        .launched = function->kernel,
        .address = function->code.address,
        .instructions = result.instructions,
    };
    result_add(reading->report, &result, &kernel);
    const bool kept =
        request->wanted || kernel.class < CLASS_D || (kernel.class == CLASS_D && request->class_d);
    int added = 0;
    if (kept) {
        kernel.name = strdup(function->name);
        kernel.place = strdup(place);
        if (request->sites) {
            kernel.sites = result.sites;
            kernel.sites_count = result.sites_count;
            result.sites = NULL;
        }
        added = kernel.name && kernel.place ? report_row_add(reading->report, &kernel) : -ENOMEM;
        kernel_free(&kernel);
    }
    scan_result_free(&result);
    return added;
}

/* Whether a target is what this report is about; a better one than before makes a new start. */
static bool target_chosen(const struct reading *reading, const char *target)
{
    struct report *report = reading->report;
    const struct report_request *request = reading->request;
    if (!target)
        return false;
    if (request->target ? target != request->target : target_fit(request->chip, target) == FIT_NONE)
        return false;
    if (report->target && target != report->target &&
        !target_better(request->chip, target, report->target))
        return false;
    if (target != report->target)
        findings_forget(report);
    report->target = target;
    return true;
}

static void passed(struct span part, void *context)
{
    mapping_release(((const struct reading *)context)->mapping, part);
}

static int object_read(struct span bytes, const char *place, void *context)
{
    const struct reading *reading = context;
    const struct report_request *request = reading->request;
    struct report *report = reading->report;
    struct code_object object;
    const char *why;
    int r = code_object_open(bytes, &object, &why);
    if (r == -EBADMSG) {
        char text[512];
        snprintf(text, sizeof(text), "%s%sa code object that cannot be read: %s", place,
                 *place ? ": " : "", why);
        note(text, context);
        return 0;
    }
    if (r < 0)
        return r;
    r = target_count(report, object.target ? object.target : "unknown", object.kernels_count);
    const struct scan_options options = {
        .chip = request->chip,
        .lds_branch_flat = object.compiler >= LLVM_FLAT_RULE,
    };
    if (r == 0 && target_chosen(reading, object.target)) {
        report->kernels += object.kernels_count;
        report->functions += object.functions_count - object.kernels_count;
        for (size_t i = 0; r == 0 && i < object.functions_count; i++) {
            const struct function *function = &object.functions[i];
            if (!request->wanted || request->wanted(function->name, request->context))
                r = function_read(reading, function, place, &options);
        }
    }
    code_object_close(&object);
    passed(bytes, context);
    if (request->seen_bytes)
        atomic_fetch_add(request->seen_bytes, bytes.size);
    return r;
}

/* Stands still for equal ones, for which qsort() promises nothing. */
static int compare_rows(const void *a, const void *b)
{
    const struct kernel *first = a;
    const struct kernel *second = b;
    if (first->class != second->class)
        return first->class < second->class ? -1 : 1;
    const int order = strcmp(first->name, second->name);
    if (order != 0)
        return order;
    return strverscmp(first->place, second->place);
}

static int compare_targets(const void *a, const void *b, void *chip)
{
    const char *first = ((const struct target_count *)a)->name;
    const char *second = ((const struct target_count *)b)->name;
    return target_better(chip, first, second) ? -1 : target_better(chip, second, first);
}

/* What SQLite has not yet brought from the log beside a database into it. */
static void write_ahead_note(const char *path, struct reading *reading)
{
    char name[PATH_MAX];
    char text[PATH_MAX + 128];
    struct stat status;
    snprintf(name, sizeof(name), "%s-wal", path);
    if (stat(name, &status) < 0 || status.st_size == 0)
        return;
    snprintf(text, sizeof(text),
             "what stands in %s is not looked at: end the programs that use it, and scan again",
             name);
    note(text, reading);
}

int report_read(const char *path, const struct report_request *request, struct report *ret_report)
{
    struct mapping mapping;
    int r = mapping_open(path, &mapping);
    if (r < 0)
        return r;
    struct report report = {.path = strdup(path), .size_bytes = mapping.file.size};
    struct reading reading = {.request = request, .mapping = &mapping, .report = &report};
    const struct container_visitor visitor = {
        .code_object = object_read, .note = note, .passed = passed, .context = &reading};
    report.kind = container_kind(mapping.file);
    r = report.path ? container_walk(mapping.file, &visitor) : -ENOMEM;
    if (r == 0 && mapping_shrunk(&mapping))
        note("the file became shorter while it was read: scan it again", &reading);
    mapping_close(&mapping);
    if (r == 0 && report.kind == CONTAINER_DATABASE)
        write_ahead_note(path, &reading);
    if (r < 0) {
        report_free(&report);
        return r;
    }
    if (report.rows_count > 0)
        qsort(report.rows, report.rows_count, sizeof(*report.rows), compare_rows);
    if (report.targets_count > 0)
        qsort_r(report.targets, report.targets_count, sizeof(*report.targets), compare_targets,
                (void *)(uintptr_t)request->chip);
    *ret_report = report;
    return 0;
}
