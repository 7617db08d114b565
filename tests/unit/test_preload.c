#include "base/cleanup.h"
#include "cli/preload.h"
#include "cmocka_all.h"

#include <stdlib.h>

#define SHIM  "/usr/lib/rocm-rdna1/libmiopen_rdna1.so"
#define AUDIT "/usr/lib/rocm-rdna1/libmiopen_rdna1_audit.so"

static void test_with_library(void **state)
{
    (void)state;
    static const struct {
        enum preload preload;
        const char *before;
        const char *after;
    } cases[] = {
        {PRELOAD_SHIM, NULL, SHIM},
        {PRELOAD_SHIM, "", SHIM},
        {PRELOAD_SHIM, "libfoo.so", SHIM ":libfoo.so"},
        {PRELOAD_SHIM, "libfoo.so:/a/b.so c.so", SHIM ":libfoo.so:/a/b.so c.so"},
        {PRELOAD_SHIM, " ", SHIM ": "},
        /* There already, from wherever: two copies of it would wrap each other. */
        {PRELOAD_SHIM, SHIM, SHIM},
        {PRELOAD_SHIM, "libfoo.so " SHIM, "libfoo.so " SHIM},
        {PRELOAD_SHIM, "a.so:/build/src/shim/libmiopen_rdna1.so",
         "a.so:/build/src/shim/libmiopen_rdna1.so"},
        {PRELOAD_SHIM, "libmiopen_rdna1.so", "libmiopen_rdna1.so"},
        /* Not the same library. */
        {PRELOAD_SHIM, "/a/libmiopen_rdna1.so.old", SHIM ":/a/libmiopen_rdna1.so.old"},
        {PRELOAD_SHIM, "/a/xlibmiopen_rdna1.so", SHIM ":/a/xlibmiopen_rdna1.so"},
        {PRELOAD_SHIM, AUDIT, SHIM ":" AUDIT},
        /* LD_AUDIT is split at colons only: a space is a part of a path. */
        {PRELOAD_AUDIT, NULL, AUDIT},
        {PRELOAD_AUDIT, "", AUDIT},
        {PRELOAD_AUDIT, "/a/trace.so", AUDIT ":/a/trace.so"},
        {PRELOAD_AUDIT, "/a/trace.so:" AUDIT, "/a/trace.so:" AUDIT},
        {PRELOAD_AUDIT, AUDIT ":/a/trace.so", AUDIT ":/a/trace.so"},
        {PRELOAD_AUDIT, "/a b/trace.so", AUDIT ":/a b/trace.so"},
        {PRELOAD_AUDIT, "/a /libmiopen_rdna1_audit.so", "/a /libmiopen_rdna1_audit.so"},
        {PRELOAD_AUDIT, "/a libmiopen_rdna1_audit.so", AUDIT ":/a libmiopen_rdna1_audit.so"},
        {PRELOAD_AUDIT, SHIM, AUDIT ":" SHIM},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *value = preload_with(cases[i].preload, cases[i].before,
                                                cases[i].preload == PRELOAD_SHIM ? SHIM : AUDIT);
        assert_string_equal(value, cases[i].after);
    }
}

static void test_tunables(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {NULL, "glibc.rtld.optional_static_tls=4096"},
        {"", "glibc.rtld.optional_static_tls=4096"},
        {"glibc.malloc.check=3", "glibc.malloc.check=3:glibc.rtld.optional_static_tls=4096"},
        {"glibc.rtld.optional_static_tls=16384", "glibc.rtld.optional_static_tls=16384"},
        {"glibc.rtld.nns=8:glibc.rtld.optional_static_tls=0:glibc.malloc.check=3",
         "glibc.rtld.nns=8:glibc.rtld.optional_static_tls=0:glibc.malloc.check=3"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *value = preload_tunables(cases[i][0]);
        assert_string_equal(value, cases[i][1]);
    }
}

static void test_audit_works(void **state)
{
    (void)state;
    static const char *const too_old[] = {"2.34", "2.31", "2.4", "2.28", "1.99", "2.34.9000"};
    static const char *const new_enough[] = {"2.35", "2.36", "2.41", "2.100", "3.0", "2.38.9000"};
    static const char *const unknown[] = {"", "stable", "2.36+local"};

    for (size_t i = 0; i < sizeof(too_old) / sizeof(too_old[0]); i++)
        assert_false(preload_audit_works(too_old[i]));
    for (size_t i = 0; i < sizeof(new_enough) / sizeof(new_enough[0]); i++)
        assert_true(preload_audit_works(new_enough[i]));
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_false(preload_audit_works(unknown[i]));
    assert_false(preload_audit_works(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_library),
        cmocka_unit_test(test_tunables),
        cmocka_unit_test(test_audit_works),
    };
    return cmocka_run_group_tests_name("preload", tests, NULL, NULL);
}
