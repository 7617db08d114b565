#include "shim/process.h"

#include "shim/lock.h"
#include "shim/trace.h"

#include <errno.h>
#include <pthread.h>

static struct machine machine;
static bool active;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void process_begin(void)
{
    const int saved_errno = errno;
    struct settings settings;

    lock_share();
    settings_read(&settings);
    if (!settings.off && machine_read(NULL, &settings, &machine) == 0) {
        root_close(&machine.root); /* the program's file descriptors are its own */
        active = gpu_list_rdna1_count(&machine.gpus) > 0;
        if (active) {
            const bool traced = settings.trace && trace_begin(settings.trace);
            (void)machine_set_environment(&machine, traced ? PROFILE_TRACED : PROFILE_GEMM);
        } else {
            machine_free(&machine);
        }
    }
    lock_unshare();
    errno = saved_errno;
}

const struct machine *machine_get(void)
{
    pthread_once(&once, process_begin);
    return active ? &machine : NULL;
}
