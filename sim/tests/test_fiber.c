/* Fibers: barriers in step, threads that leave early, and calls one after another. */
#include "cmocka_all.h"
#include "fiber.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MOST 1024

static unsigned order[MOST * 16];
static unsigned order_count;
static unsigned arrived[16];
static bool out_of_step;

struct plan {
    unsigned count;
    unsigned (*barriers)(unsigned index);
};

/* At each barrier: all that come to it have come before the first goes on. */
static void walk(unsigned index, void *context)
{
    const struct plan *plan = context;
    unsigned barriers = plan->barriers(index);
    for (unsigned step = 0; step < barriers; step++) {
        arrived[step]++;
        order[order_count++] = index;
        fiber_barrier();
        unsigned expected = 0;
        for (unsigned i = 0; i < plan->count; i++)
            expected += plan->barriers(i) > step;
        out_of_step |= arrived[step] != expected;
    }
}

static unsigned three(unsigned index)
{
    (void)index;
    return 3;
}

static unsigned none(unsigned index)
{
    (void)index;
    return 0;
}

static unsigned diverging(unsigned index)
{
    return index % 5;
}

static unsigned only_last(unsigned index)
{
    return index == 36 ? 2 : 0;
}

static void run(unsigned count, unsigned (*barriers)(unsigned index))
{
    struct plan plan = {count, barriers};
    unsigned total = 0;
    memset(arrived, 0, sizeof(arrived));
    order_count = 0;
    out_of_step = false;
    assert_int_equal(fibers_run(count, walk, &plan), 0);
    assert_false(out_of_step);
    for (unsigned i = 0; i < count; i++)
        total += barriers(i);
    assert_int_equal(order_count, total);
}

static void test_in_step(void **state)
{
    (void)state;
    static const unsigned counts[] = {1, 2, 37, 64, 256, MOST, 3};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        run(counts[i], three);
        for (unsigned j = 0; j < order_count; j++)
            assert_int_equal(order[j], j % counts[i]);
    }
}

static void test_divergent(void **state)
{
    (void)state;
    run(37, diverging);
    run(37, only_last);
    run(MOST, diverging);
    run(64, none);
    assert_int_equal(fibers_run(0, walk, NULL), 0);
}

/* What a thread has in its registers and on its stack stays its own. */
static double sums[MOST];

static void keep(unsigned index, void *context)
{
    unsigned char local[8192];
    double sum = 0;
    (void)context;
    memset(local, (int)(index & 255), sizeof(local));
    __asm__ volatile("" : : "r"(local) : "memory"); /* it must be in memory, not only in mind */
    for (unsigned step = 0; step < 4; step++) {
        sum += index * 1.5 + step;
        fiber_barrier();
    }
    for (size_t i = 0; i < sizeof(local); i++)
        if (local[i] != (index & 255))
            sum = -1;
    sums[index] = sum;
}

static void test_stacks(void **state)
{
    (void)state;
    assert_int_equal(fibers_run(MOST, keep, NULL), 0);
    for (unsigned i = 0; i < MOST; i++)
        assert_true(sums[i] == i * 6.0 + 6);
}

/* The ABI promises kernels a stack aligned to 16 bytes. */
static bool misaligned;

static void align_check(unsigned index, void *context)
{
    (void)index;
    (void)context;
    misaligned |= (uintptr_t)__builtin_frame_address(0) % 16 != 0;
    fiber_barrier();
}

static void test_alignment(void **state)
{
    (void)state;
    assert_int_equal(fibers_run(40, align_check, NULL), 0);
    assert_false(misaligned);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_step),
        cmocka_unit_test(test_divergent),
        cmocka_unit_test(test_stacks),
        cmocka_unit_test(test_alignment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
