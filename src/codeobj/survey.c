#include "codeobj/survey.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    THREADS_LIMIT = 64,
    /* Reports that may wait for one before them, for each thread: they are kept in memory. */
    AHEAD = 16,
    PROGRESS_EVERY_MS = 200,
};

struct slot {
    struct report report;
    int error;
    bool done;
};

struct work {
    const struct survey *survey;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct slot *slots; /* one for each path */
    size_t taken;       /* the first that no thread has begun */
    size_t shown;
    size_t ahead;
    size_t files_done;
};

static int slot_read(const struct survey *survey, const struct path *path,
                     struct report *ret_report)
{
    if (path->error < 0)
        return path->error;
    if (survey->recall && survey->recall(path, ret_report, survey->context))
        return 0;
    const int r = report_read(path->name, survey->request, ret_report);
    if (r == 0 && survey->keep)
        survey->keep(path, ret_report, survey->context);
    return r;
}

static void *thread_main(void *context)
{
    struct work *work = context;
    const struct path_list *paths = work->survey->paths;
    pthread_mutex_lock(&work->lock);
    while (work->taken < paths->count) {
        if (work->taken >= work->shown + work->ahead) {
            pthread_cond_wait(&work->changed, &work->lock);
            continue;
        }
        const size_t i = work->taken++;
        pthread_mutex_unlock(&work->lock);
        struct report report = {0};
        const int error = slot_read(work->survey, &paths->paths[i], &report);
        pthread_mutex_lock(&work->lock);
        work->slots[i] = (struct slot){.report = report, .error = error, .done = true};
        work->files_done++;
        pthread_cond_broadcast(&work->changed);
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

static void wait_a_moment(struct work *work)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += PROGRESS_EVERY_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&work->changed, &work->lock, &until);
}

/* Shows what is done, in order, until all is. */
static void show_all(struct work *work)
{
    const struct survey *survey = work->survey;
    pthread_mutex_lock(&work->lock);
    while (work->shown < survey->paths->count) {
        struct slot *slot = &work->slots[work->shown];
        const size_t files = work->files_done;
        if (!slot->done) {
            pthread_mutex_unlock(&work->lock);
            if (survey->progress)
                survey->progress(files, survey->context);
            pthread_mutex_lock(&work->lock);
            if (!slot->done)
                wait_a_moment(work);
            continue;
        }
        pthread_mutex_unlock(&work->lock);
        survey->show(&survey->paths->paths[work->shown], &slot->report, slot->error,
                     survey->context);
        report_free(&slot->report);
        pthread_mutex_lock(&work->lock);
        work->shown++;
        pthread_cond_broadcast(&work->changed);
    }
    pthread_mutex_unlock(&work->lock);
}

static size_t threads_wanted(const struct survey *survey)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = survey->threads > 0 ? survey->threads : (size_t)(cores > 0 ? cores : 1);
    if (wanted > survey->paths->count)
        wanted = survey->paths->count;
    return wanted < THREADS_LIMIT ? wanted : THREADS_LIMIT;
}

int survey_run(const struct survey *survey)
{
    pthread_t threads[THREADS_LIMIT];
    const size_t wanted = threads_wanted(survey);
    struct work work = {
        .survey = survey,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
        .slots = calloc(survey->paths->count + 1, sizeof(*work.slots)),
        .ahead = wanted * AHEAD,
    };
    size_t started = 0;
    int r = 0;
    if (!work.slots)
        return -ENOMEM;
    while (started < wanted && r == 0) {
        r = -pthread_create(&threads[started], NULL, thread_main, &work);
        started += r == 0;
    }
    if (started > 0) {
        r = 0; /* fewer do as well */
        show_all(&work);
    }
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(work.slots);
    return r;
}
