/*
 * Whether the shim makes of every convolution what can be made of it: random ones of every kind, or
 * the matrix of types, layouts, directions and features. MIOpen alone is asked about each GEMM and
 * naive solver by its id; under the shim the roads of programs are taken, and one by an id that is
 * forbidden. One TAP result for each kind of convolution; with a fixed seed, which is an option.
 */
#include "base/cleanup.h"
#include "rig.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 1200
#define PARTS_MAX     8
#define KINDS_MAX     16
#define NOTES_MAX     12 /* of one kind: more do not say more */

struct options {
    const char *release, *seed, *count;
    bool matrix;
};

/* What the two ways said of each convolution, by its number; those that one way left out: NULL. */
struct answers {
    json_t *of[2]; /* arrays; WAY_PLAIN and behind it WAY_SHIM */
};

struct tally {
    const char *kind;
    unsigned seen, by_gemm, by_naive, right, refused, notes;
    bool bad;
};

struct tallies {
    struct tally kinds[KINDS_MAX];
    size_t count;
};

static long long number_of(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);

    return json_is_integer(number) ? json_integer_value(number) : -1;
}

static bool flag_of(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

static struct tally *tally_of(struct tallies *tallies, const char *kind)
{
    for (size_t i = 0; i < tallies->count; i++)
        if (strcmp(tallies->kinds[i].kind, kind) == 0)
            return &tallies->kinds[i];
    if (tallies->count == KINDS_MAX)
        return &tallies->kinds[KINDS_MAX - 1];
    tallies->kinds[tallies->count] = (struct tally){.kind = kind};
    return &tallies->kinds[tallies->count++];
}

/* Notes what is wrong with a convolution where `good` is false. */
static void expect(struct tally *tally, const json_t *answer, bool good, const char *what)
{
    if (good)
        return;
    tally->bad = true;
    if (tally->notes++ < NOTES_MAX)
        tap_note("%s: number %lld, %s", what, number_of(answer, "number"),
                 json_string_value(json_object_get(answer, "problem")));
}

/* --- What MIOpen says by itself, against what the policy expects of it -------------------------
 */

static bool solver_is_right(const json_t *solver)
{
    const json_t *right = json_object_get(solver, "right");

    return number_of(solver, "run") == 0 && (!right || json_is_true(right));
}

/*
 * The solver that the policy takes, GEMM before naive; 0 for none. What it takes MIOpen must list,
 * compile and, where it has memory, run right; where it takes none, none must be right, unless it
 * makes no difference where a kernel looks for a part of the filter.
 */
static long long check_policy(struct tally *tally, const json_t *plain)
{
    json_t *solvers = json_object_get(plain, "solvers"), *solver;
    long long taken = 0;
    bool missed = false;
    size_t i;

    json_array_foreach(solvers, i, solver)
    {
        const long long id = number_of(solver, "id");
        const bool listed = flag_of(solver, "listed"), ran = json_object_get(solver, "run");

        if (!flag_of(solver, "taken")) {
            missed |= flag_of(solver, "right");
            continue;
        }
        expect(tally, plain, listed && number_of(solver, "probe") == 0,
               "MIOpen does not list a solver that the policy takes");
        expect(tally, plain, number_of(solver, "compile") == 0,
               "MIOpen does not compile a solver that the policy takes");
        expect(tally, plain, !ran || solver_is_right(solver),
               "MIOpen has it wrong by a solver that the policy takes");
        if (taken == 0 || (taken < 88 && id >= 88)) /* ids of naive solvers are below GEMM's */
            taken = id;
    }
    expect(tally, plain, taken != 0 || !missed || !flag_of(plain, "filter_matters"),
           "MIOpen has it right, and the policy takes no solver");
    return taken;
}

/* --- What the shim makes of it ------------------------------------------------------------------
 */

/* Whether plain MIOpen has said this line too, other than of a probe that failed. */
static bool line_is_plain(const json_t *plain, const char *line)
{
    json_t *solver, *other;
    size_t i, j;

    json_array_foreach(json_object_get(plain, "stderr"), i,
                       other) if (strcmp(json_string_value(other), line) == 0) return true;
    json_array_foreach(json_object_get(plain, "solvers"), i,
                       solver) if (number_of(solver, "probe") == 0)
        json_array_foreach(json_object_get(solver, "stderr"), j,
                           other) if (strcmp(json_string_value(other), line) == 0) return true;
    return false;
}

static void check_stderr(struct tally *tally, const json_t *plain, const json_t *shim,
                         const char *road)
{
    json_t *line;
    size_t i;

    json_array_foreach(json_object_get(json_object_get(shim, road), "stderr"), i, line)
    {
        const char *text = json_string_value(line);
        /* MIOpen's own answer to what only this test does: a Find without memory. */
        if (strstr(text, "Buffers cannot be NULL") || line_is_plain(plain, text))
            continue;
        tap_note("stderr gained by %s: %s", road, text);
        expect(tally, shim, false, "a line that plain MIOpen does not say");
    }
}

static void check_road(struct tally *tally, const json_t *shim, const char *road, long long taken,
                       bool has_memory)
{
    const json_t *answer = json_object_get(shim, road), *right = json_object_get(answer, "right");
    const bool finds = strcmp(road, "find") == 0;

    if (taken == 0) {
        expect(tally, shim, number_of(answer, "status") > 0, "a success without any solver");
        return;
    }
    if (finds && !has_memory)
        return; /* there is nothing to search with */
    expect(tally, shim, number_of(answer, "status") == 0, "not done, though a solver can");
    expect(tally, shim, number_of(answer, "algorithm") == (taken >= 88 ? 0 : 1),
           "not by the algorithm of the first solver");
    expect(tally, shim, finds || number_of(answer, "solver") == taken, "not by the first solver");
    expect(tally, shim, !right || json_is_true(right), "wrong numbers");
}

/* An id that is no candidate stands for the solver that is. */
static void check_foreign(struct tally *tally, const json_t *shim, long long taken,
                          const json_t *solvers, bool has_memory)
{
    const json_t *answer = json_object_get(shim, "foreign");
    const json_t *right = json_object_get(answer, "right"), *solver;
    long long bytes = -1;
    size_t i;

    if (taken == 0) {
        expect(tally, shim, number_of(answer, "probe") > 0, "a foreign id without any solver");
        return;
    }
    json_array_foreach(solvers, i, solver) if (number_of(solver, "id") == taken) bytes =
        number_of(solver, "bytes");
    expect(tally, shim, number_of(answer, "probe") == 0 && number_of(answer, "compile") == 0,
           "a foreign id is refused");
    expect(tally, shim, number_of(answer, "bytes") == bytes,
           "a foreign id needs another workspace than the solver that it stands for");
    expect(tally, shim, !has_memory || number_of(answer, "run") == 0, "a foreign id does not run");
    expect(tally, shim, !right || json_is_true(right), "wrong numbers by a foreign id");
}

static void check(struct tally *tally, const json_t *plain, const json_t *shim)
{
    const json_t *solvers = json_object_get(plain, "solvers");
    const bool has_memory = strcmp(tally->kind, "huge") != 0;

    tally->seen++;
    expect(tally, shim, !json_object_get(shim, "died"), "a death under the shim");
    if (json_object_get(shim, "died"))
        return;
    if (json_object_get(plain, "refused") || json_object_get(shim, "refused")) {
        tally->refused++;
        expect(tally, shim, number_of(plain, "status") == number_of(shim, "status"),
               "descriptors refused by another status");
        return;
    }
    if (!solvers)
        return; /* MIOpen dies of what it lists itself, and the policy does not take */

    const long long taken = check_policy(tally, plain);
    tally->by_gemm += taken >= 88;
    tally->by_naive += taken > 0 && taken < 88;
    tally->right += flag_of(json_object_get(shim, "immediate"), "right");
    check_road(tally, shim, "find", taken, has_memory);
    check_road(tally, shim, "immediate", taken, has_memory);
    check_foreign(tally, shim, taken, solvers, has_memory);
    check_stderr(tally, plain, shim, "find");
    check_stderr(tally, plain, shim, "immediate");
    check_stderr(tally, plain, shim, "foreign");
}

/* --- Running -------------------------------------------------------------------------------------
 */

/* Puts a job's lines where their numbers say. */
static void take_answers(struct job *job, void *context)
{
    struct answers *answers = context;
    json_t *list = answers->of[job->way == WAY_SHIM];
    char *rest = job->out, *line;

    while ((line = strsep(&rest, "\n"))) {
        json_t *answer = json_loads(line, 0, NULL);
        const long long number = number_of(answer, "number");

        while (number >= 0 && json_array_size(list) <= (size_t)number)
            json_array_append_new(list, json_null());
        if (number >= 0)
            json_array_set(list, (size_t)number, answer);
        json_decref(answer);
    }
    if (job->exit_code != 0 || job->timed_out)
        tap_note("%s: exit %d, signal %d%s: %.500s", way_names[job->way], job->exit_code,
                 job->signal, job->timed_out ? ", too slow" : "", job->err);
    job_free(job);
}

static int survey(const struct rig *rig, const struct options *options, struct answers *answers)
{
    const unsigned parts = (unsigned)sysconf(_SC_NPROCESSORS_ONLN) < PARTS_MAX
                               ? (unsigned)sysconf(_SC_NPROCESSORS_ONLN)
                               : PARTS_MAX;
    char program[600], first[PARTS_MAX][16], step[16], count[16];
    const char *argv[2][PARTS_MAX][16];
    struct job jobs[2 * PARTS_MAX];
    size_t jobs_count = 0;

    snprintf(program, sizeof(program), "%s/tests/real/survey-%s", BUILD_DIR, options->release);
    snprintf(step, sizeof(step), "%u", parts);
    snprintf(count, sizeof(count), "%lu", strtoul(options->count, NULL, 10) / parts);
    for (unsigned way = 0; way < 2; way++)
        for (unsigned part = 0; part < parts; part++) {
            const char **words = argv[way][part];
            size_t n = 0;

            snprintf(first[part], sizeof(first[part]), "%u", part);
            words[n++] = rig->release->enter;
            words[n++] = program;
            words[n++] = "--first", words[n++] = first[part];
            words[n++] = "--step", words[n++] = step;
            words[n++] = "--count", words[n++] = count;
            if (options->matrix)
                words[n++] = "--matrix";
            else
                words[n++] = "--seed", words[n++] = options->seed;
            if (way == 0)
                words[n++] = "--by-id";
            words[n] = NULL;
            jobs[jobs_count++] = (struct job){.argv = words,
                                              .card = &rig->card,
                                              .way = way ? WAY_SHIM : WAY_PLAIN,
                                              .limit_seconds = LIMIT_SECONDS};
        }
    return jobs_run(&rig->setup.places, jobs, jobs_count, parts, take_answers, answers);
}

static void judge(const struct answers *answers, struct tap *tap)
{
    struct tallies tallies = {.count = 0};
    const size_t count = json_array_size(answers->of[0]);
    unsigned missing = 0;

    for (size_t i = 0; i < count; i++) {
        const json_t *plain = json_array_get(answers->of[0], i);
        const json_t *shim = json_array_get(answers->of[1], i);

        if (json_is_object(plain) && json_is_object(shim))
            check(tally_of(&tallies, json_string_value(json_object_get(plain, "kind"))), plain,
                  shim);
        else
            missing++;
    }
    for (size_t i = 0; i < tallies.count; i++) {
        const struct tally *tally = &tallies.kinds[i];

        tap_result(tap, !tally->bad,
                   "%s: %u, %u by GEMM, %u by naive, %u run and right, %u no descriptors",
                   tally->kind, tally->seen, tally->by_gemm, tally->by_naive, tally->right,
                   tally->refused);
    }
    tap_result(tap, count > 0 && missing == 0 && json_array_size(answers->of[1]) == count,
               "every convolution has both its answers: %zu, %zu under the shim, %u of them not",
               count, json_array_size(answers->of[1]), missing);
}

static _Noreturn void usage(void)
{
    fputs("shapes --miopen VERSION [--matrix] [--seed NUMBER] [--count NUMBER]\n", stderr);
    exit(2);
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"miopen", required_argument, NULL, 'm'},
                                          {"matrix", no_argument, NULL, 'x'},
                                          {"seed", required_argument, NULL, 's'},
                                          {"count", required_argument, NULL, 'c'},
                                          {0}};
    struct options options = {.seed = "1", .count = "100"};
    struct answers answers = {{json_array(), json_array()}};
    struct rig rig;
    int option, error;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (option == 'm')
            options.release = optarg;
        else if (option == 'x')
            options.matrix = true;
        else if (option == 's')
            options.seed = optarg;
        else if (option == 'c')
            options.count = optarg;
        else
            usage();
    }
    if (!options.release || optind != argc)
        usage();
    if (rig_open(options.release, "gfx1010", NULL, &rig))
        return 2;
    error = survey(&rig, &options, &answers);
    if (!error)
        judge(&answers, &rig.tap);
    json_decref(answers.of[0]);
    json_decref(answers.of[1]);
    return rig_close(&rig, error);
}
