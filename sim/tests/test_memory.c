/* The table of device memory: limits, mistakes, and what touching the wrong place does. */
#include "cmocka_all.h"
#include "memory.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CARD (1ULL << 30)

static char *allocate(size_t bytes)
{
    void *start = NULL;
    assert_int_equal(memory_allocate(0, CARD, MEMORY_DEVICE, bytes, &start), 0);
    assert_non_null(start);
    return start;
}

/* The signal that writing a byte there ends a process with; 0 where it is allowed. */
static int write_signal(char *address)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGSEGV, SIG_DFL);
        *(volatile char *)address = 1;
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_ranges(void **state)
{
    (void)state;
    char *start = allocate(1000);
    struct memory_block block;
    assert_int_equal((uintptr_t)start % 256, 0);
    assert_true(memory_find(start + 999, &block));
    assert_ptr_equal(block.start, start);
    assert_int_equal(block.bytes, 1000);
    assert_false(memory_find(start + 1000, &block));
    assert_int_equal(memory_check(start, 1000), 0);
    assert_int_equal(memory_check(start + 400, 600), 0);
    assert_int_equal(memory_check(start + 400, 601), -EFAULT);
    char host[8];
    assert_int_equal(memory_check(host, sizeof(host)), 0);
    assert_int_equal(memory_free(start), 0);
    assert_int_equal(memory_check(start, 1), -EFAULT);
}

static void test_freeing(void **state)
{
    (void)state;
    char *start = allocate(4096);
    assert_int_equal(memory_free(start + 1), -EINVAL);
    assert_false(memory_is_stale(start));
    assert_int_equal(memory_free(start), 0);
    assert_int_equal(memory_free(start), -EALREADY);
    assert_true(memory_is_stale(start + 4095));
    assert_false(memory_is_stale(start + 4096));
    assert_int_equal(memory_free(&start), -EINVAL);
}

static void test_guards(void **state)
{
    (void)state;
    char *start = allocate(4096);
    assert_int_equal(write_signal(start + 4095), 0);
    assert_int_equal(write_signal(start + 4096), SIGSEGV);
    assert_int_equal(memory_free(start), 0);
    assert_int_equal(write_signal(start), SIGSEGV);

    start = allocate(1000);
    start[1000] = 1;
    assert_int_equal(memory_free(start), -EOVERFLOW);
}

static void test_limit(void **state)
{
    (void)state;
    void *start = NULL;
    uint64_t before = memory_used(1);
    assert_int_equal(memory_allocate(1, CARD, MEMORY_DEVICE, CARD + 1, &start), -ENOMEM);
    assert_int_equal(memory_allocate(1, CARD, MEMORY_DEVICE, CARD, &start), 0);
    assert_int_equal(memory_used(1), before + CARD);
    void *more = NULL;
    assert_int_equal(memory_allocate(1, CARD, MEMORY_DEVICE, 1, &more), -ENOMEM);
    assert_null(more);
    /* Neither pinned memory nor another card's counts. */
    assert_int_equal(memory_allocate(1, CARD, MEMORY_HOST, 1, &more), 0);
    assert_int_equal(memory_free(more), 0);
    assert_int_equal(memory_allocate(2, CARD, MEMORY_DEVICE, 1, &more), 0);
    assert_int_equal(memory_free(more), 0);
    assert_int_equal(memory_free(start), 0);
    assert_int_equal(memory_used(1), before);
}

static void test_poison(void **state)
{
    (void)state;
    float *start = (float *)(void *)allocate(64 * sizeof(float));
    for (unsigned i = 0; i < 64; i++)
        assert_true(isnan(start[i]));
    assert_int_equal(memory_free(start), 0);
}

static void count_blocks(const struct memory_block *block, void *context)
{
    (void)block;
    ++*(unsigned *)context;
}

/* Many blocks, freed in another order, each found by every address that is its own. */
static void test_many(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    char *starts[COUNT];
    unsigned before = 0, during = 0, after = 0;
    memory_each(count_blocks, &before);
    for (unsigned i = 0; i < COUNT; i++)
        starts[i] = allocate(i * 37 + 1);
    memory_each(count_blocks, &during);
    assert_int_equal(during, before + COUNT);
    for (unsigned i = 0; i < COUNT; i++) {
        unsigned chosen = i * 7 % COUNT;
        struct memory_block block;
        assert_true(memory_find(starts[chosen] + chosen * 37, &block));
        assert_ptr_equal(block.start, starts[chosen]);
        assert_int_equal(memory_free(starts[chosen]), 0);
        assert_false(memory_find(starts[chosen], &block));
    }
    memory_each(count_blocks, &after);
    assert_int_equal(after, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges), cmocka_unit_test(test_freeing),
        cmocka_unit_test(test_guards), cmocka_unit_test(test_limit),
        cmocka_unit_test(test_poison), cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
