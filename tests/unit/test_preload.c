#include "base/cleanup.h"
#include "cli/preload.h"
#include "cmocka_all.h"

#include <stdlib.h>

#define SHIM "/usr/lib/rocm-rdna1/libmiopen_rdna1.so"

static void test_with_shim(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
    } cases[] = {
        {NULL, SHIM},
        {"", SHIM},
        {"libfoo.so", SHIM ":libfoo.so"},
        {"libfoo.so:/a/b.so c.so", SHIM ":libfoo.so:/a/b.so c.so"},
        {" ", SHIM ": "},
        /* There already, from wherever: two copies of it would wrap each other. */
        {SHIM, SHIM},
        {"libfoo.so " SHIM, "libfoo.so " SHIM},
        {"a.so:/build/src/shim/libmiopen_rdna1.so", "a.so:/build/src/shim/libmiopen_rdna1.so"},
        {"libmiopen_rdna1.so", "libmiopen_rdna1.so"},
        /* Not the same library. */
        {"/a/libmiopen_rdna1.so.old", SHIM ":/a/libmiopen_rdna1.so.old"},
        {"/a/xlibmiopen_rdna1.so", SHIM ":/a/xlibmiopen_rdna1.so"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *value = preload_with_shim(cases[i].before, SHIM);
        assert_string_equal(value, cases[i].after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_shim),
    };
    return cmocka_run_group_tests_name("preload", tests, NULL, NULL);
}
