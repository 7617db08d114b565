#include "cli/scan_lookup.h"

#include "cli/json.h"
#include "cli/output.h"
#include "codeobj/symbol_name.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

enum {
    LOG_LIMIT = 64 * 1024 * 1024, /* of a longer one, the second half is kept */
};

int lookup_read_log(struct lookup *lookup, FILE *file)
{
    cleanup_free char *text = NULL;
    size_t room = 0;
    size_t used = 0;
    for (;;) {
        if (used == LOG_LIMIT) {
            used = LOG_LIMIT / 2;
            memmove(text, text + used, used);
        }
        if (used == room) {
            const size_t wanted = room ? room * 2 : 64 * 1024;
            char *larger = realloc(text, wanted);
            if (!larger)
                return -ENOMEM;
            text = larger;
            room = wanted;
        }
        const size_t got = fread(text + used, 1, room - used, file);
        used += got;
        if (got == 0)
            break;
    }
    if (ferror(file))
        return -EIO;
    lookup->has_log = true;
    return kernel_log_parse(text, used, &lookup->log);
}

static void name_add(struct lookup *lookup, const char *name)
{
    lookup->names[lookup->count++] = name;
}

bool lookup_begin(struct lookup *lookup, const char *option)
{
    const struct kernel_log *log = &lookup->log;
    lookup->names = calloc(log->kernels_count + 1, sizeof(*lookup->names));
    lookup->found = calloc(log->kernels_count + 1, sizeof(*lookup->found));
    if (!lookup->names || !lookup->found || (!option && !lookup->has_log))
        return false;
    if (option) {
        name_add(lookup, option);
        return true;
    }
    for (size_t i = 0; i < log->kernels_count; i++)
        if (log->kernels[i].fault)
            name_add(lookup, log->kernels[i].name);
    if (lookup->count == 0 && log->kernels_count > 0)
        name_add(lookup, log->kernels[log->kernels_count - 1].name);
    return true;
}

bool lookup_wants(const char *name, void *context)
{
    const struct lookup *lookup = context;
    for (size_t i = 0; i < lookup->count; i++)
        if (symbol_is(name, lookup->names[i]))
            return true;
    return false;
}

bool lookup_count(struct lookup *lookup, const struct report *report)
{
    for (size_t i = 0; i < lookup->count; i++)
        for (size_t k = 0; k < report->rows_count && !lookup->found[i]; k++)
            lookup->found[i] = symbol_is(report->rows[k].name, lookup->names[i]);
    return report->rows_count > 0;
}

bool lookup_missing(const struct lookup *lookup)
{
    bool missing = lookup->count == 0;
    for (size_t i = 0; i < lookup->count; i++)
        missing |= !lookup->found[i];
    return missing;
}

void lookup_print(const struct lookup *lookup)
{
    const struct kernel_log *log = &lookup->log;
    if (!lookup->has_log)
        return;
    if (lookup->count == 0) {
        puts(log->fault ? "The log tells of a fault, but names no kernel."
                        : "The log names no kernel.");
        text_print_paragraph(
            "Run the program again with AMD_LOG_LEVEL=3 and AMD_SERIALIZE_KERNEL=3 "
            "in its environment: its log then names each kernel that it launches.",
            0);
        return;
    }
    for (size_t i = 0; i < log->kernels_count; i++) {
        const struct logged_kernel *kernel = &log->kernels[i];
        bool wanted = false;
        for (size_t k = 0; k < lookup->count; k++)
            wanted |= lookup->names[k] == kernel->name;
        if (!wanted)
            continue;
        printf("Line %zu of the log: %s ", kernel->line,
               kernel->fault ? "a fault or a stop in" : "what was launched last,");
        text_print(stdout, kernel->name);
        putchar('\n');
    }
    const size_t others = log->kernels_count - lookup->count;
    if (others > 0)
        printf("It names %zu kernel%s more; --kernel looks for it or another.\n", others,
               others == 1 ? "" : "s");
    putchar('\n');
}

void lookup_print_missing(const struct lookup *lookup, size_t files_count)
{
    if (lookup->count == 0 || !lookup_missing(lookup))
        return;
    for (size_t i = 0; i < lookup->count; i++) {
        if (lookup->found[i])
            continue;
        text_print(stdout, lookup->names[i]);
        puts(files_count > 0 ? ": in none of these files" : ": in which files? None are given");
    }
    text_print_paragraph(
        "Other libraries of the program may have it; a running program's stand in /proc/PID/maps. "
        "Or it was compiled while the program ran: by MIOpen, which keeps its kernels in "
        "~/.cache/miopen; by HIP's run-time compiler and comgr, in ~/.cache/comgr where that is "
        "kept; by Triton, in ~/.triton/cache. Such directories can be scanned like any other:",
        2);
    fputs("    rocm-rdna1 scan --kernel '", stdout);
    text_print(stdout, lookup->names[0]);
    puts("' ~/.cache/miopen ~/.cache/comgr");
}

json_t *lookup_json(const struct lookup *lookup)
{
    json_t *kernels = json_array();
    for (size_t i = 0; i < lookup->count; i++)
        json_array_append_new(kernels, json_pack("{s:o, s:b}", "name", json_text(lookup->names[i]),
                                                 "found", lookup->found[i]));
    return json_pack("{s:b, s:b, s:o}", "log", lookup->has_log, "fault", lookup->log.fault,
                     "kernels", kernels);
}

void lookup_free(struct lookup *lookup)
{
    kernel_log_free(&lookup->log);
    free(lookup->names);
    free(lookup->found);
}
