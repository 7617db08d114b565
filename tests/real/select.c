/*
 * What is selected and whether it is right: every case of the matrix on one card, four ways, on one
 * MIOpen release, against expected/<release>.list; one TAP result a case.
 */
#include "base/cleanup.h"
#include "expected.h"
#include "kernels.h"
#include "record.h"
#include "rig.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 90

static const char legend[] =
    "# What each case gives: algorithm:solver of what ran, call=status of what failed, or how it\n"
    "# died.\n";

struct options {
    const char *release, *chip, *target, *tag, *only;
    bool update, shim_only;
};

/* A case with the records of its four ways. */
struct subject {
    const struct test_case *test;
    const char *argv[4];
    json_t *records[WAY_COUNT];
    char *errors[WAY_COUNT]; /* each run's stderr */
};

static _Noreturn void usage(void)
{
    fputs(
        "select --miopen VERSION [--chip gfx1010] [--target gfx1030] [--tag matrix] [--case NAME]\n"
        "       [--shim-only] [--update]\n"
        "--update writes what was seen into the list of what is expected, for review.\n",
        stderr);
    exit(2);
}

static struct options options_read(int argc, char **argv)
{
    static const struct option known[] = {
        {"miopen", required_argument, NULL, 'm'}, {"chip", required_argument, NULL, 'c'},
        {"target", required_argument, NULL, 't'}, {"tag", required_argument, NULL, 'g'},
        {"case", required_argument, NULL, 'o'},   {"update", no_argument, NULL, 'u'},
        {"shim-only", no_argument, NULL, 's'},    {0},
    };
    struct options options = {.chip = "gfx1010", .tag = "matrix"};
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
        switch (option) {
        case 'm':
            options.release = optarg;
            break;
        case 'c':
            options.chip = optarg;
            break;
        case 't':
            options.target = optarg;
            break;
        case 'g':
            options.tag = optarg;
            break;
        case 'o':
            options.only = optarg;
            break;
        case 'u':
            options.update = true;
            break;
        case 's':
            options.shim_only = true;
            break;
        default:
            usage();
        }
    if (!options.release || optind != argc)
        usage();
    return options;
}

static void take_result(struct job *job, void *context)
{
    struct subject *subject = job->user;

    (void)context;
    subject->records[job->way] = record_from_job(job);
    subject->errors[job->way] = job->err;
    free(job->out);
}

/* Whether a kernel is one that GEMM and naive solvers launch. */
static bool kernel_belongs(const char *kernel, const char *algorithm)
{
    return kernel_role(kernel) == (strcmp(algorithm, "Direct") == 0 ? KERNEL_NAIVE : KERNEL_GEMM);
}

/*
 * Whether all that a shim run says on stderr is what plain MIOpen says on this problem, line for
 * line, and no complaint of a probe.
 */
static bool check_stderr(const struct subject *subject)
{
    const char *plain = subject->errors[WAY_PLAIN];
    bool good = true;

    for (const char *line = subject->errors[WAY_SHIM]; *line;) {
        size_t length = strcspn(line, "\n");
        char text[512];

        snprintf(text, sizeof(text), "%.*s", (int)length, line);
        if (strstr(text, "MIOpen Error") || strstr(text, "not applicable") ||
            strstr(text, "rdna1") || (plain && !strstr(plain, text))) {
            tap_note("shim: stderr gained: %s", text);
            good = false;
        }
        line += length + (line[length] == '\n');
    }
    return good;
}

/* What a shim run must be beside right: no launch in Find, none outside the decision, no output. */
static bool check_shim(const struct subject *subject)
{
    const json_t *record = subject->records[WAY_SHIM];
    const json_t *kernels = json_object_get(record, "kernels");
    const char *algorithm = record_text(record, "algorithm");
    bool good = true;

    if (!json_is_true(json_object_get(record, "ok"))) {
        tap_note("shim: not right: %s", record_text(record, "message"));
        good = false;
    }
    if (json_array_size(json_object_get(record, "find_kernels")) != 0 ||
        !json_is_array(json_object_get(record, "find_kernels"))) {
        tap_note("shim: Find launched kernels");
        good = false;
    }
    if (json_array_size(kernels) == 0) {
        tap_note("shim: the log has no launch of the run");
        good = false;
    }
    for (size_t i = 0; i < json_array_size(kernels); i++) {
        const char *kernel = json_string_value(json_array_get(kernels, i));

        if (kernel_belongs(kernel, algorithm))
            continue;
        tap_note("shim: %s is no kernel of the %s decision", kernel, algorithm);
        good = false;
    }
    if (!record_memory_is_right(record)) {
        tap_note("shim: device memory was misused or not given back");
        good = false;
    }
    return check_stderr(subject) && good;
}

static bool subject_check(const struct options *options, const struct card *card,
                          struct subject *subject, struct expected *expected)
{
    bool good = check_shim(subject);

    for (unsigned way = 0; way < WAY_COUNT; way++) {
        const json_t *record = subject->records[way];
        char word[64];

        if (!record)
            continue;
        record_word(record, word, sizeof(word));
        if (strcmp(word, "nothing") == 0 || strcmp(word, "died") == 0) {
            tap_note("%s: no answer: %s", way_names[way], record_text(record, "message"));
            good = false;
            continue; /* never what is expected */
        }
        if (strstr(word, ":wrong")) { /* whatever the list says */
            tap_note("%s: wrong numbers: seed %lld, largest error %g", way_names[way],
                     json_integer_value(json_object_get(record, "seed")),
                     json_number_value(json_object_get(record, "max_error")));
            good = false;
        }
        if (!options->shim_only)
            good &= expected_check(expected, subject->test->name, card->name, (enum way)way, word,
                                   record_text(record, "message"));
    }
    return good;
}

static void subject_free(struct subject *subject)
{
    for (size_t way = 0; way < WAY_COUNT; way++) {
        json_decref(subject->records[way]);
        free(subject->errors[way]);
    }
}

static bool wanted(const struct options *options, const struct test_case *test)
{
    return options->only ? strcmp(options->only, test->name) == 0
                         : case_has_tag(test, options->tag);
}

static int run(struct rig *rig, const struct options *options, struct expected *expected)
{
    const struct case_list *cases = &rig->setup.cases;
    const struct card *card = &rig->card;
    size_t count = cases->count, jobs_count = 0;
    cleanup_free struct subject *subjects = calloc(count, sizeof(*subjects));
    cleanup_free struct job *jobs = calloc(count * WAY_COUNT, sizeof(*jobs));
    int error;

    for (size_t i = 0; subjects && jobs && i < count; i++) {
        struct subject *subject = &subjects[i];

        if (!wanted(options, &cases->cases[i]))
            continue;
        *subject = (struct subject){
            .test = &cases->cases[i],
            .argv = {rig->release->enter, rig->release->convolve, cases->cases[i].line},
        };
        for (unsigned way = options->shim_only ? WAY_SHIM : 0; way < WAY_COUNT; way++)
            jobs[jobs_count++] = (struct job){.argv = subject->argv,
                                              .card = card,
                                              .way = (enum way)way,
                                              .limit_seconds = LIMIT_SECONDS,
                                              .user = subject};
    }
    error = jobs_run(&rig->setup.places, jobs, jobs_count, (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
                     take_result, NULL);
    for (size_t i = 0; !error && subjects && i < count; i++) {
        struct subject *subject = &subjects[i];

        if (!subject->test)
            continue;
        tap_result(&rig->tap, subject_check(options, card, subject, expected),
                   "%s on %s, seed %lld", subject->test->name, card->name,
                   json_integer_value(json_object_get(subject->records[WAY_SHIM], "seed")));
        subject_free(subject);
    }
    return error;
}

int main(int argc, char **argv)
{
    struct options options = options_read(argc, argv);
    struct expected expected = {0};
    struct rig rig;
    char path[512];
    int error;

    if (rig_open(options.release, options.chip, options.target, &rig))
        return 2;
    snprintf(path, sizeof(path), "%s/tests/real/expected/%s.list", SOURCE_DIR, options.release);
    error = expected_open(path, options.update, &expected);
    if (!error)
        error = run(&rig, &options, &expected);
    if (!error && options.update)
        error = expected_write(&expected, options.release, legend, path);
    else if (!error && rig.tap.failures > 0)
        tap_note(
            "Where a change of MIOpen is the cause: select --miopen %s --chip %s%s%s --update, "
            "then review the list's change",
            options.release, options.chip, options.target ? " --target " : "",
            options.target ? options.target : "");
    expected_free(&expected);
    return rig_close(&rig, error);
}
