/*
 * The main job: real convolutions through the real MIOpen on a simulated card, four ways side by
 * side: MIOpen left alone, the original recipe's variables, our environment, the shim.
 */
#include "base/cleanup.h"
#include "picture.h"
#include "record.h"
#include "setup.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CASES_MAX     256
#define LIMIT_SECONDS 120

struct options {
    bool json;
    const char *chip, *target, *only;
    const char *releases[RELEASES_MAX]; /* all where there are none */
    size_t releases_count;
    unsigned at_once;
};

/* One cell of a table: its place in the answer. */
struct cell {
    const char *argv[4];
    const struct release *release;
    const struct test_case *test;
    json_t *row;
};

struct progress {
    size_t done, all;
    bool shown;
};

static _Noreturn void usage(FILE *to, int code)
{
    fputs(
        "demo [--json] [--chip gfx1010] [--target gfx1030] [--case NAME] [--miopen VERSION]...\n\n"
        "Runs convolutions through the real MIOpen on a simulated card, four ways side by side.\n"
        "  --json        the results as data\n"
        "  --chip        the card's chip (default gfx1010, an RX 5700 XT)\n"
        "  --target      what ROCm is told the chip is (default: the chip itself)\n"
        "  --miopen      one release only\n"
        "  --case        one convolution only, also one that only the tests run\n"
        "  --jobs        runs at a time (default: one a core)\n"
        "Exit: 0 where every result with the shim is right, 1 where not, 2 for a wrong request.\n",
        to);
    exit(code);
}

static void add_release(struct options *options, const char *name)
{
    if (options->releases_count == RELEASES_MAX)
        usage(stderr, 2);
    options->releases[options->releases_count++] = name;
}

static struct options options_read(int argc, char **argv)
{
    static const struct option known[] = {
        {"json", no_argument, NULL, 'j'},         {"chip", required_argument, NULL, 'c'},
        {"target", required_argument, NULL, 't'}, {"miopen", required_argument, NULL, 'm'},
        {"case", required_argument, NULL, 'o'},   {"jobs", required_argument, NULL, 'n'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    struct options options = {.chip = "gfx1010",
                              .at_once = (unsigned)sysconf(_SC_NPROCESSORS_ONLN)};
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
        switch (option) {
        case 'j':
            options.json = true;
            break;
        case 'c':
            options.chip = optarg;
            break;
        case 't':
            options.target = optarg;
            break;
        case 'm':
            add_release(&options, optarg);
            break;
        case 'o':
            options.only = optarg;
            break;
        case 'n':
            options.at_once = (unsigned)strtoul(optarg, NULL, 10);
            break;
        default:
            usage(option == 'h' ? stdout : stderr, option == 'h' ? 0 : 2);
        }
    if (optind != argc || options.at_once == 0)
        usage(stderr, 2);
    return options;
}

static bool wanted(const struct options *options, const struct test_case *test)
{
    return options->only ? strcmp(options->only, test->name) == 0 : case_has_tag(test, "demo");
}

static void take_result(struct job *job, void *context)
{
    struct progress *progress = context;
    struct cell *cell = job->user;

    json_object_set_new(cell->row, way_names[job->way], record_from_job(job));
    job_free(job);
    progress->done++;
    if (progress->shown)
        fprintf(stderr, "\r\033[K[%zu/%zu] MIOpen %s, %s, %s", progress->done, progress->all,
                cell->release->name, cell->test->name, way_names[job->way]);
    if (progress->shown && progress->done == progress->all)
        fputs("\r\033[K", stderr);
}

/* Runs everything and fills `ret_rows`, an array in the order of releases and cases. */
static int run_all(const struct setup *setup, const struct card *card,
                   const struct options *options, json_t *ret_rows)
{
    size_t most = setup->releases_count * setup->cases.count * WAY_COUNT;
    cleanup_free struct job *jobs = calloc(most, sizeof(*jobs));
    cleanup_free struct cell *cells = calloc(most, sizeof(*cells));
    struct progress progress = {.shown = isatty(STDERR_FILENO)};

    for (size_t r = 0; jobs && cells && r < setup->releases_count; r++)
        for (size_t c = 0; c < setup->cases.count; c++) {
            const struct release *release = &setup->releases[r];
            const struct test_case *test = &setup->cases.cases[c];
            json_t *row;

            if (!wanted(options, test))
                continue;
            row = json_pack("{s:s, s:s, s:s, s:s}", "miopen", release->name, "case", test->name,
                            "driver", test->line, "card", card->name);
            for (size_t way = 0; way < WAY_COUNT; way++) /* so that they stand in their order */
                json_object_set_new(row, way_names[way], json_null());
            json_array_append_new(ret_rows, row);
            for (unsigned way = 0; way < WAY_COUNT; way++) {
                size_t i = progress.all++;

                cells[i] = (struct cell){
                    {release->enter, release->convolve, test->line}, release, test, row};
                jobs[i] = (struct job){.argv = cells[i].argv,
                                       .card = card,
                                       .way = (enum way)way,
                                       .limit_seconds = LIMIT_SECONDS,
                                       .user = &cells[i]};
            }
        }
    return jobs_run(&setup->places, jobs, progress.all, options->at_once, take_result, &progress);
}

static bool all_right(const json_t *rows)
{
    bool right = json_array_size(rows) > 0;

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *shim = json_object_get(json_array_get(rows, i), way_names[WAY_SHIM]);

        right &= json_is_true(json_object_get(shim, "ok"));
    }
    return right;
}

static void print_tables(const struct setup *setup, const struct card *card, const json_t *rows)
{
    const char *no_color = getenv("NO_COLOR");
    bool color = isatty(STDOUT_FILENO) && !(no_color && *no_color);
    size_t of_release = json_array_size(rows) / setup->releases_count;

    for (size_t r = 0; r < setup->releases_count; r++) {
        json_t *part = json_array();

        for (size_t i = 0; i < of_release; i++)
            json_array_append(part, json_array_get(rows, r * of_release + i));
        picture_print(stdout, setup->releases[r].name, card->name, part, color);
        json_decref(part);
    }
    picture_print_legend(stdout);
}

int main(int argc, char **argv)
{
    struct options options = options_read(argc, argv);
    json_t *rows = json_array();
    struct setup setup;
    struct card card;
    bool right;

    if (setup_open(&setup))
        return 2;
    if (options.releases_count > 0 &&
        setup_keep(&setup, options.releases, options.releases_count)) {
        setup_close(&setup);
        return 2;
    }
    if (options.only && !case_list_find(&setup.cases, options.only)) {
        fprintf(stderr, "demo: no case is called %s\n", options.only);
        setup_close(&setup);
        return 2;
    }
    if (setup_card(&setup, options.chip, options.target, &card) ||
        run_all(&setup, &card, &options, rows)) {
        setup_close(&setup);
        return 2;
    }
    if (options.json) {
        json_dumpf(rows, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
        putchar('\n');
    } else {
        print_tables(&setup, &card, rows);
    }
    right = all_right(rows);
    json_decref(rows);
    setup_close(&setup);
    return right ? 0 : 1;
}
