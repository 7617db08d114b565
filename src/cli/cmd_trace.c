/* rocm-rdna1 trace: what the shim noted of each convolution, as a table, as JSON or as a page. */
#include "cli/json.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/trace_html.h"
#include "cli/trace_json.h"
#include "cli/trace_table.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTION_JSON, OPTION_HTML, OPTION_OUTPUT, OPTION_COLOR };

static const struct option_row options[] = {
    [OPTION_JSON] = {"json", NULL, "print one JSON object"},
    [OPTION_HTML] = {"html", NULL, "print one page of HTML, complete in itself"},
    [OPTION_OUTPUT] = {"output", "FILE", "write to FILE instead of standard output"},
    [OPTION_COLOR] = {"color", "auto|always|never", "colour the table (default: on a terminal)"},
    {NULL, NULL, NULL},
};

static int read_file(struct trace *trace, const char *name)
{
    const bool is_stdin = strcmp(name, "-") == 0;
    cleanup_file FILE *opened = is_stdin ? NULL : fopen(name, "re");
    FILE *file = is_stdin ? stdin : opened;
    const int r = file ? trace_read(trace, file, is_stdin ? "standard input" : name) : -errno;
    if (r < 0)
        complain("%s: %s", name, strerror(-r));
    return r;
}

/*
 * From here on standard output is that file. Not one that was read: a trace is not to be lost for
 * its own picture. 0, or -errno after a message.
 */
static int output_to(const char *name, char **inputs)
{
    struct stat output, input;
    const bool exists = stat(name, &output) == 0;
    for (; exists && *inputs; inputs++) {
        if (stat(*inputs, &input) == 0 && S_ISREG(input.st_mode) && input.st_dev == output.st_dev &&
            input.st_ino == output.st_ino) {
            complain("--output %s: this is the trace itself", name);
            return -EINVAL;
        }
    }
    cleanup_fd const int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) {
        complain("--output %s: %s", name, strerror(errno));
        return -EIO;
    }
    return 0;
}

static int print(const struct trace *trace, const struct arguments *arguments)
{
    if (arguments->values[OPTION_JSON])
        return json_print(trace_json(trace));
    if (arguments->values[OPTION_HTML]) {
        trace_print_html(trace, stdout);
        return STATUS_OK;
    }
    const bool color =
        color_wanted(arguments->values[OPTION_OUTPUT] && !arguments->values[OPTION_COLOR]
                         ? "never"
                         : arguments->values[OPTION_COLOR]);
    const int r = trace_print_table(trace, color);
    if (r < 0)
        complain("printing the table: %s", strerror(-r));
    return r < 0 ? STATUS_FAILED : STATUS_OK;
}

static int run(const struct arguments *arguments, const struct settings *settings)
{
    const char *output = arguments->values[OPTION_OUTPUT];
    struct trace trace = {.rows = NULL};
    int status = STATUS_OK;
    (void)settings;
    if (arguments->rest_count == 0) {
        complain("trace: which file? The one that ROCM_RDNA1_TRACE named, or - for standard input");
        return STATUS_USAGE;
    }
    if (arguments->values[OPTION_JSON] && arguments->values[OPTION_HTML]) {
        complain("trace: --json and --html: expected one of them");
        return STATUS_USAGE;
    }
    for (int i = 0; i < arguments->rest_count; i++)
        if (read_file(&trace, arguments->rest[i]) < 0)
            status = STATUS_FAILED;
    const int r = trace_finish(&trace);
    if (r < 0) {
        complain("%s", strerror(-r));
        status = STATUS_FAILED;
    } else if (output && output_to(output, arguments->rest) < 0) {
        status = STATUS_FAILED;
    } else if (status == STATUS_OK || trace.lines > 0) {
        const int printed = print(&trace, arguments);
        status = printed != STATUS_OK ? printed : status;
    }
    trace_free(&trace);
    return status;
}

const struct command command_trace = {
    .name = "trace",
    .summary = "show what the shim noted of each convolution",
    .rest = "FILE...",
    .details =
        "Shows the trace of `rocm-rdna1 run --trace FILE -- PROGRAM`: for each problem what "
        "MIOpen\n"
        "would have chosen and what was chosen, by which rule, with what workspace, how often it\n"
        "ran and how long on the device. What took longest comes first. - is standard input.\n"
        "Lines that are none, such as one cut off by a kill, are named, counted and skipped.",
    .options = options,
    .usage_status = STATUS_USAGE,
    .run = run,
};
