/*
 * Warm calls for callgrind to count, before the stub of MIOpen and with a library preloaded: after
 * each kind of call the counts so far are dumped under its name. Each is of COUNTED calls.
 */
#include "convolution.h"

#include <stdio.h>
#include <stdlib.h>
#include <valgrind/callgrind.h>

#define COUNTED 100 /* known to instructions.sh */

struct layer {
    struct convolution it;
    char workspace[1 << 17];
};

static miopenStatus_t immediate(struct layer *layer)
{
    return call_immediate(&layer->it, layer->workspace, sizeof(layer->workspace),
                          layer->it.shape->gemm);
}

static miopenStatus_t immediate_foreign(struct layer *layer)
{
    return call_immediate(&layer->it, layer->workspace, sizeof(layer->workspace),
                          layer->it.shape->naive);
}

static miopenStatus_t run(struct layer *layer)
{
    return call_run_plain(&layer->it, 0, layer->workspace, sizeof(layer->workspace));
}

static miopenStatus_t find(struct layer *layer)
{
    miopenConvAlgoPerf_t result;
    int returned = 0;

    return call_find(&layer->it, 1, &returned, &result, layer->workspace, sizeof(layer->workspace));
}

static miopenStatus_t solution(struct layer *layer)
{
    miopenConvSolution_t solutions[10];
    size_t count = 0;

    return call_solution(&layer->it, 10, &count, solutions);
}

static miopenStatus_t solution_count(struct layer *layer)
{
    size_t count = 0;

    return call_solution_count(&layer->it, &count);
}

static miopenStatus_t solution_compile(struct layer *layer)
{
    return call_compile(&layer->it, layer->it.shape->gemm);
}

static miopenStatus_t workspace_size(struct layer *layer)
{
    size_t bytes = 0;

    return call_workspace_size(&layer->it, &bytes);
}

static const struct {
    const char *name;
    miopenStatus_t (*call)(struct layer *layer);
} kinds[] = {
    /* What compiles comes first: the stub's run functions know what was compiled, and nothing else,
     * with and without the shim. */
    {"CompileSolution", solution_compile},
    {"Immediate", immediate},
    {"Immediate, another solver", immediate_foreign},
    {"Forward", run},
    {"GetSolution", solution},
    {"GetSolutionCount", solution_count},
    {"Find, repeated", find},
    {"GetWorkSpaceSize", workspace_size},
};

static bool kind_count(struct layer *layer, const char *name,
                       miopenStatus_t (*call)(struct layer *layer))
{
    char label[96];
    bool succeeded = true;

    for (int i = 0; i < 2; i++)
        succeeded = call(layer) == miopenStatusSuccess && succeeded;
    snprintf(label, sizeof(label), "%s: %s", name, layer->it.shape->name);
    CALLGRIND_ZERO_STATS;
    for (unsigned i = 0; i < COUNTED; i++)
        (void)call(layer);
    CALLGRIND_DUMP_STATS_AT(label);
    if (!succeeded)
        fprintf(stderr, "warm_calls: %s failed\n", label);
    return succeeded;
}

int main(void)
{
    static const char *const shapes_counted[] = {"3x3", "1x1", "3x3 data", "3x3 weights"};
    static struct layer layer;
    miopenHandle_t handle = NULL;
    bool succeeded = miopenCreate(&handle) == miopenStatusSuccess;

    for (size_t s = 0; s < sizeof(shapes_counted) / sizeof(*shapes_counted) && succeeded; s++) {
        succeeded = convolution_try_open(&layer.it, shape_named(shapes_counted[s]), handle);
        for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && succeeded; i++)
            succeeded = kind_count(&layer, kinds[i].name, kinds[i].call);
        if (succeeded)
            convolution_close(&layer.it);
    }
    return succeeded && miopenDestroy(handle) == miopenStatusSuccess ? EXIT_SUCCESS : EXIT_FAILURE;
}
