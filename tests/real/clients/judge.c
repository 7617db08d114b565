/*
 * Runs a client on one MIOpen release and judges it: left alone it gives what is on record in
 * expected/<release>.list, and under the shim every convolution is right and no kernel is launched
 * that is not in kernels.list. One TAP result a convolution, one for the process as a whole.
 */
#include "base/cleanup.h"
#include "expected.h"
#include "kernels.h"
#include "launches.h"
#include "record.h"
#include "rig.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 600

static const char legend[] =
    "# What each convolution of each client gives: \"right\", \"wrong\" or the call that failed "
    "and\n"
    "# its status, then the kinds of kernels that were launched, those with ! outside the "
    "decision.\n"
    "# \"died\" is where a program ended, \"not reached\" what came after it.\n";

struct options {
    const char *release, *client, *chip, *target;
    bool four_ways, update;
};

/* One run of the client. */
struct account {
    bool done;
    json_t *cases; /* name → its last line */
    json_t *record;
    json_t *launches; /* of the whole process */
    char *err;
    int exit_code;
};

static _Noreturn void usage(void)
{
    fputs("judge --miopen VERSION --client NAME [--chip gfx1010] [--target gfx1030] [--four-ways]\n"
          "      [--update]\n"
          "--update writes what was seen into the list of what is expected, for review.\n",
          stderr);
    exit(2);
}

static struct options options_read(int argc, char **argv)
{
    static const struct option known[] = {
        {"miopen", required_argument, NULL, 'm'},
        {"client", required_argument, NULL, 'n'},
        {"chip", required_argument, NULL, 'c'},
        {"target", required_argument, NULL, 't'},
        {"four-ways", no_argument, NULL, 'f'},
        {"update", no_argument, NULL, 'u'},
        {0},
    };
    struct options options = {.chip = "gfx1010"};
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
        switch (option) {
        case 'm':
            options.release = optarg;
            break;
        case 'n':
            options.client = optarg;
            break;
        case 'c':
            options.chip = optarg;
            break;
        case 't':
            options.target = optarg;
            break;
        case 'u':
            options.update = true;
            break;
        case 'f':
            options.four_ways = true;
            break;
        default:
            usage();
        }
    if (!options.release || !options.client || optind != argc)
        usage();
    return options;
}

/* The last line of each case, in the order of their first; how its program ended, where in it. */
static json_t *cases_from(const char *out)
{
    json_t *cases = json_object(), *last = NULL;

    while (*out) {
        size_t length = strcspn(out, "\n");
        json_t *line = json_loadb(out, length, 0, NULL);

        if (*record_text(line, "case")) {
            json_object_set(cases, record_text(line, "case"), line);
            last = line;
        } else if (last && *record_text(line, "died"))
            json_object_set(last, "died", json_object_get(line, "died"));
        json_decref(line);
        out += length + (out[length] == '\n');
    }
    return cases;
}

static void take_account(struct job *job, void *context)
{
    struct account *account = job->user;

    (void)context;
    *account = (struct account){.done = true,
                                .cases = cases_from(job->out),
                                .record = record_from_job(job),
                                .launches = launches_since(job->log, 0, -1),
                                .err = job->err,
                                .exit_code = job->exit_code};
    free(job->out);
}

static void account_free(struct account *account)
{
    json_decref(account->cases);
    json_decref(account->record);
    json_decref(account->launches);
    free(account->err);
}

/* Appends the kinds of kernels, each once: "Im2Col+gemm+!miopenSp3AsmConv". */
static void word_add_kernels(char *word, size_t size, const json_t *kernels)
{
    char before = ' ';
    cleanup_free char *seen = strdup("+");

    for (size_t i = 0; seen && i < json_array_size(kernels); i++) {
        const char *kernel = json_string_value(json_array_get(kernels, i));
        const char *mark = kernel_role(kernel) == KERNEL_FORBIDDEN ? "!" : "";
        char name[96], *more = NULL;
        size_t length = strlen(word);

        kernel_short_name(kernel, name, sizeof(name));
        if (asprintf(&more, "+%s+", name) < 0 || strstr(seen, more)) {
            free(more);
            continue;
        }
        free(more);
        if (asprintf(&more, "%s%s+", seen, name) < 0)
            return;
        free(seen);
        seen = more;
        snprintf(word + length, size - length, "%c%s%s", before, mark, name);
        before = '+';
    }
}

/* What a case gave, as the list has it. */
static void word_for(const struct account *account, const char *name, char *ret_word, size_t size)
{
    const json_t *line = json_object_get(account->cases, name);

    if (!line)
        snprintf(ret_word, size, "not reached");
    else if (json_object_get(line, "begin") || json_object_get(line, "died"))
        snprintf(ret_word, size, "died: %s", record_text(line, "died"));
    else if (*record_text(line, "stage"))
        snprintf(ret_word, size, "%s=%d", record_text(line, "stage"),
                 (int)json_integer_value(json_object_get(line, "status")));
    else
        snprintf(ret_word, size, "%s",
                 json_is_true(json_object_get(line, "ok")) ? "right" : "wrong");
    word_add_kernels(ret_word, size, json_object_get(line, "kernels"));
}

static bool word_is_good(const char *word)
{
    return strncmp(word, "right", 5) == 0 && !strchr(word, '!');
}

/* One case in all ways; says how many of them plain MIOpen does not do, by `plain_bad`. */
static bool case_check(const struct options *options, const struct card *card,
                       const struct account *accounts, const char *name, struct expected *expected,
                       unsigned *plain_bad)
{
    char key[128], word[512];
    bool good = true;

    snprintf(key, sizeof(key), "%s %s", options->client, name);
    for (unsigned way = 0; way < WAY_COUNT; way++) {
        if (!accounts[way].done)
            continue;
        word_for(&accounts[way], name, word, sizeof(word));
        *plain_bad += way == WAY_PLAIN && !word_is_good(word);
        if (way == WAY_SHIM && !word_is_good(word)) {
            tap_note("shim: %s, seed %lld, %s", word,
                     json_integer_value(
                         json_object_get(json_object_get(accounts[way].cases, name), "seed")),
                     record_text(accounts[way].record, "message"));
            good = false;
        }
        good &= expected_check(expected, key, card->name, (enum way)way, word, "");
    }
    return good;
}

/* The shim's process as a whole. */
static bool process_check(const struct account *shim)
{
    bool good = shim->exit_code == 0;

    if (!good)
        tap_note("exit %d: %s\n%.2000s", shim->exit_code, record_text(shim->record, "message"),
                 shim->err);
    if (json_array_size(shim->launches) == 0) {
        tap_note("the log has no launch");
        good = false;
    }
    for (size_t i = 0; i < json_array_size(shim->launches); i++) {
        const char *kernel = json_string_value(json_array_get(shim->launches, i));

        if (kernel_role(kernel) != KERNEL_FORBIDDEN)
            continue;
        tap_note("%s was launched, which is outside the decision", kernel);
        good = false;
    }
    if (!record_memory_is_right(shim->record)) {
        tap_note("device memory was misused or not given back");
        good = false;
    }
    if (strstr(shim->err, "MIOpen Error") || strstr(shim->err, "rdna1")) {
        tap_note("stderr gained: %.2000s", shim->err);
        good = false;
    }
    return good;
}

/* Every case that is on record for this client and card. */
static void cases_add_expected(const struct options *options, const struct card *card,
                               const struct expected *expected, json_t *cases)
{
    size_t length = strlen(options->client);

    for (size_t i = 0; i < expected->count; i++)
        if (strncmp(expected->rows[i].test, options->client, length) == 0 &&
            expected->rows[i].test[length] == ' ' &&
            strcmp(expected->rows[i].card, card->name) == 0)
            json_object_set_new(cases, expected->rows[i].test + length + 1, json_true());
}

static int run(struct rig *rig, const struct options *options, struct expected *expected)
{
    const struct release *release = rig->release;
    const struct card *card = &rig->card;
    struct account accounts[WAY_COUNT] = {0};
    struct job jobs[WAY_COUNT];
    char program[512];
    const char *argv[] = {release->enter, program, NULL};
    size_t count = 0;
    unsigned plain_bad = 0;
    json_t *cases;
    int error;

    snprintf(program, sizeof(program), "%s/tests/real/clients/%s-%s", BUILD_DIR, options->client,
             release->name);
    for (unsigned way = 0; way < WAY_COUNT; way++)
        if (options->four_ways || way == WAY_PLAIN || way == WAY_SHIM)
            jobs[count++] = (struct job){.argv = argv,
                                         .card = card,
                                         .way = (enum way)way,
                                         .limit_seconds = LIMIT_SECONDS,
                                         .user = &accounts[way]};
    error = jobs_run(&rig->setup.places, jobs, count, (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
                     take_account, NULL);
    if (error)
        return error;

    cases = json_copy(accounts[WAY_SHIM].cases);
    json_object_update_missing(cases, accounts[WAY_PLAIN].cases);
    if (!options->update)
        cases_add_expected(options, card, expected, cases);
    for (void *i = json_object_iter(cases); i; i = json_object_iter_next(cases, i)) {
        const char *name = json_object_iter_key(i);

        tap_result(&rig->tap, case_check(options, card, accounts, name, expected, &plain_bad),
                   "%s on %s", name, card->name);
    }
    tap_result(&rig->tap, process_check(&accounts[WAY_SHIM]),
               "the whole process on %s under the shim", card->name);
    tap_note("left alone, MIOpen %s fails or runs a kernel outside the decision in %u of these %zu",
             release->name, plain_bad, json_object_size(cases));
    json_decref(cases);
    for (unsigned way = 0; way < WAY_COUNT; way++)
        account_free(&accounts[way]);
    return 0;
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
    snprintf(path, sizeof(path), "%s/tests/real/clients/expected/%s.list", SOURCE_DIR,
             options.release);
    error = expected_open(path, options.update, &expected);
    if (!error)
        error = run(&rig, &options, &expected);
    if (!error && options.update)
        error = expected_write(&expected, options.release, legend, path);
    expected_free(&expected);
    return rig_close(&rig, error);
}
