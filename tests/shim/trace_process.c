#include "trace_process.h"

#include "cmocka_all.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

char trace_directory[] = "/tmp/rocm-rdna1-trace-XXXXXX";
char trace_path[64];
static char said[64];

static const char *const switches[] = {
    "MIOPEN_DEBUG_CONV_WINOGRAD",   "MIOPEN_DEBUG_CONV_IMPLICIT_GEMM",
    "MIOPEN_DEBUG_CONV_FFT",        "MIOPEN_DEBUG_OPENCL_CONVOLUTIONS",
    "MIOPEN_DEBUG_GCN_ASM_KERNELS", "MIOPEN_DEBUG_AMD_WINOGRAD_RXS_F2X3_G1"};

int traces_clear(void **state)
{
    (void)state;
    unlink(trace_path);
    unlink(said);
    return 0;
}

pid_t process_start(const char *role, const char *argument, const char *program, const char *trace,
                    const char *variable)
{
    const pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    const int fd = open(said, O_WRONLY | O_CREAT | O_APPEND, 0600);
    alarm(60);
    /* The shim is in the test itself as well, and has set them there. */
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
        unsetenv(switches[i]);
    if (variable)
        putenv((char *)(uintptr_t)variable);
    if (setenv("ROCM_RDNA1_TRACE", trace, 1) != 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
        _exit(125);
    execl("/proc/self/exe", program, "role", role, argument, (char *)NULL);
    _exit(126);
}

/* The status of the role; nothing was said on the way, but by a role that failed. */
int process_finish(pid_t pid)
{
    int status = 0;
    char text[2000] = "";

    assert_int_equal(waitpid(pid, &status, 0), pid);
    const int fd = open(said, O_RDONLY);
    if (fd >= 0) {
        if (read(fd, text, sizeof(text) - 1) > 0)
            fail_msg("the process said: %s", text);
        close(fd);
    }
    return status;
}

int process_play(const char *role, const char *argument, const char *trace, const char *variable)
{
    return process_finish(process_start(role, argument, "test_trace", trace, variable));
}

void process_succeeds(const char *role, const char *argument, const char *variable)
{
    assert_int_equal(process_play(role, argument, trace_path, variable), 0);
}

/* All lines of the file. Each must be JSON and end with a newline. */
json_t *lines_read(void)
{
    json_t *lines = json_array();
    FILE *file = fopen(trace_path, "r");
    char *line = NULL;
    size_t size = 0;

    assert_non_null(file);
    for (ssize_t length; (length = getline(&line, &size, file)) > 0;) {
        json_error_t error;
        json_t *object = json_loadb(line, (size_t)length, 0, &error);
        if (!object || line[length - 1] != '\n')
            fail_msg("%s: %s", error.text, line);
        json_array_append_new(lines, object);
    }
    free(line);
    fclose(file);
    return lines;
}

json_t *line_at(json_t *lines, size_t i)
{
    json_t *line = json_array_get(lines, i);

    assert_non_null(line);
    return line;
}

json_int_t line_number(json_t *line, const char *key)
{
    json_t *value = json_object_get(line, key);

    if (!json_is_integer(value))
        fail_msg("%s is no number", key);
    return json_integer_value(value);
}

const char *line_text(json_t *line, const char *key)
{
    const char *value = json_string_value(json_object_get(line, key));

    if (!value)
        fail_msg("%s is no text", key);
    return value;
}

json_int_t line_runs(json_t *line, size_t i)
{
    return json_integer_value(json_array_get(json_object_get(line, "runs"), i));
}

void traces_begin(void)
{
    assert_non_null(mkdtemp(trace_directory));
    snprintf(trace_path, sizeof(trace_path), "%s/trace.json", trace_directory);
    snprintf(said, sizeof(said), "%s/said", trace_directory);
}

void traces_end(void)
{
    traces_clear(NULL);
    rmdir(trace_directory);
}
