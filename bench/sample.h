/* Two ways to do the same thing, timed turn by turn, so that what else the machine does hits both.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Does the thing `count` times, our way or the other. 0, or -errno, which ends the sample. */
struct contest {
    int (*run)(void *context, bool ours, unsigned count);
    void *context;
    double (*clock)(void); /* seconds; NULL: the time that passes */
};

struct sample {
    double ours, other; /* median time of one, seconds */
    double ratio;       /* ours to other: the median of many, each taken within a few moments */
};

/* The median; sorts the values. */
double median(double *values, size_t count);

/* Runs the contest for about so many seconds. 0 or -errno. */
int sample_take(const struct contest *contest, double seconds, struct sample *ret_sample);
