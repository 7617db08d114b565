/* The table of records by object: with so many objects that several share each place. */
#include "shim/table.h"

#include "cmocka_all.h"
#include "gate/gate.h"

#include <string.h>

enum { OBJECTS = 4 * TABLE_BUCKETS };

__thread struct gate_thread rocm_rdna1_thread; /* the locks have it */

static struct table table;
static struct record first[OBJECTS], second[OBJECTS];
static char objects[OBJECTS][16];

static int setup(void **state)
{
    (void)state;
    memset(&table, 0, sizeof(table));
    for (unsigned i = 0; i < OBJECTS; i++)
        assert_null(table_put(&table, objects[i], &first[i]));
    return 0;
}

static void what_was_put_is_found(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OBJECTS; i++) {
        assert_ptr_equal(table_find(&table, objects[i]), &first[i]);
        assert_null(table_find(&table, objects[i] + 1));
    }
}

static void what_was_taken_is_gone(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OBJECTS; i += 2) {
        assert_ptr_equal(table_take(&table, objects[i]), &first[i]);
        assert_null(table_take(&table, objects[i]));
    }
    for (unsigned i = 0; i < OBJECTS; i++)
        assert_ptr_equal(table_find(&table, objects[i]), i % 2 ? &first[i] : NULL);
}

/* The former comes out, and nothing leads to it any more. */
static void what_is_put_again_takes_the_place(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OBJECTS; i += 2) {
        assert_ptr_equal(table_put(&table, objects[i], &second[i]), &first[i]);
        memset(&first[i], 0xff, sizeof(first[i]));
    }
    for (unsigned i = 0; i < OBJECTS; i++)
        assert_ptr_equal(table_find(&table, objects[i]), i % 2 ? &first[i] : &second[i]);
}

static void what_is_kept_is_the_first(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OBJECTS; i += 2) {
        (void)table_take(&table, objects[i]);
        memset(&first[i], 0xff, sizeof(first[i]));
    }
    for (unsigned i = 0; i < OBJECTS; i++)
        assert_ptr_equal(table_keep(&table, objects[i], &second[i]),
                         i % 2 ? &first[i] : &second[i]);
    for (unsigned i = 0; i < OBJECTS; i++)
        assert_ptr_equal(table_find(&table, objects[i]), i % 2 ? &first[i] : &second[i]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(what_was_put_is_found),
        TEST(what_was_taken_is_gone),
        TEST(what_is_put_again_takes_the_place),
        TEST(what_is_kept_is_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
