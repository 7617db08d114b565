/*
 * MIGraphX itself: its own driver compiles models of convolutions for the card, by MIOpen's
 * Find 2.0 with solutions that are saved and loaded, runs them, and compares with its own
 * reference.
 */
#include "base/cleanup.h"
#include "onnx.h"
#include "policy/driver_line.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAYERS_MAX 3

struct model {
    const char *name;
    const char *lines[LAYERS_MAX];
};

static const struct model models[] = {
    {"3x3", {"conv -n 2 -c 8 -H 16 -W 16 -k 12 -y 3 -x 3 -p 1 -q 1 -F 1"}},
    {"1x1", {"conv -n 1 -c 16 -H 16 -W 16 -k 8 -y 1 -x 1 -F 1"}},
    {"1x1 stride 2", {"conv -n 1 -c 16 -H 16 -W 16 -k 8 -y 1 -x 1 -u 2 -v 2 -F 1"}},
    {"7x7 stride 2", {"conv -n 1 -c 3 -H 32 -W 32 -k 8 -y 7 -x 7 -p 3 -q 3 -u 2 -v 2 -F 1"}},
    {"dilation", {"conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 2 -q 2 -l 2 -j 2 -F 1"}},
    {"groups", {"conv -n 1 -c 8 -H 16 -W 16 -k 16 -y 3 -x 3 -p 1 -q 1 -g 4 -F 1"}},
    {"depthwise", {"conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -g 8 -F 1"}},
    {"3-D",
     {"conv --spatial_dim 3 -n 1 -c 4 --in_d 6 -H 8 -W 8 -k 6 --fil_d 3 -y 3 -x 3 --pad_d 1 -p 1 "
      "-q 1 "
      "-F 1"}},
    {"transposed", {"conv -n 1 -c 8 -H 8 -W 8 -k 6 -y 4 -x 4 -p 1 -q 1 -u 2 -v 2 -m trans -F 1"}},
    {"half", {"convfp16 -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1"}},
    {"three layers",
     {"conv -n 1 -c 3 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -F 1",
      "conv -n 1 -c 8 -H 16 -W 16 -k 8 -y 3 -x 3 -p 1 -q 1 -u 2 -v 2 -F 1",
      "conv -n 1 -c 8 -H 8 -W 8 -k 4 -y 1 -x 1 -F 1"}},
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Writes a model to that path. 0 or an error. */
static int model_write(const struct model *model, uint64_t seed, const char *path)
{
    cleanup_file FILE *file = fopen(path, "we");
    struct problem layers[LAYERS_MAX];
    char error[256];
    size_t count = 0;

    if (!file)
        return -errno;
    for (; count < LAYERS_MAX && model->lines[count]; count++)
        if (driver_line_parse(model->lines[count], &layers[count], error, sizeof(error))) {
            fprintf(stderr, "%s: %s\n", model->name, error);
            return -EINVAL;
        }
    return onnx_write(layers, count, seed, file);
}

/* A file as text, to be freed; "" where there is none. */
static char *read_text(const char *path)
{
    cleanup_file FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;

    if (file && getdelim(&text, &size, '\0', file) >= 0)
        return text;
    free(text);
    text = strdup("");
    if (!text)
        abort();
    return text;
}

/* Runs the driver; its exit status, or 128 with the signal. `ret_output` is to be freed. */
static int driver_run(const char *const *argv, char **ret_output)
{
    char path[512];
    int status = 0;
    pid_t pid;

    snprintf(path, sizeof(path), "%s/output", getenv("HOME"));
    pid = fork();
    if (pid == 0) {
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
            execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        status = 127 << 8;
    *ret_output = read_text(path);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Compiled, run and compared: wrong numbers are no failed call. */
static void verify(struct trial *trial, const char *model)
{
    const char *const argv[] = {"migraphx-driver", "verify", model, NULL};
    cleanup_free char *output = NULL;
    int status = driver_run(argv, &output);

    if (strstr(output, "FAILED:"))
        trial->comparison.wrong++;
    else
        trial_step(trial, "verify", status ? status : !strstr(output, "passed successfully"));
}

/* Compiled in one process, with MIOpen's solution saved; loaded and run in another. */
static void save_and_run(struct trial *trial, const char *model)
{
    cleanup_free char *compiled = NULL, *output = NULL;
    char saved[512];
    const char *const compile[] = {"migraphx-driver", "compile", model, "--gpu",
                                   "--binary",        "-o",      saved, NULL};
    const char *const run[] = {"migraphx-driver", "run", "--migraphx", saved, NULL};

    snprintf(saved, sizeof(saved), "%s/saved.mxr", getenv("HOME"));
    if (trial_step(trial, "compile", driver_run(compile, &compiled)))
        trial_step(trial, "run", driver_run(run, &output));
}

static void models_each(struct session *session,
                        void (*use)(struct trial *trial, const char *model))
{
    char path[512];

    snprintf(path, sizeof(path), "%s/model.onnx", getenv("HOME"));
    for (size_t i = 0; i < COUNT(models); i++) {
        struct trial trial;

        trial_open_other(session, models[i].name, &trial);
        if (trial_step(&trial, "model", model_write(&models[i], session->seed, path)))
            use(&trial, path);
        trial_close(&trial);
    }
}

static void program_verify(struct session *session)
{
    models_each(session, verify);
}

static void program_save_and_run(struct session *session)
{
    models_each(session, save_and_run);
}

int main(int argc, char **argv)
{
    struct session session;

    session_open(argc, argv, &session);
    session_program(&session, "verify", program_verify);
    session_program(&session, "save and run", program_save_and_run);
    return session_close(&session);
}
