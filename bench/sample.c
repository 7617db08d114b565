#include "sample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#define BATCH_SECONDS 1e-4 /* long for the clock, short for the scheduler */
#define BATCH_MAX     4096u
#define QUADS_MIN     5u
#define QUADS_MAX     20000u

/* Two turns each, in the order A B B A: what drifts in between cancels out. */
struct quads {
    double ours[QUADS_MAX], other[QUADS_MAX], ratio[QUADS_MAX];
    unsigned count;
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Seconds for one, from a batch of `count`. */
static int batch_run(const struct contest *contest, bool ours, unsigned count, double *ret_seconds)
{
    double (*const clock)(void) = contest->clock ? contest->clock : now;
    const double start = clock();
    const int r = contest->run(contest->context, ours, count);

    if (r < 0)
        return r;
    *ret_seconds = (clock() - start) / count;
    return 0;
}

/* How many make a batch. The first run of anything is slow, so the best of a few counts. */
static int batch_size(const struct contest *contest, bool ours, unsigned *ret_count)
{
    double best = HUGE_VAL;

    for (unsigned count = 1; count <= 64; count *= 4) {
        double seconds = 0;
        const int r = batch_run(contest, ours, count, &seconds);

        if (r < 0)
            return r;
        best = fmin(best, seconds);
        if (seconds * count > BATCH_SECONDS)
            break;
    }
    *ret_count = (unsigned)fmax(1, fmin(BATCH_MAX, BATCH_SECONDS / best));
    return 0;
}

static int quad_run(const struct contest *contest, const unsigned size[2], struct quads *quads)
{
    const bool first = quads->count % 2 == 0;
    const bool turns[4] = {first, !first, !first, first};
    double sum[2] = {0, 0};

    for (unsigned i = 0; i < 4; i++) {
        double seconds = 0;
        const int r = batch_run(contest, turns[i], size[turns[i]], &seconds);

        if (r < 0)
            return r;
        sum[turns[i]] += seconds;
    }
    quads->ours[quads->count] = sum[true] / 2;
    quads->other[quads->count] = sum[false] / 2;
    quads->ratio[quads->count] = sum[true] / sum[false];
    quads->count++;
    return 0;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare_doubles);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

int sample_take(const struct contest *contest, double seconds, struct sample *ret_sample)
{
    unsigned size[2] = {0, 0};
    int r = batch_size(contest, true, &size[true]);

    if (r == 0)
        r = batch_size(contest, false, &size[false]);
    if (r < 0)
        return r;

    struct quads *quads = calloc(1, sizeof(*quads));
    if (!quads)
        return -ENOMEM;
    const double end = now() + seconds;
    while (r == 0 && quads->count < QUADS_MAX && (now() < end || quads->count < QUADS_MIN))
        r = quad_run(contest, size, quads);
    if (r == 0)
        *ret_sample = (struct sample){.ours = median(quads->ours, quads->count),
                                      .other = median(quads->other, quads->count),
                                      .ratio = median(quads->ratio, quads->count)};
    free(quads);
    return r;
}
