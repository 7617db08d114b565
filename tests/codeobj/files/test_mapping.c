/* Files as bytes: of what kinds, and what becomes of them while they are read. */
#include "cmocka_all.h"

#include "base/cleanup.h"
#include "codeobj/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 64 * 1024 };

static char name[] = "/tmp/test_mapping.XXXXXX";

static int set_up(void **state)
{
    uint8_t bytes[SIZE];
    (void)state;
    cleanup_fd const int fd = mkstemp(name);
    memset(bytes, 'x', sizeof(bytes));
    return fd >= 0 && write(fd, bytes, sizeof(bytes)) == SIZE ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(name);
}

static void files_are_mapped(void **state)
{
    struct mapping mapping;
    (void)state;
    assert_int_equal(mapping_open(name, &mapping), 0);
    assert_int_equal(mapping.file.size, SIZE);
    assert_int_equal(mapping.file.bytes[SIZE - 1], 'x');
    assert_false(mapping_shrunk(&mapping));
    /* What is given back can be read again; what is no part of it is left alone. */
    mapping_release(&mapping, mapping.file);
    assert_int_equal(mapping.file.bytes[SIZE / 2], 'x');
    mapping_release(&mapping, (struct span){(const uint8_t *)name, sizeof(name)});
    mapping_close(&mapping);
    assert_int_equal(mapping_open("/", &mapping), -EISDIR);
    assert_int_equal(mapping_open("/dev/null", &mapping), -EACCES);
    assert_int_equal(mapping_open("/nonexistent", &mapping), -ENOENT);
}

static void what_is_cut_off_reads_as_zeros(void **state)
{
    struct mapping mapping;
    (void)state;
    assert_int_equal(mapping_open(name, &mapping), 0);
    assert_int_equal(truncate(name, 100), 0);
    assert_int_equal(mapping.file.bytes[99], 'x');
    for (size_t i = 4096; i < SIZE; i += 1000)
        assert_int_equal(mapping.file.bytes[i], 0);
    assert_true(mapping_shrunk(&mapping));
    mapping_close(&mapping);
    assert_int_equal(mapping_open(name, &mapping), 0);
    assert_int_equal(mapping.file.size, 100);
    mapping_close(&mapping);
    assert_int_equal(truncate(name, 0), 0);
    assert_int_equal(mapping_open(name, &mapping), 0);
    assert_int_equal(mapping.file.size, 0);
    mapping_close(&mapping);
}

/* The signal is nobody else's way to go on. */
static void another_bus_error_ends_the_program(void **state)
{
    int status;
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        struct mapping mapping;
        if (mapping_open("/proc/self/exe", &mapping) < 0)
            _exit(0);
        const struct rlimit no_core = {0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        raise(SIGBUS);
        raise(SIGBUS);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGBUS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_mapped),
        cmocka_unit_test(what_is_cut_off_reads_as_zeros),
        cmocka_unit_test(another_bus_error_ends_the_program),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
