/*
 * Random samples. The seed is fresh in each run and printed; SEED=<number> repeats a run.
 */
#pragma once

#include "policy/driver_line.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t sample_state;

/* Starts the sequence of a test, and says how to repeat it. */
static inline void sample_begin(void)
{
    const char *given = getenv("SEED");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    sample_state = given ? strtoull(given, NULL, 10)
                         : (uint64_t)now.tv_sec * 1000000007U + (uint64_t)now.tv_nsec;
    fprintf(stderr, "# SEED=%llu\n", (unsigned long long)sample_state);
}

/* splitmix64 */
static inline uint64_t sample_bits(void)
{
    uint64_t bits = sample_state += UINT64_C(0x9e3779b97f4a7c15);
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
    return bits ^ (bits >> 31);
}

/* 0 … count - 1 */
static inline unsigned sample_below(unsigned count)
{
    return (unsigned)(sample_bits() % count);
}

/*
 * A random MIOpenDriver line of a valid convolution: all types, directions, layouts, 2-D and 3-D,
 * groups, transposed, small numbers so that special cases (1x1, stride 2) are frequent.
 */
static inline void sample_line(char *ret_line, size_t size)
{
    static const char *const bases[] = {"conv", "convfp16", "convbfp16", "convint8"};
    static const char *const layouts[2][3] = {{"NCHW", "NHWC", "CHWN"},
                                              {"NCDHW", "NDHWC", "NCDHW"}};
    const unsigned deep = sample_below(3) == 0;
    const unsigned groups = sample_below(3) == 0 ? 1 + sample_below(4) : 1;
    const unsigned pointwise = sample_below(2);
    const unsigned step = 1 + sample_below(2);
    unsigned filter[3];
    unsigned stride[3];
    unsigned pad[3];
    for (unsigned i = 0; i < 3; i++) {
        filter[i] = pointwise && sample_below(8) ? 1 : 1 + sample_below(4);
        stride[i] = sample_below(4) ? step : 1 + sample_below(3);
        pad[i] = pointwise && sample_below(4) ? 0 : sample_below(3);
    }
    unsigned layout[3];
    layout[0] = sample_below(2) ? 0 : sample_below(3);
    for (unsigned i = 1; i < 3; i++)
        layout[i] = sample_below(6) ? layout[0] : sample_below(3);
    int length = snprintf(
        ret_line, size,
        "%s -n %u -c %u -H %u -W %u -k %u -y %u -x %u -p %u -q %u -u %u -v %u -l %u -j %u -g %u "
        "-m %s -F %u -I %s -f %s -O %s",
        bases[sample_below(4)], 1 + sample_below(3), groups * (1 + sample_below(5)),
        1 + sample_below(12), 1 + sample_below(12), groups * (1 + sample_below(5)), filter[1],
        filter[2], pad[1], pad[2], stride[1], stride[2], 1 + sample_below(2), 1 + sample_below(2),
        groups, sample_below(4) ? "conv" : "trans", 1U << sample_below(3), layouts[deep][layout[0]],
        layouts[deep][layout[1]], layouts[deep][layout[2]]);
    if (deep)
        snprintf(ret_line + length, size - (size_t)length,
                 " --spatial_dim 3 --in_d %u --fil_d %u --pad_d %u --conv_stride_d %u "
                 "--dilation_d %u",
                 1 + sample_below(6), filter[0], pad[0], stride[0], 1 + sample_below(2));
}

/* The problem of a line that must be a good one. */
static inline struct problem problem_of(const char *line)
{
    struct problem problem;
    char error[200] = "";
    if (driver_line_parse(line, &problem, error, sizeof(error)) < 0) {
        fprintf(stderr, "# %s\n# %s\n", line, error);
        abort();
    }
    return problem;
}

static inline struct problem sample_problem(void)
{
    char line[400];
    sample_line(line, sizeof(line));
    return problem_of(line);
}
