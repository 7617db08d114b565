#include "base/cleanup.h"
#include "base/settings.h"
#include "cmocka_all.h"

#include <string.h>

static int clear(void **state)
{
    (void)state;
    unsetenv("ROCM_RDNA1");
    unsetenv("ROCM_RDNA1_SYSROOT");
    unsetenv("ROCM_RDNA1_RULES");
    unsetenv("ROCM_RDNA1_SHIM");
    unsetenv("ROCM_RDNA1_AUDIT");
    unsetenv("ROCM_RDNA1_MAX_WORKSPACE");
    unsetenv("ROCM_RDNA1_TRACE");
    return 0;
}

static struct settings read_with(const char *name, const char *value)
{
    struct settings settings;
    memset(&settings, 0xa5, sizeof(settings));
    clear(NULL);
    if (name)
        assert_int_equal(setenv(name, value, 1), 0);
    settings_read(&settings);
    return settings;
}

static void test_defaults(void **state)
{
    (void)state;
    const struct settings settings = read_with(NULL, NULL);
    assert_false(settings.off);
    assert_string_equal(settings.sysroot, "/");
    assert_null(settings.rules);
    assert_null(settings.shim);
    assert_null(settings.trace);
    assert_null(settings.audit);
    assert_true(settings.max_workspace_bytes == UINT64_MAX);
    assert_string_equal(settings.problem, "");
}

static void test_values(void **state)
{
    (void)state;
    assert_true(read_with("ROCM_RDNA1", "off").off);
    assert_false(read_with("ROCM_RDNA1", "on").off);
    assert_false(read_with("ROCM_RDNA1", "").off);
    assert_string_equal(read_with("ROCM_RDNA1_SYSROOT", "/a").sysroot, "/a");
    assert_string_equal(read_with("ROCM_RDNA1_SYSROOT", "").sysroot, "/");
    assert_string_equal(read_with("ROCM_RDNA1_SHIM", "/s.so").shim, "/s.so");
    assert_string_equal(read_with("ROCM_RDNA1_AUDIT", "/a.so").audit, "/a.so");
    assert_string_equal(read_with("ROCM_RDNA1_TRACE", "/t").trace, "/t");
    assert_null(read_with("ROCM_RDNA1_TRACE", "").trace);
    assert_int_equal(read_with("ROCM_RDNA1_MAX_WORKSPACE", "2G").max_workspace_bytes, 2ULL << 30);
    assert_int_equal(read_with("ROCM_RDNA1_MAX_WORKSPACE", "0").max_workspace_bytes, 0);
}

static void test_malformed_values_are_named(void **state)
{
    (void)state;
    struct settings settings = read_with("ROCM_RDNA1", "of");
    assert_false(settings.off);
    assert_string_equal(settings.problem, "ROCM_RDNA1=of: expected off or on");

    settings = read_with("ROCM_RDNA1_MAX_WORKSPACE", "lots");
    assert_true(settings.max_workspace_bytes == UINT64_MAX);
    assert_string_equal(settings.problem,
                        "ROCM_RDNA1_MAX_WORKSPACE=lots: expected bytes, such as 512M or 2G");

    char longer[4096];
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    settings = read_with("ROCM_RDNA1", longer);
    assert_true(strlen(settings.problem) < sizeof(settings.problem));
}

static void assert_dirs(const struct settings *settings, const char *const *expected)
{
    cleanup_free const char **dirs = NULL;
    assert_int_equal(settings_rule_dirs(settings, &dirs), 0);
    size_t i = 0;
    for (; expected[i]; i++)
        assert_string_equal(dirs[i], expected[i]);
    assert_null(dirs[i]);
}

static void test_rule_dirs(void **state)
{
    (void)state;
    struct settings settings = read_with("ROCM_RDNA1_RULES", "/a:b/c::/d:");
    assert_dirs(&settings, (const char *const[]){"/a", "b/c", "/d", NULL});
    settings = read_with("ROCM_RDNA1_RULES", ":");
    assert_dirs(&settings, (const char *const[]){NULL});

    settings = read_with(NULL, NULL);
    cleanup_free const char **dirs = NULL;
    assert_int_equal(settings_rule_dirs(&settings, &dirs), 0);
    assert_non_null(strstr(dirs[0], "/rocm-rdna1/rules.d"));
    assert_string_equal(dirs[1], "/etc/rocm-rdna1/rules.d");
    assert_null(dirs[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_malformed_values_are_named),
        cmocka_unit_test(test_rule_dirs),
    };
    return cmocka_run_group_tests_name("settings", tests, clear, clear);
}
