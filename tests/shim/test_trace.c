/*
 * The trace: what its lines say, that they are whole whatever becomes of the process, and that the
 * program goes on whatever becomes of the file. What is traced happens in processes of their own.
 */
#include "cmocka_all.h"
#include "convolution.h"
#include "policy/driver_line.h"
#include "trace_process.h"
#include "trace_roles.h"

#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void test_what_a_line_says(void **state)
{
    (void)state;
    const char *const id = "id", *const chosen = "chosen";
    assert_int_equal(process_finish(process_start("counts", "", "we\"ird\n\xff", trace_path,
                                                  "MIOPEN_FIND_MODE=\"1\\")),
                     0);
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), 3);

    json_t *line = line_at(lines, 0), *device = json_object_get(line, "device");
    assert_int_equal(line_number(line, "schema"), 1);
    assert_string_equal(line_text(line, "program"), "we\"ird\n\\xff");
    assert_int_equal(strlen(line_text(line, "time")), strlen("2026-11-22T15:08:32Z"));
    assert_string_equal(line_text(device, "pci"), "0000:03:00.0");
    assert_string_equal(line_text(device, "chip"), "gfx1010");
    assert_string_equal(line_text(device, "target"), "gfx1010");
    assert_string_equal(line_text(line, "miopen_version"), "3.5.1");
    assert_string_equal(line_text(line, "problem"),
                        "conv -n 1 -c 16 -H 12 -W 12 -k 32 -y 3 -x 3 -p 1 -q 1 -u 1 -v 1 -l 1 -j 1 "
                        "-m conv -g 1 -F 1 -t 1");
    assert_true(json_is_null(json_object_get(line, "tensors")));
    assert_string_equal(line_text(line, "direction"), "forward");
    assert_string_equal(line_text(line, "type"), "fp32");
    assert_string_equal(line_text(line, "layout"), "NCHW");

    json_t *own = json_object_get(json_object_get(line, "miopen"), "solver");
    assert_int_equal(line_number(own, id), STUB_WINOGRAD_ID);
    assert_string_equal(line_text(own, "name"), "ConvBinWinogradRxSf2x3g1");
    assert_string_equal(line_text(own, "algorithm"), "winograd");
    json_t *variables = json_object_get(line, "variables");
    assert_int_equal(json_array_size(variables), 1);
    assert_string_equal(json_string_value(json_array_get(variables, 0)), "MIOPEN_FIND_MODE=\"1\\");

    json_t *solvers = json_object_get(line, chosen);
    assert_int_equal(json_array_size(solvers), 2);
    assert_int_equal(line_number(line_at(solvers, 0), id), 91);
    assert_string_equal(line_text(line_at(solvers, 0), "name"), "GemmFwdRest");
    assert_string_equal(line_text(line_at(solvers, 0), "algorithm"), "gemm");
    assert_int_equal(line_number(line_at(solvers, 0), "workspace_needed"), 82944);
    assert_int_equal(line_number(line_at(solvers, 1), id), 85);
    json_t *rule = line_at(json_object_get(line, "rules"), 0);
    assert_non_null(strstr(line_text(rule, "name"), "RDNA1"));
    assert_non_null(strstr(line_text(rule, "origin"), "50-rdna1.rules:"));

    assert_int_equal(line_number(line, "finds"), 2);
    assert_int_equal(line_runs(line, 0), 8);
    assert_int_equal(line_runs(line, 1), 1);
    assert_int_equal(line_number(line, "failures"), 0);
    assert_int_equal(line_number(line, "workspace_given"),
                     1 << 17); /* of the last that needed it */
    assert_int_equal(line_number(line, "workspace_supplied"), 0);
    assert_int_equal(line_number(line, "timed"), 9);
    assert_int_equal(line_number(line, "device_us"), 9000);

    line = line_at(lines, 1);
    assert_int_equal(json_array_size(json_object_get(line, chosen)), 0);
    assert_int_equal(json_array_size(json_object_get(line, "runs")), 0);
    assert_true(
        json_is_null(json_object_get(line, "problem"))); /* no driver has double precision */
    json_t *x = json_object_get(json_object_get(line, "tensors"), "x");
    assert_int_equal(json_integer_value(json_array_get(json_object_get(x, "strides"), 0)), 2304);
    assert_int_equal(line_number(line, "finds"), 1);
    assert_int_equal(line_number(line, "failures"), 2);
    assert_int_equal(line_number(line, "last_status"), miopenStatusUnknownError);
    assert_true(json_is_null(json_object_get(line, "device_us")));

    line = line_at(lines, 2);
    assert_string_equal(line_text(line, "direction"), "forward"); /* as it was called */
    assert_true(json_is_true(json_object_get(line, "transposed")));
    assert_int_equal(line_number(line_at(json_object_get(line, chosen), 0), id), 97);
    assert_int_equal(line_runs(line, 0), 1);
    assert_int_equal(line_number(line, "failures"), 1);
    assert_int_equal(line_number(line, "last_status"), miopenStatusInternalError);
    assert_int_equal(line_number(line, "workspace_given"), 0);
    assert_int_equal(line_number(line, "workspace_supplied"), 18432);
    assert_int_equal(line_number(line, "timed"), 0);
    json_decref(lines);
}

/* Every problem comes out as it went in. */
static void test_problems(void **state)
{
    (void)state;
    size_t without = 0;
    process_succeeds("all", "", NULL);
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), shapes_count);
    for (size_t i = 0; i < shapes_count; i++) {
        const struct shape *shape = &shapes[i];
        struct problem problem;
        char error[200];
        json_t *line = line_at(lines, i);
        if (json_is_null(json_object_get(line, "problem"))) {
            assert_int_equal(shape->type, TYPE_FP64);
            without++;
            continue;
        }
        assert_int_equal(
            driver_line_parse(line_text(line, "problem"), &problem, error, sizeof(error)), 0);
        problem_transpose(&problem);
        assert_int_equal(problem.direction, shape->direction);
        assert_int_equal(problem.transposed, shape->transposed);
        assert_int_equal(problem.x.type, shape->type);
        assert_int_equal(problem.x.lengths[0], shape->n);
        assert_int_equal(problem.x.lengths[1], shape->c);
        assert_int_equal(problem.y.lengths[1], shape->k);
        assert_int_equal(problem.w.lengths[2], shape->filter);
        assert_int_equal(problem.groups, shape->groups);
        assert_int_equal(problem.x.strides[1] == 1, shape->channel_last);
        assert_int_equal(line_number(line, "failures"), shape->gemm || shape->naive ? 0 : 2);
        assert_int_equal(line_runs(line, 0), shape->gemm || shape->naive ? 2 : 0);
    }
    assert_int_equal(without, 2);
    json_decref(lines);
}

static void test_killed(void **state)
{
    (void)state;
    static const struct {
        const char *times;
        json_int_t written;
    } cases[] = {{"0", 0}, {"1", 1}, {"2", 2}, {"3", 2}, {"4", 4}, {"7", 4}, {"100", 64}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        traces_clear(NULL);
        const int status = process_play("killed", cases[i].times, trace_path, NULL);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        json_t *lines = lines_read();
        assert_int_equal(json_array_size(lines), cases[i].written > 0);
        if (cases[i].written)
            assert_int_equal(line_runs(line_at(lines, 0), 0), cases[i].written);
        json_decref(lines);
    }
}

static void test_killed_when_the_handle_is_gone(void **state)
{
    (void)state;
    assert_true(WIFSIGNALED(process_play("killed-afterwards", "", trace_path, NULL)));
    json_t *lines = lines_read();
    assert_int_equal(line_runs(line_at(lines, 0), 0), 3);
    json_decref(lines);
}

/* Whoever writes keeps the others out; whoever does so for long has the file for himself. */
static void test_file_that_is_locked(void **state)
{
    (void)state;
    const int fd = open(trace_path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(fcntl(fd, F_SETLK, &(struct flock){.l_type = F_WRLCK}), 0);
    process_succeeds("leaves-no-descriptor", "", NULL);
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), 0);
    json_decref(lines);

    assert_int_equal(fcntl(fd, F_SETLK, &(struct flock){.l_type = F_WRLCK}), 0);
    const pid_t pid = process_start("leaves-no-descriptor", "", "test_trace", trace_path, NULL);
    assert_int_equal(write(fd, "{\"schema\"", 9), 9);
    usleep(20000);
    assert_int_equal(write(fd, ":1}\n", 4), 4);
    assert_int_equal(close(fd), 0);
    assert_int_equal(process_finish(pid), 0);
    lines = lines_read();
    assert_int_equal(json_array_size(lines), 2);
    assert_int_equal(line_runs(line_at(lines, 1), 0), 5);
    json_decref(lines);
}

static void test_the_launch_is_noted_before_it_is_made(void **state)
{
    (void)state;
    const int status = process_play("dies-in-launch", "", trace_path, NULL);
    /* The address sanitizer makes an exit of what the process dies of. */
    assert_true(WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) != 0));
    json_t *lines = lines_read();
    assert_int_equal(line_runs(line_at(lines, 0), 0), 1);
    json_decref(lines);
}

static void test_fork(void **state)
{
    (void)state;
    process_succeeds("fork", "", NULL);
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), 2);
    assert_true(line_number(line_at(lines, 0), "pid") != line_number(line_at(lines, 1), "pid"));
    assert_int_equal(line_runs(line_at(lines, 0), 0), 5);
    assert_int_equal(line_runs(line_at(lines, 1), 0), 2);
    assert_int_equal(line_number(line_at(lines, 0), "finds"), 1);
    assert_int_equal(line_number(line_at(lines, 1), "finds"), 0);
    json_decref(lines);
}

static void test_threads(void **state)
{
    (void)state;
    process_succeeds("threads", "", NULL);
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(line_runs(line_at(lines, i), 0), 4 * 50 * 2);
        assert_int_equal(line_number(line_at(lines, i), "finds"), 4 * 50);
        assert_int_equal(line_number(line_at(lines, i), "timed"), 4 * 50 * 2);
    }
    json_decref(lines);
}

static void test_processes(void **state)
{
    (void)state;
    enum { PROCESSES = 6 };
    pid_t pids[PROCESSES];
    for (int i = 0; i < PROCESSES; i++)
        pids[i] = process_start(i % 2 ? "all" : "threads", "", "test_trace", trace_path, NULL);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(process_finish(pids[i]), 0);
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), PROCESSES / 2 * (shapes_count + 2));
    json_decref(lines);
}

static void test_asked_once(void **state)
{
    (void)state;
    process_succeeds("asks-once", "", NULL);
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), 1);
    json_decref(lines);
}

/* The switches would hide what MIOpen would choose; without a trace they are set. */
static void test_switches(void **state)
{
    (void)state;
    assert_int_equal(WEXITSTATUS(process_play("switches", "", trace_path, NULL)),
                     ROLE_SWITCHES_UNSET);
    assert_int_equal(WEXITSTATUS(process_play("switches", "", trace_directory, NULL)),
                     ROLE_SWITCHES_SET);
    assert_int_equal(WEXITSTATUS(process_play("switches", "", "", NULL)), ROLE_SWITCHES_SET);
}

static void no_file(void)
{
    assert_int_not_equal(access(trace_path, F_OK), 0);
}

static void test_privileged_or_off(void **state)
{
    (void)state;
    process_succeeds("leaves-no-descriptor", "", "TRACE_TEST_SECURE=1");
    no_file();
    assert_int_equal(WEXITSTATUS(process_play("switches", "", trace_path, "ROCM_RDNA1=off")),
                     ROLE_SWITCHES_UNSET);
    no_file();
}

static void test_files_that_will_not_do(void **state)
{
    (void)state;
    char absent[100], longer[5000] = "/tmp/";
    snprintf(absent, sizeof(absent), "%s/absent/file", trace_directory);
    memset(longer + 5, 'x', sizeof(longer) - 6);
    const char *const paths[] = {absent,      trace_directory, "/dev/full",
                                 "/dev/null", "/dev/stdout",   longer};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_int_equal(process_play("leaves-no-descriptor", "", paths[i], NULL), 0);

    /* A FIFO, with nobody behind it and with somebody who must not notice anything. */
    assert_int_equal(mkfifo(trace_path, 0600), 0);
    process_succeeds("leaves-no-descriptor", "", NULL);
    const int reader = open(trace_path, O_RDONLY | O_NONBLOCK);
    struct pollfd poll_reader = {.fd = reader, .events = POLLIN};
    assert_true(reader >= 0);
    process_succeeds("leaves-no-descriptor", "", NULL);
    assert_int_equal(poll(&poll_reader, 1, 0), 0);
    close(reader);
}

static void test_full_disk(void **state)
{
    (void)state;
    static const char before[] = "{\"schema\":1}\n";
    static const char *const faults[] = {"TRACE_TEST_PWRITEV=full", "TRACE_TEST_PWRITEV=half"};
    for (size_t i = 0; i < 3; i++) {
        FILE *file = fopen(trace_path, "w");
        assert_non_null(file);
        fputs(before, file);
        fclose(file);
        if (i < 2)
            process_succeeds("leaves-no-descriptor", "", faults[i]);
        else
            process_succeeds("limited", "", NULL);
        json_t *lines = lines_read();
        assert_int_equal(json_array_size(lines), 1);
        json_decref(lines);
    }
    traces_clear(NULL);
    process_succeeds("leaves-no-descriptor", "", "TRACE_TEST_PWRITEV=twice");
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), 1);
    assert_int_equal(line_runs(line_at(lines, 0), 0), 5);
    json_decref(lines);
}

static void test_torn_line_before(void **state)
{
    (void)state;
    char line[200];
    FILE *file = fopen(trace_path, "w");
    assert_non_null(file);
    fputs("{\"schema\":1,\"pid", file);
    fclose(file);
    process_succeeds("leaves-no-descriptor", "", NULL);
    file = fopen(trace_path, "r");
    assert_non_null(fgets(line, sizeof(line), file));
    assert_string_equal(line, "{\"schema\":1,\"pid\n");
    json_t *object = json_loadf(file, 0, NULL);
    assert_non_null(object);
    assert_int_equal(line_runs(object, 0), 5);
    json_decref(object);
    fclose(file);
}

static void test_file_that_changes(void **state)
{
    (void)state;
    static const char *const changes[] = {"remove", "empty", "edit"};
    for (size_t i = 0; i < 3; i++) {
        traces_clear(NULL);
        process_succeeds("file-changes", changes[i], NULL);
        char first[3] = "";
        FILE *file = fopen(trace_path, "r");
        assert_non_null(file);
        assert_int_equal(fread(first, 1, 2, file), 2);
        if (i == 2) /* what is not ours stays as it is */
            while (fgetc(file) != '\n')
                assert_string_equal(first, "xx");
        else
            rewind(file);
        json_t *object = json_loadf(file, 0, NULL);
        assert_non_null(object);
        assert_int_equal(line_runs(object, 0), 5);
        json_decref(object);
        fclose(file);
    }
}

static void test_program_is_left_alone(void **state)
{
    (void)state;
    process_succeeds("keeps-errno", "", NULL);
    assert_int_equal(chdir(trace_directory), 0);
    traces_clear(NULL);
    assert_int_equal(process_play("leaves-no-descriptor", "", "trace.json", NULL), 0);
    json_t *lines = lines_read();
    assert_int_equal(line_runs(line_at(lines, 0), 0), 5);
    json_decref(lines);
}

static void test_device_time(void **state)
{
    (void)state;
    process_succeeds("late-events", "", NULL);
    json_t *lines = lines_read();
    assert_int_equal(line_runs(line_at(lines, 0), 0), 101);
    assert_int_equal(line_number(line_at(lines, 0), "timed"),
                     65); /* the ring's, and the one after it */
    assert_int_equal(line_number(line_at(lines, 0), "device_us"), 65 * 2500);
    json_decref(lines);
    static const char *const without[] = {"capture", "failure", "other device"};
    for (size_t i = 0; i < 3; i++) {
        traces_clear(NULL);
        process_succeeds("no-events", without[i], NULL);
        lines = lines_read();
        assert_int_equal(line_runs(line_at(lines, 0), 0), 4);
        assert_true(json_is_null(json_object_get(line_at(lines, 0), "device_us")));
        json_decref(lines);
    }
}

static void test_forwarded(void **state)
{
    (void)state;
    process_succeeds("forwards", "", NULL);
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), 3); /* the problem itself is the first */
    assert_string_equal(line_text(line_at(lines, 1), "forwarded"), "miopenConvolutionForward");
    assert_non_null(strstr(line_text(line_at(lines, 1), "reason"), "alpha"));
    assert_string_equal(line_text(line_at(lines, 2), "refused"), "miopenConvolutionForward*");
    assert_non_null(strstr(line_text(line_at(lines, 2), "reason"), "descriptors"));
    json_decref(lines);
}

/* On the machine with both kinds of card: only what is decided upon has a line. */
static void test_other_cards(void **state)
{
    (void)state;
    process_succeeds("other-card", "1", NULL);
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), 0);
    json_decref(lines);
    process_succeeds("other-card", "0", NULL);
    lines = lines_read();
    assert_int_equal(json_array_size(lines), 2);
    assert_string_equal(line_text(json_object_get(line_at(lines, 0), "device"), "pci"),
                        "0000:0c:00.0");
    json_decref(lines);
}

/* On the machine with two cards of a kind: each has its own line. */
static void test_two_cards(void **state)
{
    (void)state;
    process_succeeds("two-cards", "", NULL);
    json_t *lines = lines_read();
    assert_int_equal(json_array_size(lines), 2);
    assert_string_equal(line_text(json_object_get(line_at(lines, 1), "device"), "pci"),
                        "0000:10:00.0");
    assert_int_equal(line_runs(line_at(lines, 0), 0), 1);
    assert_int_equal(line_runs(line_at(lines, 1), 0), 2);
    json_decref(lines);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "role") == 0)
        return role_play(argv[2], argv[3]);
    traces_begin();
#define TEST(name) cmocka_unit_test_setup(name, traces_clear)
    const struct CMUnitTest tests[] = {
        TEST(test_what_a_line_says),
        TEST(test_problems),
        TEST(test_killed),
        TEST(test_killed_when_the_handle_is_gone),
        TEST(test_file_that_is_locked),
        TEST(test_the_launch_is_noted_before_it_is_made),
        TEST(test_fork),
        TEST(test_threads),
        TEST(test_processes),
        TEST(test_asked_once),
        TEST(test_switches),
        TEST(test_privileged_or_off),
        TEST(test_files_that_will_not_do),
        TEST(test_full_disk),
        TEST(test_torn_line_before),
        TEST(test_file_that_changes),
        TEST(test_program_is_left_alone),
        TEST(test_device_time),
        TEST(test_forwarded),
    };
    const struct CMUnitTest mixed[] = {TEST(test_other_cards)};
    const struct CMUnitTest two[] = {TEST(test_two_cards)};
    const char *name = argc > 1 ? argv[1] : "trace";
    const int failed = strcmp(name, "trace-mixed") == 0 ? cmocka_run_group_tests(mixed, NULL, NULL)
                       : strcmp(name, "trace-two") == 0 ? cmocka_run_group_tests(two, NULL, NULL)
                                                        : cmocka_run_group_tests(tests, NULL, NULL);
    traces_end();
    return failed;
}
