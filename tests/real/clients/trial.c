#include "trial.h"

#include "launches.h"
#include "policy/driver_line.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { EXIT_CALL = 1, EXIT_NUMBERS = 2, EXIT_REQUEST = 3 };

enum { STREAM_BIAS = 4, STREAM_ADDEND = 5 }; /* 1 to 3 are the operands' */

void session_open(int argc, char **argv, struct session *ret_session)
{
    static const struct option options[] = {{"seed", required_argument, NULL, 's'}, {0}};
    int option;

    *ret_session = (struct session){.seed = inputs_fresh_seed(), .log = getenv("SIM_LOG")};
    while ((option = getopt_long(argc, argv, "", options, NULL)) == 's')
        ret_session->seed = strtoull(optarg, NULL, 0);
    if (option != -1 || optind != argc) {
        fprintf(stderr, "usage: %s [--seed NUMBER]\n", argv[0]);
        exit(EXIT_REQUEST);
    }
}

static void print_line(json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9));

    printf("%s\n", text ? text : "{}"); /* whole, also beside other threads */
    fflush(stdout);
    free(text);
    json_decref(line);
}

/* How a program ended, where that was not by itself: "fault in KERNEL (modelled)", "Aborted". */
static json_t *death_of(const struct session *session, int64_t mark, int signal)
{
    json_t *fault = launches_fault(session->log, mark);
    json_t *death = fault ? json_sprintf("fault in %s (modelled)",
                                         json_string_value(json_object_get(fault, "kernel")))
                          : json_string(strsignal(signal));

    json_decref(fault);
    return death;
}

static _Noreturn void program_run(struct session *session, void (*program)(struct session *session))
{
    const char *home = getenv("HOME");
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", home ? home : "/tmp", session->program);
    if (mkdir(path, 0700) != 0 || setenv("HOME", path, 1) != 0) {
        perror(path);
        exit(EXIT_REQUEST);
    }
    program(session);
    exit(session_close(session));
}

void session_program(struct session *session, const char *name,
                     void (*program)(struct session *session))
{
    int64_t mark = launches_mark(session->log);
    int status = 0;
    pid_t pid;

    session->program = name;
    fflush(NULL);
    pid = fork();
    if (pid == 0)
        program_run(session, program);
    session->trials++;
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || WIFSIGNALED(status))
        session->failed++;
    if (WIFSIGNALED(status))
        print_line(json_pack("{s:s, s:o}", "program", name, "died",
                             death_of(session, mark, WTERMSIG(status))));
    session->failed += WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CALL;
    session->wrong += WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NUMBERS;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REQUEST)
        exit(EXIT_REQUEST);
}

void environment_forget(const char *prefix)
{
    for (char **entry = environ; *entry;) {
        char name[128];
        const size_t length = strcspn(*entry, "=");

        if (strncmp(*entry, prefix, strlen(prefix)) != 0 || length >= sizeof(name)) {
            entry++;
            continue;
        }
        memcpy(name, *entry, length);
        name[length] = '\0';
        unsetenv(name);
        entry = environ;
    }
}

int session_close(const struct session *session)
{
    return session->trials == 0 ? EXIT_REQUEST
           : session->wrong     ? EXIT_NUMBERS
           : session->failed    ? EXIT_CALL
                                : EXIT_SUCCESS;
}

struct buffer *trial_result(struct trial *trial)
{
    const struct tensor *result = problem_result(&trial->problem);

    return result == &trial->problem.y   ? &trial->y
           : result == &trial->problem.x ? &trial->x
                                         : &trial->w;
}

/* Memory for a tensor on the device: its values, or poison where there are none. */
static bool tensor_place(const struct tensor *tensor, const double *values,
                         struct buffer *ret_buffer)
{
    bool whole = tensor->type == TYPE_INT8 || tensor->type == TYPE_INT32;

    if (buffer_allocate(tensor_bytes(tensor), ret_buffer))
        return false;
    buffer_poison(ret_buffer, !whole);
    return !values || tensor_upload(tensor, values, ret_buffer) == 0;
}

/* The trial's problem, its inputs and what is right. */
static void trial_draw(struct trial *trial, const char *line, const struct operands *given)
{
    struct session *session = trial->session;
    char error[256];

    if (driver_line_parse(line, &trial->problem, error, sizeof(error))) {
        fprintf(stderr, "%s: %s\n", trial->name, error);
        exit(EXIT_REQUEST);
    }
    for (uint64_t seed = session->seed;; seed++) {
        sample_draw(&trial->problem, seed, &trial->sample);
        if (sample_is_exact(&trial->sample))
            break;
        sample_free(&trial->sample);
    }
    if (given)
        sample_give(&trial->sample, given);
}

void trial_open_other(struct session *session, const char *name, struct trial *ret_trial)
{
    struct trial *trial = ret_trial;

    *trial = (struct trial){.session = session, .comparison.guards_intact = true};
    snprintf(trial->name, sizeof(trial->name), "%s: %s", session->program, name);
    session->trials++;
    print_line(json_pack("{s:s, s:b}", "case", trial->name, "begin", 1));
    trial->mark = launches_mark(session->log);
}

bool trial_open_with(struct session *session, const char *name, const char *line,
                     const struct operands *given, struct trial *ret_trial)
{
    struct trial *trial = ret_trial;
    const struct problem *p = &trial->problem;
    const struct operands *values = &trial->sample.operands;
    const struct tensor *result;

    trial_open_other(session, name, trial);
    trial_draw(trial, line, given);
    result = problem_result(p);
    return trial_step(trial, "inputs",
                      !tensor_place(&p->x, result == &p->x ? NULL : values->x, &trial->x) ||
                          !tensor_place(&p->w, result == &p->w ? NULL : values->w, &trial->w) ||
                          !tensor_place(&p->y, result == &p->y ? NULL : values->y, &trial->y) ||
                          hipDeviceSynchronize() != hipSuccess);
}

bool trial_open(struct session *session, const char *name, const char *line,
                struct trial *ret_trial)
{
    return trial_open_with(session, name, line, NULL, ret_trial);
}

bool trial_step(struct trial *trial, const char *stage, int status)
{
    if (status != 0 && !trial->stage) {
        trial->stage = stage;
        trial->status = status;
    }
    return status == 0;
}

void trial_add_bias(struct trial *trial)
{
    const struct tensor *result = problem_result(&trial->problem);
    size_t channels = (size_t)result->lengths[1], count = tensor_count(result);
    size_t images = (size_t)result->lengths[0], pixels = count / images / channels;
    struct tensor tensor = {.type = result->type, .rank = 1, .lengths = {result->lengths[1]}};
    double *values = calloc(channels, sizeof(*values)), *right = sample_result(&trial->sample);

    tensor.strides[0] = 1;
    if (!values)
        abort();
    inputs_draw(&trial->sample.inputs, STREAM_BIAS, values, channels);
    for (size_t i = 0; i < count; i++)
        right[i] += values[i / pixels % channels];
    trial_step(trial, "bias", !tensor_place(&tensor, values, &trial->bias));
    free(values);
}

void trial_add(struct trial *trial)
{
    const struct tensor *result = problem_result(&trial->problem);
    size_t count = tensor_count(result);
    double *values = calloc(count, sizeof(*values)), *right = sample_result(&trial->sample);

    if (!values)
        abort();
    inputs_draw(&trial->sample.inputs, STREAM_ADDEND, values, count);
    for (size_t i = 0; i < count; i++)
        right[i] += values[i];
    trial_step(trial, "addend", !tensor_place(result, values, &trial->addend));
    free(values);
}

void trial_relu(struct trial *trial)
{
    double *right = sample_result(&trial->sample);

    for (size_t i = 0; i < tensor_count(problem_result(&trial->problem)); i++)
        right[i] = fmax(right[i], 0);
}

void trial_check(struct trial *trial, const struct tensor *tensor, const double *right,
                 const struct buffer *buffer)
{
    struct comparison comparison;

    if (!trial_step(trial, "result",
                    hipDeviceSynchronize() != hipSuccess ||
                        tensor_compare(tensor, right, buffer, &comparison) != 0))
        return;
    if (!(comparison.max_error <= trial->tolerance))
        trial->comparison.wrong += comparison.wrong;
    trial->comparison.max_error = fmax(trial->comparison.max_error, comparison.max_error);
    trial_step(trial, "guards", !comparison.guards_intact);
}

static json_t *trial_line(const struct trial *trial)
{
    const struct session *session = trial->session;
    json_t *line = json_pack(
        "{s:s, s:I, s:b, s:i, s:b, s:I}", "case", trial->name, "seed", (json_int_t)session->seed,
        "ok", !trial->stage && trial->comparison.wrong == 0, "status", trial->status, "exact",
        trial->comparison.wrong == 0, "wrong_elements", (json_int_t)trial->comparison.wrong);
    json_t *kernels = session->concurrent ? NULL : launches_since(session->log, trial->mark, -1);

    json_object_set_new(line, "stage", trial->stage ? json_string(trial->stage) : json_null());
    json_object_set_new(line, "max_error",
                        isfinite(trial->comparison.max_error)
                            ? json_real(trial->comparison.max_error)
                            : json_null());
    json_object_set_new(line, "kernels", kernels ? kernels : json_null());
    return line;
}

void trial_close(struct trial *trial)
{
    const struct problem *p = &trial->problem;
    struct buffer *buffers[] = {&trial->x, &trial->w, &trial->y, &trial->bias, &trial->addend};
    bool intact = true;

    if (!trial->stage && trial->sample.problem)
        trial_check(trial, problem_result(p), sample_result(&trial->sample), trial_result(trial));
    (void)hipDeviceSynchronize();
    for (size_t i = 0; i < sizeof(buffers) / sizeof(*buffers); i++)
        intact &= buffer_guards_intact(buffers[i]);
    trial_step(trial, "guards", !intact);
    trial->session->failed += trial->stage != NULL;
    trial->session->wrong += !trial->stage && trial->comparison.wrong > 0;
    print_line(trial_line(trial));
    for (size_t i = 0; i < sizeof(buffers) / sizeof(*buffers); i++)
        buffer_free(buffers[i]);
    sample_free(&trial->sample);
}
