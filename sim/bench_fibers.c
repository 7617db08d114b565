/*
 * What a barrier costs: an im2col of 16 channels of 48x48 with a 3x3 filter, in groups of 256
 * threads that load a tile, meet at a barrier and write columns; on this project's fibers and on
 * the C library's ucontext, which makes a system call at each switch. Prints one JSON object.
 */
#include "fiber.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#define CHANNELS 16
#define SIDE     48
#define FILTER   3
#define GROUP    256
#define GROUPS   192 /* as MIOpen launches it: 49152 threads */
#define ROUNDS   15

static float image[CHANNELS][SIDE][SIDE];
static float columns[CHANNELS * FILTER * FILTER][SIDE * SIDE];
static float tile[GROUP];
static unsigned group;
static void (*barrier)(void);

/* A thread's share: it loads one pixel of the tile, then writes that many columns' elements. */
static void thread_run(unsigned index, void *context)
{
    const unsigned outputs = CHANNELS * FILTER * FILTER * SIDE * SIDE;
    const unsigned per_group = outputs / GROUPS;
    (void)context;
    tile[index] = ((float *)image)[(group * GROUP + index) % (CHANNELS * SIDE * SIDE)];
    barrier();
    for (unsigned i = index; i < per_group; i += GROUP) {
        unsigned out = group * per_group + i;
        unsigned row = out / (SIDE * SIDE), pixel = out % (SIDE * SIDE);
        unsigned channel = row / (FILTER * FILTER), tap = row % (FILTER * FILTER);
        int y = (int)(pixel / SIDE + tap / FILTER) - 1, x = (int)(pixel % SIDE + tap % FILTER) - 1;
        bool inside = y >= 0 && y < SIDE && x >= 0 && x < SIDE;
        columns[row][pixel] = inside ? image[channel][y][x] : tile[(index + 1) % GROUP] * 0;
    }
}

/* The same round-robin with ucontext. */
static ucontext_t contexts[GROUP], caller;
static unsigned running, waiting_next[GROUP], previous;
static char (*stacks)[65536];

static void context_barrier(void)
{
    unsigned self = running;
    previous = self;
    running = waiting_next[self];
    swapcontext(&contexts[self], &contexts[running]);
}

static void context_start(void)
{
    thread_run(running, NULL);
    unsigned self = running, next = waiting_next[self];
    if (next == self)
        setcontext(&caller);
    waiting_next[previous] = next;
    running = next;
    setcontext(&contexts[next]);
}

static void contexts_run(void)
{
    for (unsigned i = 0; i < GROUP; i++) {
        getcontext(&contexts[i]);
        contexts[i].uc_stack.ss_sp = stacks[i];
        contexts[i].uc_stack.ss_size = sizeof(stacks[i]);
        makecontext(&contexts[i], context_start, 0);
        waiting_next[i] = (i + 1) % GROUP;
    }
    running = 0;
    previous = GROUP - 1;
    swapcontext(&caller, &contexts[0]);
}

/* Processor time, in the kernel as well: other load on the machine does not count. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* One whole im2col. */
static double measure(bool ours)
{
    barrier = ours ? fiber_barrier : context_barrier;
    double start = seconds();
    for (group = 0; group < GROUPS; group++)
        if (!ours)
            contexts_run();
        else if (fibers_run(GROUP, thread_run, NULL))
            exit(EXIT_FAILURE);
    return seconds() - start;
}

static double checksum(void)
{
    double sum = 0;
    for (unsigned i = 0; i < sizeof(columns) / sizeof(float); i++)
        sum += (double)((const float *)columns)[i] * (i % 97);
    return sum;
}

int main(void)
{
    stacks = malloc(GROUP * sizeof(*stacks));
    if (!stacks)
        return EXIT_FAILURE;
    for (unsigned i = 0; i < CHANNELS * SIDE * SIDE; i++)
        ((float *)image)[i] = (float)(i % 251);
    /* Turn by turn, the best of each: what is left are the costs of the two ways. */
    double ours = HUGE_VAL, other = HUGE_VAL;
    for (unsigned round = 0; round < ROUNDS; round++) {
        memset(columns, 0, sizeof(columns));
        other = fmin(other, measure(false));
        double sum = checksum();
        memset(columns, 0, sizeof(columns));
        ours = fmin(ours, measure(true));
        if (checksum() != sum) {
            fputs("bench_fibers: the two do not agree\n", stderr);
            return EXIT_FAILURE;
        }
    }
    free(stacks);
    printf("{\"area\": \"sim\", \"name\": \"im2col fibers\", \"ours\": %.6f, \"other\": %.6f, "
           "\"ratio\": %.1f, \"wanted\": 10, \"unit\": \"s\"}\n",
           ours, other, other / ours);
    return EXIT_SUCCESS;
}
