/*
 * A program that opens a library which is linked with MIOpen, with RTLD_DEEPBIND: what that library
 * needs is looked for in its own dependencies first, and only then in what was preloaded.
 */
#include "deepbind.h"

#include <dlfcn.h>
#include <stdio.h>

static const struct shape {
    const char *name, *line;
} shapes[] = {
    {"3x3", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"1x1", "conv -n 1 -c 32 -H 16 -W 16 -k 16 -y 1 -x 1 -F 1"},
    {"3x3 dilated", "conv -n 1 -c 8 -H 16 -W 16 -k 16 -y 3 -x 3 -p 2 -q 2 -l 2 -j 2 -F 1"},
};

static __typeof__(engine_convolve) *convolve;

/* MIOpen comes first, by itself: its own needs include some that the simulated card preloads. */
static bool engine_open(void)
{
    void *miopen = dlopen("libMIOpen.so.1", RTLD_NOW | RTLD_LOCAL);
    void *engine = miopen ? dlopen(ENGINE, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND) : NULL;

    convolve = engine ? (__typeof__(convolve))dlsym(engine, "engine_convolve") : NULL;
    if (!convolve)
        fprintf(stderr, "%s\n", dlerror());
    return convolve != NULL;
}

static void shapes_convolve(struct session *session, bool immediate)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        struct trial trial;

        if (trial_open(session, shapes[i].name, shapes[i].line, &trial) &&
            trial_step(&trial, "dlopen", !engine_open()))
            convolve(&trial, immediate);
        trial_close(&trial);
    }
}

static void program_find(struct session *session)
{
    shapes_convolve(session, false);
}

static void program_immediate(struct session *session)
{
    shapes_convolve(session, true);
}

int main(int argc, char **argv)
{
    struct session session;

    session_open(argc, argv, &session);
    session_program(&session, "find", program_find);
    session_program(&session, "immediate", program_immediate);
    return session_close(&session);
}
