#include "execute.h"

#include "base/cleanup.h"
#include "clock.h"
#include "device.h"
#include "fault.h"
#include "fiber.h"
#include "log.h"
#include "memory.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * The last launch that ran, for as long as nothing else has written a card's memory. MIOpen's Find
 * launches each candidate several times over to time it; where a repetition would write what is
 * there already it is not run, since the time it takes is a formula anyway.
 */
static struct {
    const struct function *function;
    uint32_t global[3], local[3];
    char *arguments;
    size_t arguments_size;
} last;

void execute_memory_written(void)
{
    __atomic_store_n(&last.function, NULL, __ATOMIC_RELEASE);
}

void execute_lock(void)
{
    pthread_mutex_lock(&lock);
    execute_memory_written();
}

void execute_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

static bool enabled;

static void enabled_read(void)
{
    const char *value = getenv("SIM_EXECUTE");
    enabled = !value || strcmp(value, "0") != 0;
}

bool execute_enabled(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, enabled_read);
    return enabled;
}

struct group_run {
    const struct host_kernel *kernel;
    const struct sim_launch *launch;
};

static void thread_enter(unsigned index, void *context)
{
    const struct group_run *run = context;
    run->kernel->thread(run->launch, index);
}

static int grid_run(const struct launch *launch, const char *arguments)
{
    const struct host_kernel *kernel = &launch->function->kernel;
    struct sim_launch now = {.arguments = arguments, .barrier = fiber_barrier};
    struct group_run run = {.kernel = kernel, .launch = &now};
    for (unsigned d = 0; d < 3; d++) {
        now.local_size[d] = launch->local[d];
        now.global_size[d] = launch->global[d];
        now.groups[d] = (launch->global[d] + launch->local[d] - 1) / launch->local[d];
    }
    unsigned *group = now.group;
    for (group[2] = 0; group[2] < now.groups[2]; group[2]++)
        for (group[1] = 0; group[1] < now.groups[1]; group[1]++)
            for (group[0] = 0; group[0] < now.groups[0]; group[0]++) {
                for (unsigned d = 0; d < 3; d++) {
                    unsigned left = launch->global[d] - group[d] * launch->local[d];
                    now.extent[d] = left < launch->local[d] ? left : launch->local[d];
                }
                if (!kernel->has_barrier) {
                    kernel->group(&now);
                    continue;
                }
                int result =
                    fibers_run(now.extent[0] * now.extent[1] * now.extent[2], thread_enter, &run);
                if (result)
                    return result;
            }
    return 0;
}

/*
 * Whether the kernel does the same again where nothing else has written memory: MIOpen's naive
 * convolutions, (input, weights, alpha, beta, output, ...), where beta is 0, so that they do not
 * read what they write, and on memory that the host cannot write behind the runtime's back.
 */
static bool is_repeatable(const struct function *function, const char *arguments)
{
    const struct host_kernel *kernel = &function->kernel;
    if (strncmp(function->name, "naive_conv_", strlen("naive_conv_")) != 0 ||
        kernel->arguments_count < 5)
        return false;
    for (unsigned i = 0; i < 5; i++) {
        const char *argument = arguments + kernel->arguments[i][0];
        struct memory_block block;
        double scale;
        const void *pointer;
        if (kernel->arguments[i][1] != sizeof(scale))
            return false;
        memcpy(&scale, argument, sizeof(scale));
        memcpy(&pointer, argument, sizeof(pointer));
        bool is_beta = i == 3, is_pointer = i < 2 || i == 4;
        if ((is_beta && (scale < 0 || scale > 0)) ||
            (is_pointer && (!memory_find(pointer, &block) || block.kind != MEMORY_DEVICE)))
            return false;
    }
    return true;
}

/* Whether the launch is the last one again. Under the lock. */
static bool is_repetition(const struct launch *launch, const char *arguments, size_t size)
{
    return __atomic_load_n(&last.function, __ATOMIC_ACQUIRE) == launch->function &&
           memcmp(last.global, launch->global, sizeof(last.global)) == 0 &&
           memcmp(last.local, launch->local, sizeof(last.local)) == 0 &&
           last.arguments_size == size && memcmp(last.arguments, arguments, size) == 0;
}

/* Takes the arguments over. Under the lock. */
static void repetition_note(const struct launch *launch, char *arguments, size_t size)
{
    free(last.arguments);
    last.arguments = arguments;
    last.arguments_size = size;
    memcpy(last.global, launch->global, sizeof(last.global));
    memcpy(last.local, launch->local, sizeof(last.local));
    __atomic_store_n(&last.function, launch->function, __ATOMIC_RELEASE);
}

static size_t arguments_size(const struct host_kernel *kernel)
{
    unsigned count = kernel->arguments_count;
    return count ? kernel->arguments[count - 1][0] + kernel->arguments[count - 1][1] : 0;
}

/* The arguments as one packed buffer, whichever way they came. NULL where memory is short. */
static char *arguments_pack(const struct launch *launch)
{
    const struct host_kernel *kernel = &launch->function->kernel;
    size_t size = arguments_size(kernel);
    char *packed = calloc(1, size + 1);
    if (!packed)
        return NULL;
    if (launch->parameters)
        for (unsigned i = 0; i < kernel->arguments_count; i++)
            memcpy(packed + kernel->arguments[i][0], launch->parameters[i],
                   kernel->arguments[i][1]);
    else if (launch->arguments)
        memcpy(packed, launch->arguments,
               size < launch->arguments_size ? size : launch->arguments_size);
    return packed;
}

/* A pointer into a freed block is a program's mistake, and on a GPU a fault. */
static void arguments_check(const struct launch *launch, const char *arguments, size_t size)
{
    for (size_t at = 0; at + sizeof(void *) <= size; at += sizeof(void *)) {
        const void *word;
        memcpy(&word, arguments + at, sizeof(word));
        if ((uintptr_t)word >> 32 && memory_is_stale(word))
            fault_memory(launch->device, launch->function->name, word,
                         "an argument points into device memory that was freed");
    }
}

/* Compiles the kernel where that was not tried yet. 0 also where this CPU cannot run it. */
static int function_prepare(struct function *function)
{
    if (function->state != FUNCTION_UNTRIED)
        return 0;
    int result = host_kernel_load(function->module->object, function->name, &function->kernel,
                                  function->reason, sizeof(function->reason));
    if (result && result != -ENOTSUP) {
        fprintf(stderr, "simulated card: kernel %s: %s\n", function->name, function->reason);
        return result;
    }
    function->state = result ? FUNCTION_REFUSED : FUNCTION_READY;
    return 0;
}

/* `executed`: whether a kernel ran, rather than failing, being a repetition or being left out. */
static void launch_log(const struct launch *launch, bool executed)
{
    const struct function *function = launch->function;
    if (log_enabled())
        log_event("launch", "{s:s, s:i, s:s, s:[i,i,i], s:[i,i,i], s:b}", "kernel", function->name,
                  "device", (int)launch->device, "source", module_name(function->module), "global",
                  (int)launch->global[0], (int)launch->global[1], (int)launch->global[2], "local",
                  (int)launch->local[0], (int)launch->local[1], (int)launch->local[2], "executed",
                  (int)executed);
}

static int function_run(const struct launch *launch)
{
    struct function *function = launch->function;
    int result = function_prepare(function);
    if (result || function->state == FUNCTION_REFUSED)
        launch_log(launch, false);
    if (result)
        return result;
    if (function->state == FUNCTION_REFUSED) {
        if (launch->arguments)
            arguments_check(launch, launch->arguments, launch->arguments_size);
        execute_memory_written(); /* by a poisoned output */
        fault_modelled(launch->device, function->name, function->reason, launch->arguments,
                       launch->arguments_size);
        return 0;
    }
    cleanup_free char *arguments = arguments_pack(launch);
    if (!arguments)
        return -ENOMEM;
    size_t size = arguments_size(&function->kernel);
    bool repeats = is_repetition(launch, arguments, size);
    launch_log(launch, !repeats);
    arguments_check(launch, arguments, size);
    if (repeats)
        return 0;
    execute_memory_written();
    result = grid_run(launch, arguments);
    if (result == 0 && is_repeatable(function, arguments))
        repetition_note(launch, take_ptr(arguments), size);
    return result;
}

int launch_run(const struct launch *launch, uint64_t *ret_start, uint64_t *ret_end)
{
    const struct device *device = &devices()->devices[launch->device];
    uint64_t threads = (uint64_t)launch->global[0] * launch->global[1] * launch->global[2];
    uint64_t group = (uint64_t)launch->local[0] * launch->local[1] * launch->local[2];
    if (!threads || !group || group > 1024)
        return -EINVAL;
    if (execute_enabled() && !launch->captured) {
        pthread_mutex_lock(&lock);
        int result = function_run(launch);
        execute_unlock();
        if (result)
            return result;
    } else {
        launch_log(launch, false);
    }
    uint64_t ns = clock_kernel_ns(device, launch->function->name, threads);
    uint64_t start = clock_advance(launch->device, ns);
    *ret_start = start;
    *ret_end = start + ns;
    return 0;
}
