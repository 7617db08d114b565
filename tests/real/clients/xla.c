/* XLA and TensorFlow, which look each of MIOpen's functions up by name. */
#include "by_name.h"
#include "xla_convolve.h"

#include <string.h>

static const struct shape {
    const char *name, *line;
} shapes[] = {
    {"3x3", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1"},
    {"3x3 backward data", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 2"},
    {"3x3 backward weights", "conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 4"},
    {"1x1", "conv -n 1 -c 32 -H 16 -W 16 -k 16 -y 1 -x 1 -F 1"},
    {"3x3 dilated", "conv -n 1 -c 8 -H 16 -W 16 -k 16 -y 3 -x 3 -p 2 -q 2 -l 2 -j 2 -F 1"},
    {"grouped", "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -g 4 -F 1"},
};

static void shapes_convolve(struct session *session, enum xla_mode mode)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        struct trial trial;

        if (trial_open(session, shapes[i].name, shapes[i].line, &trial) &&
            trial_step(&trial, "dlopen", !by_name_open()))
            xla_convolve(&trial, mode);
        trial_close(&trial);
    }
}

static void program_find(struct session *session)
{
    shapes_convolve(session, XLA_FIND);
}

static void program_immediate(struct session *session)
{
    shapes_convolve(session, XLA_IMMEDIATE);
}

static void program_best_only(struct session *session)
{
    shapes_convolve(session, XLA_BEST_ONLY);
}

static void program_fused(struct session *session)
{
    for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
        struct trial trial;

        if (strstr(shapes[i].name, "backward"))
            continue;
        if (trial_open(session, shapes[i].name, shapes[i].line, &trial) &&
            trial_step(&trial, "dlopen", !by_name_open()))
            xla_convolve_fused(&trial);
        trial_close(&trial);
    }
}

int main(int argc, char **argv)
{
    struct session session;

    session_open(argc, argv, &session);
    session_program(&session, "find", program_find);
    session_program(&session, "immediate", program_immediate);
    session_program(&session, "best only", program_best_only);
    session_program(&session, "fused", program_fused);
    return session_close(&session);
}
