/*
 * Memory that runs short, at each allocation of the shim's in turn, from the start of the process
 * on: the shim is linked into this program, with its allocations going through those here. The
 * program starts itself again for each; the child is not a cmocka test, so that nothing but the
 * shim allocates through here.
 */
#include "cmocka_all.h"
#include "fused.h"
#include "session.h"
#include "shim/process.h"
#include "stub_fusion.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEVER_FAILED 77

static atomic_uint allocations;
static unsigned fail_at;
static bool failed;

__attribute__((constructor(101))) static void fail_at_read(void)
{
    const char *value = getenv("SHIM_TEST_FAIL_ALLOCATION");

    fail_at = value ? (unsigned)strtoul(value, NULL, 10) : 0;
}

static bool allocation_fails(void)
{
    if (++allocations != fail_at)
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

/* The linker gives these the calls (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_asprintf(char **ret_text, const char *format, ...) __attribute__((format(printf, 2, 3)));

void *__wrap_malloc(size_t size)
{
    return allocation_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return allocation_fails() ? NULL : __real_realloc(memory, size);
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
    return allocation_fails() ? NULL : __real_reallocarray(memory, count, size);
}

int __wrap_asprintf(char **ret_text, const char *format, ...)
{
    va_list arguments;

    if (allocation_fails()) {
        static char undefined; /* says the manual: nobody must look at it or free it */
        *ret_text = &undefined;
        return -1;
    }
    va_start(arguments, format);
    const int length = vasprintf(ret_text, format, arguments);
    va_end(arguments);
    return length;
}

char *__wrap_strdup(const char *text)
{
    return allocation_fails() ? NULL : __real_strdup(text);
}

/* A convolution that is hit goes the decided way as soon as there is memory again. */
static const char *convolution_hit(void)
{
    miopenHandle_t handle = NULL;
    struct convolution it;
    const char *wrong = NULL;

    if (miopenCreate(&handle) != miopenStatusSuccess)
        return NULL;
    if (convolution_try_open(&it, shape_named("3x3"), handle)) {
        if (machine_get())
            wrong = fused_converse(handle, "3x3", SESSION_STRICT);
        if (!wrong)
            wrong = session_calls(&it, SESSION_LOOSE);
        if (!wrong && machine_get())
            wrong = session_calls(&it, failed ? SESSION_SUCCEEDS : SESSION_STRICT);
        convolution_close(&it);
    }
    (void)miopenDestroy(handle);
    return wrong;
}

/* The session that is hit, and one after it that must know nothing of that any more. */
static int child(void)
{
    const char *wrong = convolution_hit();

    if (!wrong)
        wrong = session_run(SESSION_LOOSE);
    if (!wrong && machine_get())
        wrong = session_run(SESSION_STRICT);
    if (wrong || stub_violations() || stub_memory_live() || stub_objects_live() ||
        stub_descriptors_live() || stub_fusion_objects() || stub_last_error()) {
        fprintf(stderr, "allocation %u: %s\n", fail_at, wrong ? wrong : "something is left over");
        return 1;
    }
    return failed ? 0 : NEVER_FAILED;
}

static int run_child(unsigned n)
{
    char number[16];
    int status = 0;

    snprintf(number, sizeof(number), "%u", n);
    const pid_t pid = fork();
    if (pid == 0) {
        setenv("SHIM_TEST_FAIL_ALLOCATION", number, 1);
        execl("/proc/self/exe", "test_shim_memory", "child", (char *)NULL);
        _exit(126);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void every_single_allocation_fails_once(void **state)
{
    (void)state;
    unsigned n = 0;
    for (;;) {
        const int status = run_child(++n);
        if (!WIFEXITED(status))
            fail_msg("allocation %u: signal %d", n, WTERMSIG(status));
        if (WEXITSTATUS(status) == NEVER_FAILED)
            break;
        if (WEXITSTATUS(status) != 0)
            fail_msg("allocation %u: exit status %d", n, WEXITSTATUS(status));
    }
    print_message("# %u allocations\n", n - 1);
    assert_true(n > 20);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "child") == 0)
        return child();
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_single_allocation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
