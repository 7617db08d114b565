/* The log: whole lines of JSON, also from several processes at once. */
#include "cmocka_all.h"
#include "log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESSES 4
#define LINES     200

static char path[] = "/tmp/sim-log-XXXXXX";

static void test_lines(void **state)
{
    (void)state;
    log_event("first", "{s:s, s:i}", "kernel", "name with \"quotes\"\n", "device", 1);
    log_event("broken", "{s:Z}", "key");
    for (int process = 0; process < PROCESSES; process++)
        if (!fork()) {
            for (int line = 0; line < LINES; line++)
                log_event("line", "{s:i, s:i}", "process", process, "number", line);
            _exit(0);
        }
    while (wait(NULL) > 0)
        continue;

    FILE *file = fopen(path, "re");
    assert_non_null(file);
    char text[512];
    int next[PROCESSES] = {0}, lines = 0;
    while (fgets(text, sizeof(text), file)) {
        json_t *line = json_loads(text, 0, NULL);
        assert_non_null(line);
        const char *event = json_string_value(json_object_get(line, "event"));
        if (lines == 0) {
            assert_string_equal(event, "first");
            assert_string_equal(json_string_value(json_object_get(line, "kernel")),
                                "name with \"quotes\"\n");
        } else if (lines == 1) {
            assert_string_equal(event, "broken");
            assert_true(json_is_string(json_object_get(line, "malformed")));
        } else {
            long long process = json_integer_value(json_object_get(line, "process"));
            assert_int_equal(json_integer_value(json_object_get(line, "number")), next[process]++);
        }
        json_decref(line);
        lines++;
    }
    fclose(file);
    assert_int_equal(lines, 2 + PROCESSES * LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};
    int fd = mkstemp(path);
    if (fd < 0)
        return EXIT_FAILURE;
    close(fd);
    setenv("SIM_LOG", path, 1);
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return result;
}
