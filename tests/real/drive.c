/*
 * MIOpen's own driver, which has a reference of its own, on every case that its command line can
 * express: under the shim it must say that it verifies. A case that the driver does not run is a
 * skip with its reason; the cases that the original recipe breaks must fail under it.
 */
#include "base/cleanup.h"
#include "rig.h"

#include <errno.h>
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

/* Runs the cases with that tag. 0 or -errno. */
static int run(struct rig *rig, const char *tag)
{
    const struct case_list *cases = &rig->setup.cases;
    cleanup_free struct subject *subjects = calloc(cases->count, sizeof(*subjects));
    cleanup_free struct job *jobs = calloc(cases->count * 2, sizeof(*jobs));
    size_t subjects_count = 0, jobs_count = 0;
    int error;

    if (!subjects || !jobs)
        return -ENOMEM;
    for (size_t i = 0; i < cases->count; i++) {
        const struct test_case *test = &cases->cases[i];
        struct subject *subject = &subjects[subjects_count];

        if (!case_has_tag(test, tag))
            continue;
        subject_make(rig->release, test, subject);
        subjects_count++;
        jobs[jobs_count] = (struct job){.argv = subject->argv,
                                        .card = &rig->card,
                                        .way = WAY_SHIM,
                                        .limit_seconds = LIMIT_SECONDS};
        subject->shim = &jobs[jobs_count++];
        if (case_has_tag(test, "recipe-breaks")) {
            jobs[jobs_count] = *subject->shim;
            jobs[jobs_count].way = WAY_ORIGINAL;
            subject->original = &jobs[jobs_count++];
        }
    }
    error = jobs_run(&rig->setup.places, jobs, jobs_count, (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
                     keep_result, NULL);
    for (size_t i = 0; i < subjects_count; i++) {
        if (!error)
            subject_report(&subjects[i], &rig->tap);
        free(subjects[i].line);
    }
    for (size_t i = 0; i < jobs_count; i++)
        job_free(&jobs[i]);
    return error;
}

int main(int argc, char **argv)
{
    struct rig rig;

    if (argc != 3) {
        fputs("drive MIOPEN-VERSION TAG\n", stderr);
        return 2;
    }
    if (rig_open(argv[1], "gfx1010", NULL, &rig))
        return 2;
    return rig_close(&rig, run(&rig, argv[2]));
}
