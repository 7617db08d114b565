/* Targets: what they are to each chip, and which override goes with them. */
#include "cmocka_all.h"

#include "codeobj/target.h"

#include <string.h>

static const struct chip *chip(const char *name)
{
    const struct chip *found = chip_from_name(name);
    assert_non_null(found);
    return found;
}

static void machines_have_names(void **state)
{
    (void)state;
    assert_string_equal(target_from_flags(0x33), "gfx1010");
    assert_string_equal(target_from_flags(0x42), "gfx1013");
    /* What stands in the higher bits are features, and the version of a generic target. */
    assert_string_equal(target_from_flags(0x01000552), "gfx10-1-generic");
    assert_string_equal(target_from_flags(0x136), "gfx1030");
    assert_null(target_from_flags(0));
    assert_null(target_from_flags(0xff));
    assert_ptr_equal(target_from_name("gfx1030"), target_from_flags(0x36));
    assert_null(target_from_name("gfx103"));
}

static void targets_fit_chips(void **state)
{
    static const struct {
        const char *target;
        enum fit on_1010, on_1012;
    } rows[] = {
        {"gfx1010", FIT_NATIVE, FIT_SUBSET},
        {"gfx1011", FIT_NEAR, FIT_NEAR},
        {"gfx1012", FIT_NEAR, FIT_NATIVE},
        {"gfx1013", FIT_NEAR, FIT_NEAR},
        {"gfx10-1-generic", FIT_GENERIC, FIT_GENERIC},
        {"gfx1030", FIT_LATER, FIT_LATER},
        {"gfx1036", FIT_LATER, FIT_LATER},
        {"gfx10-3-generic", FIT_LATER, FIT_LATER},
        {"gfx900", FIT_NONE, FIT_NONE},
        {"gfx1100", FIT_NONE, FIT_NONE},
        {"gfx9-generic", FIT_NONE, FIT_NONE},
        {"unknown", FIT_NONE, FIT_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(target_fit(chip("gfx1010"), rows[i].target), rows[i].on_1010);
        assert_int_equal(target_fit(chip("gfx1012"), rows[i].target), rows[i].on_1012);
    }
}

static void the_best_comes_first(void **state)
{
    static const char *const order[] = {
        "gfx1012", "gfx10-1-generic", "gfx1010", "gfx1011", "gfx1013",
        "gfx1030", "gfx10-3-generic", "gfx1031", "gfx1100", "gfx900",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
        for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
            assert_int_equal(target_better(chip("gfx1012"), order[i], order[k]), i < k);
}

static void overrides_name_the_target(void **state)
{
    static const char *const rows[][2] = {
        {"gfx1030", "10.3.0"},
        {"gfx1036", "10.3.6"},
        {"gfx1010", "10.1.0"},
        {"gfx10-3-generic", "10.3.0"},
        {"gfx900", ""},
        {"gfx90a", ""},
        {"gfx1100", ""},
        {"unknown", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char value[OVERRIDE_SIZE] = "x";
        target_override(rows[i][0], value);
        assert_string_equal(value, rows[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machines_have_names),
        cmocka_unit_test(targets_fit_chips),
        cmocka_unit_test(the_best_comes_first),
        cmocka_unit_test(overrides_name_the_target),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
