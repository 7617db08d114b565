/*
 * MIOpen's own driver, which has a reference of its own, on every case that its command line can
 * express: under the shim it must say that it verifies. A case that the driver does not run is a
 * skip with its reason; the cases that the original recipe breaks must fail under it.
 */
#include "base/cleanup.h"
#include "setup.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 120
#define WORDS_MAX     60

struct subject {
    const struct test_case *test;
    char *line; /* the driver's, cut into words */
    const char *argv[WORDS_MAX + 8];
    struct job *shim, *original; /* original: NULL where it is not run */
};

static void subject_make(const struct release *release, const struct test_case *test,
                         struct subject *ret_subject)
{
    /* Verify, once, without timing; the last value of an option counts. */
    static const char *const always[] = {"-V", "1", "-i", "1", "-t", "0"};
    size_t count = 0;
    char *rest, *word;

    *ret_subject = (struct subject){.test = test, .line = strdup(test->line)};
    ret_subject->argv[count++] = release->driver;
    rest = ret_subject->line;
    while (rest && (word = strsep(&rest, " ")) && count < WORDS_MAX)
        if (*word)
            ret_subject->argv[count++] = word;
    for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
        ret_subject->argv[count++] = always[i];
}

/* Why the driver says nothing about a case; NULL where it did its work. */
static const char *driver_refusal(const struct job *job)
{
    static const struct {
        const char *says, *why;
    } refusals[] = {
        {"Int8 Backward Convolution is not supported", "the driver has no int8 backward"},
    };

    for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++)
        if (strstr(job->out, refusals[i].says))
            return refusals[i].why;
    return NULL;
}

static bool verifies(const struct job *job)
{
    return job->exit_code == 0 && strstr(job->out, "Verifies OK") && !strstr(job->out, "FAILED");
}

static void keep_result(struct job *job, void *context)
{
    (void)job;
    (void)context;
}

static void subject_report(const struct subject *subject, struct tap *tap)
{
    const char *refusal = driver_refusal(subject->shim);

    if (refusal)
        tap_skip(tap, subject->test->name, refusal);
    else if (!tap_result(tap, verifies(subject->shim), "%s verifies under the shim",
                         subject->test->name))
        tap_note("exit %d, signal %d\n%.2000s\n%.2000s", subject->shim->exit_code,
                 subject->shim->signal, subject->shim->out, subject->shim->err);
    if (subject->original)
        tap_result(tap, !verifies(subject->original), "%s does not under the original recipe",
                   subject->test->name);
}

int main(int argc, char **argv)
{
    const char *release = argc == 3 ? argv[1] : NULL, *tag = argc == 3 ? argv[2] : "";
    cleanup_free struct subject *subjects = NULL;
    cleanup_free struct job *jobs = NULL;
    size_t subjects_count = 0, jobs_count = 0;
    struct tap tap = {0};
    struct setup setup;
    struct card card;
    int code = 2;

    if (!release) {
        fputs("drive MIOPEN-VERSION TAG\n", stderr);
        return 2;
    }
    if (setup_open(&setup))
        return 2;
    subjects = calloc(setup.cases.count, sizeof(*subjects));
    jobs = calloc(setup.cases.count * 2, sizeof(*jobs));
    if (!subjects || !jobs || setup_keep(&setup, &release, 1) ||
        setup_card(&setup, "gfx1010", NULL, &card))
        goto out;

    for (size_t i = 0; i < setup.cases.count; i++) {
        const struct test_case *test = &setup.cases.cases[i];
        struct subject *subject = &subjects[subjects_count];

        if (!case_has_tag(test, tag))
            continue;
        subject_make(&setup.releases[0], test, subject);
        subjects_count++;
        jobs[jobs_count] = (struct job){
            .argv = subject->argv, .card = &card, .way = WAY_SHIM, .limit_seconds = LIMIT_SECONDS};
        subject->shim = &jobs[jobs_count++];
        if (case_has_tag(test, "recipe-breaks")) {
            jobs[jobs_count] = *subject->shim;
            jobs[jobs_count].way = WAY_ORIGINAL;
            subject->original = &jobs[jobs_count++];
        }
    }
    if (jobs_run(&setup.places, jobs, jobs_count, (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
                 keep_result, NULL) == 0) {
        for (size_t i = 0; i < subjects_count; i++)
            subject_report(&subjects[i], &tap);
        code = tap_end(&tap);
    }
    for (size_t i = 0; i < subjects_count; i++)
        free(subjects[i].line);
    for (size_t i = 0; i < jobs_count; i++)
        job_free(&jobs[i]);
out:
    setup_close(&setup);
    return code;
}
