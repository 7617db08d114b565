/*
 * What the shim and the simulated card cost, beside what they are to be compared with, in one
 * table. It reports and judges nothing: the machine may be busy.
 */
#include "base/cleanup.h"
#include "row.h"
#include "search.h"
#include "setup.h"
#include "start.h"
#include "table.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * BENCH_DIR, where this directory's programs are built, FIBERS, INSTRUCTIONS, the script, OBJDUMP
 * and SCAN_LIBRARY come from meson.build.
 */

#define LIMIT_SECONDS 120
#define ROUNDS_MAX    6

struct bench {
    struct setup setup;
    struct card card;
    json_t *rows;
    unsigned rounds;      /* processes a row is measured in: of six, the range holds the median
                             with 97 % confidence */
    double row_seconds;   /* in each process */
    double start_seconds; /* of starting processes, in each round */
    bool incomplete;
};

static void say(const char *what, const char *release)
{
    fprintf(stderr, "bench: %s%s%s\n", what, *release ? ", MIOpen " : "", release);
}

/* Whether the job did what it was started for; else says why not. */
static bool job_succeeded(struct bench *bench, const struct job *job)
{
    if (job->exit_code == 0)
        return true;
    fprintf(stderr, "bench: %s: exit code %d, signal %d%s\n%s",
            job->argv[1] ? job->argv[1] : *job->argv, job->exit_code, job->signal,
            job->timed_out ? ", out of time" : "", job->err);
    bench->incomplete = true;
    return false;
}

static void row_add(struct bench *bench, json_t *row, const char *release)
{
    if (!row) {
        bench->incomplete = true;
        return;
    }
    if (*release)
        json_object_set_new(row, "miopen", json_string(release));
    json_array_append_new(bench->rows, row);
}

/* --- Calls -------------------------------------------------------------------------------------
 */

/* The answers of the rounds so far: arrays of rows. */
struct answers {
    struct bench *bench;
    json_t *rounds[ROUNDS_MAX];
    size_t count;
};

static void calls_done(struct job *job, void *context)
{
    struct answers *answers = context;
    json_t *rows = job_succeeded(answers->bench, job) ? json_loads(job->out, 0, NULL) : NULL;

    if (rows)
        answers->rounds[answers->count++] = rows;
    job_free(job);
}

static void calls_combine(struct bench *bench, const char *release, const struct answers *answers)
{
    const size_t count = answers->count ? json_array_size(answers->rounds[0]) : 0;

    for (size_t i = 0; i < count; i++) {
        json_t *same[ROUNDS_MAX] = {0};

        for (size_t round = 0; round < answers->count; round++)
            same[round] = json_array_get(answers->rounds[round], i);
        row_add(bench, row_combine(same, answers->count), release);
    }
}

static int calls_measure(struct bench *bench, const struct release *release)
{
    char program[512], preload[560], seconds[32];
    /* As by rocm-rdna1 run, but for the audit library: it would keep the calls from plain MIOpen.
     */
    const char *argv[] = {"/usr/bin/env", preload, release->enter, program, seconds, NULL};
    struct job jobs[ROUNDS_MAX] = {0};
    struct answers answers = {.bench = bench};

    say("calls", release->name);
    snprintf(program, sizeof(program), "%s/calls-%s", BENCH_DIR, release->name);
    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", bench->setup.places.shim);
    snprintf(seconds, sizeof(seconds), "%g", bench->row_seconds);
    for (unsigned i = 0; i < bench->rounds; i++)
        jobs[i] = (struct job){
            .argv = argv, .card = &bench->card, .way = WAY_ENV, .limit_seconds = LIMIT_SECONDS};
    const int r = jobs_run(&bench->setup.places, jobs, bench->rounds, 1, calls_done, &answers);
    calls_combine(bench, release->name, &answers);
    for (size_t i = 0; i < answers.count; i++)
        json_decref(answers.rounds[i]);
    return r;
}

/* --- The first search --------------------------------------------------------------------------
 */

static const struct {
    const char *name, *line;
} first_layers[] = {
    {"3x3", "conv -n 1 -c 16 -H 48 -W 48 -k 32 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"1x1", "conv -n 1 -c 16 -H 48 -W 48 -k 32 -y 1 -x 1 -p 0 -q 0 -F 1"},
};

static const enum way first_ways[] = {WAY_SHIM, WAY_ENV, WAY_PLAIN};

#define FIRST_LAYERS (sizeof(first_layers) / sizeof(*first_layers))
#define FIRST_WAYS   (sizeof(first_ways) / sizeof(*first_ways))

struct first {
    struct bench *bench;
    struct search search;
    bool known;
};

static void first_done(struct job *job, void *context)
{
    struct first *first = job->user;
    (void)context;

    first->known =
        job_succeeded(first->bench, job) && search_read(job->out, job->log, &first->search) == 0;
    job_free(job);
}

/* The shim's counts beside another way's, where that way gets through the convolution at all. */
static void first_compare(struct bench *bench, const char *release, const char *layer,
                          const struct first *shim, const struct first *other, enum way way)
{
    const char *against = way == WAY_ENV ? "our environment" : "plain";
    char name[96];

    if (!shim->known || !other->known || shim->search.status != 0) {
        fprintf(stderr, "bench: the first Find of a %s with the shim or %s is not known\n", layer,
                against);
        bench->incomplete = true;
        return;
    }
    if (other->search.status != 0) {
        fprintf(stderr, "bench: %s MIOpen %s fails at the %s: no row\n", against, release, layer);
        return;
    }
    snprintf(name, sizeof(name), "%s, launches, against %s", layer, against);
    row_add(bench,
            row_new("first Find", name, (double)shim->search.launches,
                    (double)other->search.launches, 0, "launches"),
            release);
    snprintf(name, sizeof(name), "%s, compiled in vain, against %s", layer, against);
    row_add(bench,
            row_new("first Find", name, (double)shim->search.in_vain, (double)other->search.in_vain,
                    0, "programs"),
            release);
}

static int first_measure(struct bench *bench, const struct release *release)
{
    char program[512];
    const char *argv[FIRST_LAYERS][4];
    struct first firsts[FIRST_LAYERS][FIRST_WAYS];
    struct job jobs[FIRST_LAYERS * FIRST_WAYS] = {0};
    size_t count = 0;

    say("first Find", release->name);
    snprintf(program, sizeof(program), "%s/first_find-%s", BENCH_DIR, release->name);
    for (size_t i = 0; i < FIRST_LAYERS; i++) {
        argv[i][0] = release->enter;
        argv[i][1] = program;
        argv[i][2] = first_layers[i].line;
        argv[i][3] = NULL;
        for (size_t way = 0; way < FIRST_WAYS; way++) {
            firsts[i][way] = (struct first){.bench = bench};
            jobs[count++] = (struct job){.argv = argv[i],
                                         .card = &bench->card,
                                         .way = first_ways[way],
                                         .limit_seconds = LIMIT_SECONDS,
                                         .user = &firsts[i][way]};
        }
    }
    const int r = jobs_run(&bench->setup.places, jobs, count,
                           (unsigned)sysconf(_SC_NPROCESSORS_ONLN), first_done, NULL);
    for (size_t i = 0; i < FIRST_LAYERS && r == 0; i++)
        for (size_t way = 1; way < FIRST_WAYS; way++)
            first_compare(bench, release->name, first_layers[i].name, &firsts[i][0],
                          &firsts[i][way], first_ways[way]);
    return r;
}

/* --- The start of a process, and the simulated card ---------------------------------------------
 */

static void start_rounds(struct bench *bench, const char *name, const struct start *ours,
                         const struct start *other, double wanted)
{
    json_t *rounds[ROUNDS_MAX] = {0};
    size_t count = 0;

    say("the start of a process", "");
    for (unsigned i = 0; i < bench->rounds; i++) {
        struct sample sample;

        if (start_measure(ours, other, bench->start_seconds, &sample) == 0)
            rounds[count++] = row_of_sample("process start", name, &sample, wanted);
    }
    row_add(bench, row_combine(rounds, count), "");
    for (size_t i = 0; i < count; i++)
        json_decref(rounds[i]);
}

/* The auditor is a library more than there would be without it: it cannot be free. */
static void starts(struct bench *bench)
{
    const struct start empty = {BENCH_DIR "/libempty.so", NULL};
    const struct start shim = {bench->setup.places.shim, NULL};
    const struct start audited = {bench->setup.places.shim, AUDIT};

    start_rounds(bench, "without MIOpen, against an empty library", &shim, &empty, 1.01);
    start_rounds(bench, "without MIOpen, audited, against the shim alone", &audited, &shim, 1.2);
}

static void fibers_done(struct job *job, void *context)
{
    struct bench *bench = context;
    json_t *said = job_succeeded(bench, job) ? json_loads(job->out, 0, NULL) : NULL;
    const double ours = json_number_value(json_object_get(said, "ours"));
    const double other = json_number_value(json_object_get(said, "other"));

    row_add(bench,
            said ? row_new("simulated card", "im2col, fibers against ucontext", ours * 1e9,
                           other * 1e9, 1.0 / 10, "ns")
                 : NULL,
            "");
    json_decref(said);
    job_free(job);
}

static int fibers_measure(struct bench *bench)
{
    static const char *const argv[] = {FIBERS, NULL};
    struct job job = {
        .argv = argv, .card = &bench->card, .way = WAY_PLAIN, .limit_seconds = LIMIT_SECONDS};

    say("the simulated card", "");
    return jobs_run(&bench->setup.places, &job, 1, 1, fibers_done, bench);
}

/* A program's answer is an array of rows. */
static void rows_done(struct job *job, void *context)
{
    struct bench *bench = context;
    json_t *rows = job_succeeded(bench, job) ? json_loads(job->out, 0, NULL) : NULL;
    json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        row_add(bench, json_incref(row), "");
    }
    json_decref(rows);
    job_free(job);
}

static int instructions_measure(struct bench *bench)
{
    const char *const argv[] = {INSTRUCTIONS,
                                BENCH_DIR "/warm_calls",
                                bench->setup.places.shim,
                                BENCH_DIR "/libforward.so",
                                BENCH_DIR "/libempty.so",
                                NULL};
    struct job job = {
        .argv = argv, .card = &bench->card, .way = WAY_PLAIN, .limit_seconds = LIMIT_SECONDS};

    say("instructions", "");
    return jobs_run(&bench->setup.places, &job, 1, 1, rows_done, bench);
}

/* Only where there is a library to scan. */
static int scan_measure(struct bench *bench)
{
    static const char program[] = BENCH_DIR "/scan";
    char seconds[32];
    const char *const argv[] = {program, seconds, OBJDUMP, CLI, SCAN_LIBRARY, NULL};
    struct job job = {
        .argv = argv, .card = &bench->card, .way = WAY_PLAIN, .limit_seconds = LIMIT_SECONDS};

    if (!*SCAN_LIBRARY)
        return 0;
    say("the scan of GPU code", "");
    snprintf(seconds, sizeof(seconds), "%g", bench->row_seconds);
    return jobs_run(&bench->setup.places, &job, 1, 1, rows_done, bench);
}

static int bench_run(struct bench *bench)
{
    int r = 0;

    for (size_t i = 0; i < bench->setup.releases_count && r == 0; i++) {
        r = first_measure(bench, &bench->setup.releases[i]);
        if (r == 0)
            r = calls_measure(bench, &bench->setup.releases[i]);
    }
    if (r == 0)
        starts(bench);
    if (r == 0)
        r = instructions_measure(bench);
    if (r == 0)
        r = fibers_measure(bench);
    if (r == 0)
        r = scan_measure(bench);
    return r;
}

static _Noreturn void usage(FILE *to, int code)
{
    fputs(
        "bench [--json] [--quick]\n\n"
        "What a call of MIOpen costs with the shim in front of it, launches not executed; what a\n"
        "first search launches and compiles; what the shim costs a process that has no MIOpen.\n"
        "  --json    the rows as data; `ratio` is ours to other, `wanted` the most it may be\n"
        "  --quick   a moment for each row: to see that everything runs, not what it costs\n"
        "Exit: 0 where every row could be had, 1 where not, 2 for a wrong request.\n",
        to);
    exit(code);
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"json", no_argument, NULL, 'j'},
                                          {"quick", no_argument, NULL, 'q'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    struct bench bench = {.rounds = ROUNDS_MAX, .row_seconds = 0.1, .start_seconds = 1};
    bool json = false;
    int option, r;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'j')
            json = true;
        else if (option == 'q')
            bench.rounds = 2, bench.row_seconds = 0.002, bench.start_seconds = 0.02;
        else
            usage(option == 'h' ? stdout : stderr, option == 'h' ? 0 : 2);
    }
    if (optind != argc)
        usage(stderr, 2);

    r = setup_open(&bench.setup);
    if (r < 0)
        return EXIT_FAILURE;
    bench.rows = json_array();
    r = setup_card(&bench.setup, "gfx1010", NULL, &bench.card);
    if (r == 0)
        r = bench_run(&bench);
    if (r < 0)
        fprintf(stderr, "bench: %s\n", strerror(-r));
    if (json) {
        json_dumpf(bench.rows, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
        putchar('\n');
    } else
        table_print(stdout, bench.rows, isatty(STDOUT_FILENO));
    json_decref(bench.rows);
    setup_close(&bench.setup);
    return r < 0 || bench.incomplete ? EXIT_FAILURE : EXIT_SUCCESS;
}
