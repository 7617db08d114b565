/*
 * Convolutions whose caller brings no workspace, or too little, on the real MIOpen under the shim:
 * what is computed, by which kernels, and what device memory is allocated for it.
 *
 *   workspace steady|capture|full    the last one on a card with too little free memory
 */
#include "kernels.h"
#include "launches.h"
#include "numbers.h"
#include "policy/driver_line.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS     100
#define FOREIGN    84      /* Winograd: what a program got elsewhere stands for the shim's choice */
#define BALLAST    1450000 /* of 2 MiB: what is left is less than the first shape needs */
#define SHAPES_MAX 4

/* Workspace as MIOpen's GEMM solvers need it: 580608, 290304, 46080 and 145152 bytes. */
static const char *const lines[SHAPES_MAX] = {
    "conv -n 1 -c 28 -H 24 -W 24 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1",
    "conv -n 2 -c 14 -H 24 -W 24 -k 8 -y 3 -x 3 -p 1 -q 1 -g 2 -F 2",
    "conv -n 2 -c 16 -H 24 -W 24 -k 24 -y 1 -x 1 -u 2 -v 2 -F 1",
    "conv -n 1 -c 7 -H 24 -W 24 -k 8 -y 3 -x 3 -p 1 -q 1 -F 4",
};

struct shape {
    struct problem problem;
    struct numbers numbers;
    struct client client; /* all on the same handles */
};

static struct client handles;
static struct shape shapes[SHAPES_MAX];
static struct tap tap;
static const char *log_path;

static _Noreturn void bail_out(const char *what)
{
    printf("Bail out! %s\n", what);
    exit(EXIT_FAILURE);
}

static void shape_open(struct shape *shape, const char *line)
{
    const char *stage = "";
    char error[256];

    if (driver_line_parse(line, &shape->problem, error, sizeof(error)) < 0)
        bail_out(error);
    shape->client = handles;
    if (client_turn_to(&shape->client, &shape->problem, true, &stage) != miopenStatusSuccess)
        bail_out(stage);
    numbers_make(&shape->problem, 1, &shape->numbers);
    if (!shape->numbers.exact || numbers_upload(&shape->numbers, &shape->client) != 0)
        bail_out("numbers");
}

static void shape_close(struct shape *shape)
{
    numbers_free(&shape->numbers);
    client_turn_away(&shape->client);
}

static bool is_right(struct shape *shape)
{
    struct comparison comparison;

    return numbers_compare(&shape->numbers, &shape->client, &comparison) == 0 &&
           comparison.wrong == 0 && comparison.guards_intact;
}

/* Runs with that workspace; whether it succeeds with right numbers. */
static bool runs_right(struct shape *shape, void *workspace, size_t bytes)
{
    return numbers_poison(&shape->client) &&
           client_solver_run(&shape->client, FOREIGN, workspace, bytes) == miopenStatusSuccess &&
           is_right(shape);
}

/* Whether what was launched since the mark is of that role, and there was something. */
static bool launched(int64_t mark, enum kernel_role role)
{
    json_t *names = launches_since(log_path, mark, 0), *name;
    bool all = json_array_size(names) > 0;
    size_t i;

    json_array_foreach(names, i, name) if (kernel_role(json_string_value(name)) != role)
    {
        tap_note("launched: %s", json_string_value(name));
        all = false;
    }
    json_decref(names);
    return all;
}

static int allocations(void)
{
    return launches_count(log_path, "malloc") + launches_count(log_path, "free");
}

static void steady(void)
{
    miopenHandle_t other = handles.other_handle;
    hipStream_t streams[2] = {handles.stream, NULL};
    bool good = true;
    int before;

    if (hipStreamCreate(&streams[1]) != hipSuccess)
        bail_out("hipStreamCreate");
    /* From small to large, so that buffers grow while work is queued; on both streams in turn. */
    before = allocations();
    for (int i = SHAPES_MAX; i-- > 0;)
        for (int s = 0; s < 2; s++)
            good = good && miopenSetStream(handles.handle, streams[s]) == miopenStatusSuccess &&
                   runs_right(&shapes[i], NULL, 0);
    tap_result(&tap, good, "right while the buffers of two streams grow");
    tap_result(&tap, allocations() > before, "memory of ours was allocated for it");

    before = allocations();
    for (int i = 0; i < ROUNDS && good; i++) {
        struct shape *shape = &shapes[i % SHAPES_MAX];

        good = miopenSetStream(handles.handle, streams[i / 2 % 2]) == miopenStatusSuccess &&
               client_solver_run(&shape->client, FOREIGN, NULL, 0) == miopenStatusSuccess;
    }
    tap_result(&tap, good && allocations() == before,
               "%d calls of %d shapes on two streams allocate and free nothing", ROUNDS,
               SHAPES_MAX);
    for (int i = 0; i < SHAPES_MAX; i++)
        good = good && is_right(&shapes[i]);
    tap_result(&tap, good, "and are right");

    /* Another handle on the first stream; its solvers are to be compiled. */
    before = allocations();
    for (int i = 0; i < SHAPES_MAX && good; i++) {
        shapes[i].client.handle = other;
        good = runs_right(&shapes[i], NULL, 0);
        shapes[i].client.handle = handles.handle;
    }
    tap_result(&tap, good && allocations() == before, "another handle there shares the buffer");
    good = miopenSetStream(handles.handle, streams[0]) == miopenStatusSuccess &&
           hipStreamDestroy(streams[1]) == hipSuccess;
    tap_result(&tap, good, "the second stream ends");
}

static void too_small(void)
{
    struct buffer workspace;
    bool good = true;
    int64_t mark = launches_mark(log_path);

    if (buffer_allocate(16, &workspace) != 0)
        bail_out("workspace");
    for (int i = 0; i < SHAPES_MAX; i++)
        good = good && runs_right(&shapes[i], workspace.data, workspace.bytes) &&
               runs_right(&shapes[i], NULL, SIZE_MAX) && runs_right(&shapes[i], workspace.data, 0);
    tap_result(&tap, good && launched(mark, KERNEL_GEMM), "GEMM, right, with one too small");
    tap_result(&tap, buffer_guards_intact(&workspace), "and nothing is written around that");
    buffer_free(&workspace);
}

/* Without the synchronization, which a stream that is recorded refuses. */
static bool call_recorded(struct shape *shape, void *workspace, size_t bytes)
{
    return client_solver_start(&shape->client, FOREIGN, workspace, bytes) == miopenStatusSuccess;
}

/* What is recorded is not run: its launches are in the log, and nothing else happens. */
static void capture(void)
{
    hipGraph_t graph = NULL;
    struct buffer workspace;
    int64_t mark;
    int before;
    bool good;

    if (buffer_allocate(1 << 20, &workspace) != 0)
        bail_out("workspace");
    good = runs_right(&shapes[0], NULL, 0); /* so that there is a buffer that could be used */
    tap_result(&tap, good, "right before");
    mark = launches_mark(log_path);
    before = allocations();
    good = hipStreamBeginCapture(handles.stream, hipStreamCaptureModeGlobal) == hipSuccess;
    for (int i = 0; i < SHAPES_MAX; i++)
        good = call_recorded(&shapes[i], NULL, 0) && good;
    tap_result(&tap, good && launched(mark, KERNEL_NAIVE) && allocations() == before,
               "a stream that is recorded gets naive kernels, and no memory");
    mark = launches_mark(log_path);
    good = call_recorded(&shapes[0], workspace.data, workspace.bytes);
    tap_result(&tap, good && launched(mark, KERNEL_GEMM), "GEMM with the caller's workspace");
    good = hipStreamEndCapture(handles.stream, &graph) == hipSuccess &&
           hipGraphDestroy(graph) == hipSuccess;
    mark = launches_mark(log_path);
    tap_result(&tap, good && runs_right(&shapes[0], NULL, 0) && launched(mark, KERNEL_GEMM),
               "GEMM and right afterwards");
    buffer_free(&workspace);
}

/* With a cap that lets it try, the card has no room; then it has. */
static void full(void)
{
    int64_t mark = launches_mark(log_path);
    void *ballast = NULL;

    if (hipMalloc(&ballast, BALLAST) != hipSuccess)
        bail_out("ballast");
    tap_result(&tap, runs_right(&shapes[0], NULL, 0) && launched(mark, KERNEL_NAIVE),
               "naive kernels, right, without room");
    if (hipFree(ballast) != hipSuccess)
        bail_out("hipFree");
    mark = launches_mark(log_path);
    tap_result(&tap, runs_right(&shapes[0], NULL, 0) && launched(mark, KERNEL_GEMM),
               "GEMM and right as soon as there is");
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    const int count = strcmp(what, "full") == 0 ? 1 : SHAPES_MAX;
    const char *stage = "";

    log_path = getenv("SIM_LOG");
    if (client_connect(0, &handles, &stage) != miopenStatusSuccess)
        bail_out(stage);
    for (int i = 0; i < count; i++)
        shape_open(&shapes[i], lines[i]);
    if (strcmp(what, "steady") == 0) {
        steady();
        too_small();
    } else if (strcmp(what, "capture") == 0) {
        capture();
    } else if (strcmp(what, "full") == 0) {
        full();
    } else {
        bail_out("workspace steady|capture|full");
    }
    for (int i = 0; i < count; i++)
        shape_close(&shapes[i]);
    client_close(&handles);
    return tap_end(&tap);
}
