/* rocm-rdna1 scan: which GPU code in files a chip can run, and what it lacks for the rest. */
#include "cli/json.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/scan_cache.h"
#include "cli/scan_json.h"
#include "cli/scan_lookup.h"
#include "cli/scan_text.h"

#include "base/cleanup.h"
#include "codeobj/survey.h"
#include "facts/target.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

enum {
    OPTION_CHIP,
    OPTION_TARGET,
    OPTION_KERNEL,
    OPTION_ALL,
    OPTION_JSON,
    OPTION_NO_CACHE,
    OPTION_COLOR,
};

static const struct option_row options[] = {
    [OPTION_CHIP] = {"chip", "gfx1010|gfx1011|gfx1012|gfx1013",
                     "the card's chip (default: this machine's)"},
    [OPTION_TARGET] = {"target", "NAME",
                       "look at the code for NAME (default: the best for the chip)"},
    [OPTION_KERNEL] = {"kernel", "NAME", "show this kernel's findings, with their addresses"},
    [OPTION_ALL] = {"all", NULL, "list all files, all kernels and class D as well"},
    [OPTION_JSON] = {"json", NULL, "print one JSON object"},
    [OPTION_NO_CACHE] = {"no-cache", NULL, "read all files anew, and keep nothing"},
    [OPTION_COLOR] = {"color", "auto|always|never", "colour the text (default: on a terminal)"},
    {NULL, NULL, NULL},
};

struct scan {
    struct scan_style style;
    const char *chip_from; /* "option", "machine" or "default" */
    const char *believed;  /* the target that an override makes of this machine's card; or NULL */
    struct path_list paths;
    struct lookup lookup;
    struct scan_cache cache;
    bool use_cache;
    bool in_full;  /* each file, rather than a table */
    json_t *files; /* NULL where text is wanted */
    struct scan_table table;
    size_t reports;
    size_t with_code; /* reports that looked at code */
    bool found;       /* something, of what the lookup is for */
    _Atomic uint64_t seen_bytes;
    bool progress_shown;
    int status;
};

static void progress_clear(struct scan *scan)
{
    if (scan->progress_shown)
        fputs("\r\033[K", stderr);
    scan->progress_shown = false;
}

static void progress_show(size_t files, void *context)
{
    struct scan *scan = context;
    char bytes[BYTES_TEXT_SIZE];
    bytes_format(atomic_load(&scan->seen_bytes), bytes);
    fprintf(stderr, "\r\033[K%zu of %zu files, %s of code", files, scan->paths.count, bytes);
    scan->progress_shown = true;
}

static bool recall(const struct path *path, struct report *ret_report, void *context)
{
    return scan_cache_recall(&((struct scan *)context)->cache, path, ret_report);
}

static void keep(const struct path *path, const struct report *report, void *context)
{
    scan_cache_keep(&((struct scan *)context)->cache, path, report);
}

static void show(const struct path *path, const struct report *report, int error, void *context)
{
    struct scan *scan = context;
    int r = 0;
    progress_clear(scan);
    if (error < 0) {
        complain("scan: %s: %s", path->name, strerror(-error));
        scan->status = STATUS_FAILED;
        if (scan->files)
            json_array_append_new(scan->files, report_error_json(path->name, error));
        return;
    }
    if (scan->style.lookup && !lookup_count(&scan->lookup, report) && report->notes_count == 0)
        return;
    scan->with_code += report->target != NULL;
    if (scan->files) {
        if (path->named || scan->style.all || report->targets_count > 0 || report->notes_count > 0)
            json_array_append_new(scan->files, report_json(report, scan->style.chip));
    } else if (scan->in_full) {
        if (!path->named && !scan->style.all && report->targets_count == 0 &&
            report->notes_count == 0)
            return;
        if (scan->reports++ > 0)
            putchar('\n');
        scan_print_report(report, &scan->style);
    } else {
        r = scan_table_add(&scan->table, report, &scan->style, path->named || scan->style.all);
    }
    if (r < 0) {
        complain("scan: %s", strerror(-r));
        scan->status = STATUS_FAILED;
    }
}

/* This machine's first RDNA1 card: its chip, and the target that an override makes of it. */
static void card_find(struct scan *scan, const struct settings *settings)
{
    struct root root = ROOT_CLOSED;
    struct gpu_list gpus = {0};
    const struct chip *chip = NULL;
    if (root_open(settings->sysroot, &root) == 0 && gpu_list_read(&root, &gpus) == 0) {
        for (size_t i = 0; i < gpus.count && !chip; i++) {
            struct target target;
            chip = chip_from_name(gpus.gpus[i].chip);
            target_read(&gpus.gpus[i], process_environment, NULL, &target);
            if (chip && strcmp(target.name, chip->name) != 0)
                scan->believed = target_from_name(target.name);
        }
    }
    gpu_list_free(&gpus);
    root_close(&root);
    if (chip)
        scan->style.chip = chip;
    scan->chip_from = chip ? "machine" : "default";
}

/* The chip that is asked for, or that of this machine, or the commonest. */
static void chip_choose(struct scan *scan, const char *option, const struct settings *settings)
{
    scan->style.chip = chip_from_name(option ? option : "gfx1010");
    scan->chip_from = "option";
    if (!option)
        card_find(scan, settings);
}

/* STATUS_OK, or another after a message. */
static int paths_read(struct scan *scan, const struct arguments *arguments)
{
    int r = 0;
    bool log_read = false;
    for (int i = 0; r == 0 && i < arguments->rest_count; i++) {
        const char *word = arguments->rest[i];
        if (strcmp(word, "-") != 0)
            r = path_list_add(&scan->paths, word);
        else if (!log_read)
            r = lookup_read_log(&scan->lookup, stdin);
        log_read |= strcmp(word, "-") == 0;
    }
    /* Where only a log is given, what it names is looked at. */
    for (size_t i = 0; r == 0 && scan->paths.count == 0 && i < scan->lookup.log.files_count; i++)
        if (access(scan->lookup.log.files[i], R_OK) == 0)
            r = path_list_add(&scan->paths, scan->lookup.log.files[i]);
    if (r < 0) {
        complain("scan: %s", strerror(-r));
        return STATUS_FAILED;
    }
    return STATUS_OK;
}

static int files_read(struct scan *scan, const char *target)
{
    const struct report_request request = {
        .chip = scan->style.chip,
        .target = target,
        .sites = scan->style.sites,
        .class_d = scan->style.all,
        .wanted = scan->style.lookup ? lookup_wants : NULL,
        .context = &scan->lookup,
        .seen_bytes = &scan->seen_bytes,
    };
    const struct survey survey = {
        .paths = &scan->paths,
        .request = &request,
        .recall = scan->use_cache ? recall : NULL,
        .keep = scan->use_cache ? keep : NULL,
        .show = show,
        .progress = isatty(2) ? progress_show : NULL,
        .context = scan,
    };
    const int r = survey_run(&survey);
    progress_clear(scan);
    if (r < 0)
        complain("scan: %s", strerror(-r));
    return r;
}

static void print_chip(const struct scan *scan, const char *target)
{
    char text[256];
    if (scan->believed && !target) {
        snprintf(text, sizeof(text),
                 "HSA_OVERRIDE_GFX_VERSION is set: ROCm takes code for %s here, and --target %s "
                 "looks at that.",
                 scan->believed, scan->believed);
        text_print_paragraph(text, 0);
        putchar('\n');
    }
    if (strcmp(scan->chip_from, "default") == 0)
        printf("No RDNA1 card is here: taken as for %s (%s); --chip says otherwise.\n\n",
               scan->style.chip->name, scan->style.chip->code_name);
}

/* All that comes behind the files. */
static int finish(struct scan *scan)
{
    if (scan->files) {
        json_t *lookup = scan->style.lookup ? lookup_json(&scan->lookup) : json_null();
        return json_print(json_pack("{s:i, s:s, s:s, s:o, s:o}", "schema", 1, "chip",
                                    scan->style.chip->name, "chip_from", scan->chip_from, "lookup",
                                    lookup, "files", json_incref(scan->files)));
    }
    if (scan->style.lookup)
        lookup_print_missing(&scan->lookup, scan->paths.count);
    else if (!scan->in_full && scan_table_print(&scan->table, &scan->style) < 0)
        return STATUS_FAILED;
    if (scan->with_code > 0)
        scan_print_meaning(scan->style.chip);
    return STATUS_OK;
}

static int scan_all(struct scan *scan, const struct arguments *arguments, const char *target)
{
    int status = paths_read(scan, arguments);
    if (status != STATUS_OK)
        return status;
    scan->style.lookup = lookup_begin(&scan->lookup, arguments->values[OPTION_KERNEL]);
    scan->style.sites = scan->style.lookup || (scan->style.all && scan->files);
    scan->use_cache =
        !scan->style.lookup && !scan->style.all && !arguments->values[OPTION_NO_CACHE];
    scan->in_full = scan->style.all || scan->style.lookup ||
                    (scan->paths.count == 1 && scan->paths.paths[0].named);
    if (scan->use_cache)
        scan_cache_open(scan->style.chip, target, &scan->cache);
    int r = scan->files || scan->in_full ? 0 : scan_table_begin(&scan->style, &scan->table);
    if (r == 0 && !scan->files)
        print_chip(scan, target);
    if (r == 0 && scan->style.lookup && !scan->files)
        lookup_print(&scan->lookup);
    if (r == 0)
        r = files_read(scan, target);
    if (r == 0)
        status = finish(scan);
    scan_cache_close(&scan->cache);
    scan_table_free(&scan->table);
    if (scan->style.lookup && lookup_missing(&scan->lookup) && status == STATUS_OK)
        status = STATUS_FAILED;
    return r < 0 ? STATUS_FAILED : status == STATUS_OK ? scan->status : status;
}

static int run(const struct arguments *arguments, const struct settings *settings)
{
    const char *wanted = arguments->values[OPTION_TARGET];
    const char *target = wanted ? target_from_name(wanted) : NULL;
    if (arguments->rest_count == 0) {
        complain("scan: which files? A library, a directory, or - for a log on standard input");
        return STATUS_USAGE;
    }
    struct scan scan = {
        .style.color = color_wanted(arguments->values[OPTION_COLOR]),
        .style.all = arguments->values[OPTION_ALL] != NULL,
        .status = STATUS_OK,
    };
    chip_choose(&scan, arguments->values[OPTION_CHIP], settings);
    if (wanted && (!target || target_fit(scan.style.chip, target) == FIT_NONE)) {
        complain("scan: --target %s: expected one of gfx10 that %s can be made to take, such as "
                 "gfx1030 or gfx10-1-generic",
                 wanted, scan.style.chip->name);
        return STATUS_USAGE;
    }
    if (arguments->values[OPTION_JSON])
        scan.files = json_array();
    const int status = scan_all(&scan, arguments, target);
    json_decref(scan.files);
    lookup_free(&scan.lookup);
    path_list_free(&scan.paths);
    return status;
}

const struct command command_scan = {
    .name = "scan",
    .summary = "show which GPU code in files a card can run",
    .rest = "PATH...",
    .details =
        "Reads the GPU code in programs, libraries, code objects, offload bundles and MIOpen's\n"
        "kernel databases, or in all of them below a directory, such as a Python environment:\n"
        "which targets it is for, what that means for an RDNA1 card, and which kernels have\n"
        "instructions that the card lacks or lack the workarounds that it needs. With - the log\n"
        "of a fault or a hang is read from standard input, and the kernels that it names are\n"
        "looked for in the other PATHs, or in the files that it names.",
    .options = options,
    .usage_status = STATUS_USAGE,
    .run = run,
};
