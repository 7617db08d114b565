#include "cmocka_all.h"
#include "facts/target.h"

#include <stdio.h>
#include <string.h>

/* An environment of "NAME=value" texts, NULL-terminated. */
static const char *look_up(const char *name, void *context)
{
    const size_t length = strlen(name);
    for (const char *const *entry = context; *entry; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

static struct target target_in(int kfd_node, const char *first, const char *second)
{
    const struct gpu gpu = {.chip = "gfx1010", .rdna1 = true, .kfd_node = kfd_node};
    const char *environment[] = {first, second, NULL};
    struct target target;
    memset(&target, 0xa5, sizeof(target));
    target_read(&gpu, look_up, environment, &target);
    return target;
}

static void test_no_override(void **state)
{
    (void)state;
    const struct target target = target_in(1, NULL, NULL);
    assert_string_equal(target.name, "gfx1010");
    assert_string_equal(target.variable, "");
    assert_false(target.invalid);
}

static void test_override(void **state)
{
    (void)state;
    struct target target = target_in(1, "HSA_OVERRIDE_GFX_VERSION=10.3.0", NULL);
    assert_string_equal(target.name, "gfx1030");
    assert_string_equal(target.variable, "HSA_OVERRIDE_GFX_VERSION");
    target = target_in(-1, "HSA_OVERRIDE_GFX_VERSION=9.0.10", NULL);
    assert_string_equal(target.name, "gfx90a");
}

static void test_node_wins(void **state)
{
    (void)state;
    static const char everywhere[] = "HSA_OVERRIDE_GFX_VERSION=10.3.0";
    struct target target = target_in(2, everywhere, "HSA_OVERRIDE_GFX_VERSION_2=10.1.0");
    assert_string_equal(target.name, "gfx1010");
    assert_string_equal(target.variable, "HSA_OVERRIDE_GFX_VERSION_2");

    target = target_in(2, everywhere, "HSA_OVERRIDE_GFX_VERSION_1=10.1.0");
    assert_string_equal(target.name, "gfx1030");
    assert_string_equal(target.variable, "HSA_OVERRIDE_GFX_VERSION");

    /* A malformed value of the node's own is not made good by the other variable. */
    target = target_in(2, everywhere, "HSA_OVERRIDE_GFX_VERSION_2=");
    assert_true(target.invalid);
    assert_string_equal(target.variable, "HSA_OVERRIDE_GFX_VERSION_2");
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const values[] = {
        "",       "10",       "10.3",   "10.3.",    "10.3.0.0", "10.3.0 ", "gfx1030",
        "10,3,0", "10.3.x",   "64.0.0", "10.256.0", "10.3.256", "-1.3.0",  "10..0",
        ".3.0",   "10.3.0\n", "1030",   "\xff\xfe", "10. .0",   "10.3.0a", "0x10.3.0",
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        char entry[64];
        snprintf(entry, sizeof(entry), "HSA_OVERRIDE_GFX_VERSION=%s", values[i]);
        const struct target target = target_in(1, entry, NULL);
        assert_true(target.invalid);
        assert_string_equal(target.name, "gfx1010");
        assert_string_equal(target.variable, "HSA_OVERRIDE_GFX_VERSION");

        /* ROCr's own way of reading it agrees. */
        unsigned fields[3];
        char rest;
        const int read = sscanf(values[i], "%u.%u.%u%c", /* NOLINT(cert-err34-c) */
                                &fields[0], &fields[1], &fields[2], &rest);
        assert_true(read != 3 || fields[0] > 63 || fields[1] > 255 || fields[2] > 255);
    }
}

static void test_oddly_written(void **state)
{
    (void)state;
    static const struct {
        const char *entry;
        const char *name;
        const char *variable;
    } cases[] = {
        {"HSA_OVERRIDE_GFX_VERSION= 10. 3.+0", "gfx1030", "HSA_OVERRIDE_GFX_VERSION"},
        {"HSA_OVERRIDE_GFX_VERSION=010.03.00", "gfx1030", "HSA_OVERRIDE_GFX_VERSION"},
        {"HSA_OVERRIDE_GFX_VERSION=0.0.0", "gfx1010", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct target target = target_in(1, cases[i].entry, NULL);
        assert_false(target.invalid);
        assert_string_equal(target.name, cases[i].name);
        assert_string_equal(target.variable, cases[i].variable);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_override),   cmocka_unit_test(test_override),
        cmocka_unit_test(test_node_wins),     cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_oddly_written),
    };
    return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
