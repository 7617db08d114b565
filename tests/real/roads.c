/*
 * Under the shim every road to a convolution leads to right numbers, and the shim's decisions reach
 * the cards that they are for and no other.
 */
#include "base/cleanup.h"
#include "record.h"
#include "rig.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 90

/* MIOpen left alone takes the naive solver for it, the shim GEMM: so the result tells who chose. */
#define TELLING_CASE  "dilated"

static void take_record(struct job *job, void *context)
{
    (void)context;
    *(json_t **)job->user = record_from_job(job);
    job_free(job);
}

/* Runs one job and gives its record. */
static json_t *run_one(const struct rig *rig, const struct card *card, enum way way,
                       const char *const *argv)
{
    json_t *record = NULL;
    struct job job = {
        .argv = argv, .card = card, .way = way, .limit_seconds = LIMIT_SECONDS, .user = &record};

    jobs_run(&rig->setup.places, &job, 1, 1, take_record, NULL);
    return record ? record : json_object();
}

static void check_roads(struct rig *rig)
{
    static const char *const roads[] = {"find-no-workspace",    "find-other-handle", "immediate",
                                        "immediate-uncompiled", "run-gemm",          "find2",
                                        "find2-saved"};
    static const char *const names[] = {"3x3", "3x3-wrw", "dilated", "nhwc", "transposed"};
    enum {
        ROADS_COUNT = sizeof(roads) / sizeof(*roads),
        NAMES_COUNT = sizeof(names) / sizeof(*names)
    };
    const char *argv[ROADS_COUNT * NAMES_COUNT][6] = {0};
    json_t *records[ROADS_COUNT * NAMES_COUNT] = {0};
    struct job jobs[ROADS_COUNT * NAMES_COUNT] = {0};

    for (size_t i = 0; i < ROADS_COUNT * NAMES_COUNT; i++) {
        const struct test_case *test = case_list_find(&rig->setup.cases, names[i % NAMES_COUNT]);
        const char *words[] = {rig->release->enter,    rig->release->convolve, "--road",
                               roads[i / NAMES_COUNT], test ? test->line : "", NULL};

        memcpy(argv[i], words, sizeof(words));
        jobs[i] = (struct job){.argv = argv[i],
                               .card = &rig->card,
                               .way = WAY_SHIM,
                               .limit_seconds = LIMIT_SECONDS,
                               .user = &records[i]};
    }
    jobs_run(&rig->setup.places, jobs, ROADS_COUNT * NAMES_COUNT,
             (unsigned)sysconf(_SC_NPROCESSORS_ONLN), take_record, NULL);
    for (size_t i = 0; i < ROADS_COUNT * NAMES_COUNT; i++) {
        const json_t *searched = json_object_get(records[i], "find_kernels");

        if (!tap_result(&rig->tap,
                        json_is_true(json_object_get(records[i], "ok")) &&
                            json_is_array(searched) && json_array_size(searched) == 0,
                        "%s by %s, without a launch in the search, seed %lld",
                        names[i % NAMES_COUNT], roads[i / NAMES_COUNT],
                        json_integer_value(json_object_get(records[i], "seed"))))
            tap_note("%s: %s", record_text(records[i], "stage"),
                     record_text(records[i], "message"));
        json_decref(records[i]);
    }
}

static json_t *run_device(const struct rig *rig, const struct card *machine, enum way way,
                          const char *road, const char *device)
{
    const struct release *release = rig->release;
    const char *argv[] = {release->enter,
                          release->convolve,
                          "--road",
                          road,
                          "--device",
                          device,
                          case_list_find(&rig->setup.cases, TELLING_CASE)->line,
                          NULL};

    return run_one(rig, machine, way, argv);
}

/* Whether both runs gave the same, by the same launches, in Find as well. */
static bool same_choice(const json_t *a, const json_t *b)
{
    char word_a[64], word_b[64];

    record_word(a, word_a, sizeof(word_a));
    record_word(b, word_b, sizeof(word_b));
    return strcmp(word_a, word_b) == 0 &&
           json_equal(json_object_get(a, "kernels"), json_object_get(b, "kernels")) &&
           json_equal(json_object_get(a, "find_kernels"), json_object_get(b, "find_kernels"));
}

/* One process uses both cards, the one that is not decided about first or last. */
static void check_both(struct rig *rig, const struct card *machine, const char *road,
                       const char *order[2], const char *rdna1, const json_t *plain)
{
    const struct release *release = rig->release;
    const char *argv[] = {release->enter,
                          release->convolve,
                          "--road",
                          road,
                          "--device",
                          order[0],
                          "--device",
                          order[1],
                          case_list_find(&rig->setup.cases, TELLING_CASE)->line,
                          NULL};
    json_t *record = run_one(rig, machine, WAY_SHIM, argv), *lines = json_object_get(record, "all");

    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        char word[64], device[16];

        snprintf(device, sizeof(device), "%lld",
                 json_integer_value(json_object_get(line, "device")));
        record_word(line, word, sizeof(word));
        if (strcmp(device, rdna1) == 0)
            tap_result(&rig->tap,
                       strcmp(word, "GEMM:91") == 0 &&
                           json_array_size(json_object_get(line, "find_kernels")) == 0,
                       "%s by %s, both cards: the RDNA1 one gets the decision: %s", machine->name,
                       road, word);
        else
            tap_result(&rig->tap, same_choice(line, plain),
                       "%s by %s, both cards: the other gets what plain MIOpen gives: %s",
                       machine->name, road, word);
    }
    /* Where plain MIOpen dies on the other card, so does this process, after the first line. */
    tap_result(&rig->tap, json_array_size(lines) == 2 || *record_text(record, "died"),
               "%s by %s: both cards were reached", machine->name, road);
    json_decref(record);
}

static void check_machine(struct rig *rig, const char *devices, const char *road, const char *rdna1,
                          const char *other)
{
    const char *rdna1_first[] = {rdna1, other}, *other_first[] = {other, rdna1};
    struct card machine;
    json_t *plain, *shim, *decided;
    char plain_word[64], word[64];

    if (setup_card(&rig->setup, devices, NULL, &machine)) {
        tap_result(&rig->tap, false, "%s: no such machine", devices);
        return;
    }
    plain = run_device(rig, &machine, WAY_PLAIN, road, other);
    shim = run_device(rig, &machine, WAY_SHIM, road, other);
    decided = run_device(rig, &machine, WAY_SHIM, road, rdna1);
    record_word(plain, plain_word, sizeof(plain_word));
    record_word(shim, word, sizeof(word));
    tap_result(&rig->tap, same_choice(shim, plain) && strcmp(word, "GEMM:91") != 0,
               "%s by %s: the other card alone gives with the shim (%s) what it gives without (%s)",
               devices, road, word, plain_word);
    record_word(decided, word, sizeof(word));
    tap_result(&rig->tap, strcmp(word, "GEMM:91") == 0, "%s by %s: the RDNA1 card alone gives %s",
               devices, road, word);
    check_both(rig, &machine, road, rdna1_first, rdna1, plain);
    check_both(rig, &machine, road, other_first, rdna1, plain);
    json_decref(plain);
    json_decref(shim);
    json_decref(decided);
}

int main(int argc, char **argv)
{
    struct rig rig;

    if (argc != 2) {
        fputs("roads MIOPEN-VERSION\n", stderr);
        return 2;
    }
    if (rig_open(argv[1], "gfx1010", NULL, &rig))
        return 2;
    check_roads(&rig);
    check_machine(&rig, "gfx1010,gfx1100", "find", "0", "1");
    check_machine(&rig, "gfx1010,gfx1100", "find2-saved", "0", "1");
    check_machine(&rig, "gfx906,gfx1012", "find", "1", "0");
    return rig_close(&rig, 0);
}
