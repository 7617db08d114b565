#include "base/version.h"
#include "cmocka_all.h"
#include "samples.h"

#include <errno.h>

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct version version;
    } good[] = {
        {"3", {3, 0, 0}},
        {"3.5", {3, 5, 0}},
        {"3.5.1", {3, 5, 1}},
        {"3.00.0", {3, 0, 0}},
        {"0.0.0", {0, 0, 0}},
        {"2.20.15", {2, 20, 15}},
        {"4294967295", {4294967295U, 0, 0}},
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct version version;
        assert_int_equal(version_parse(good[i].text, &version), 0);
        assert_int_equal(version_compare(version, good[i].version), 0);
    }
    static const char *const bad[] = {"",     ".",      "3.",   ".5",   "3..5",      "3.5.1.2",
                                      "v3",   "3.5a",   " 3.5", "3.5 ", "-3",        "+3",
                                      "3.-1", "2.17.*", "0x3",  "3,5",  "4294967296"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct version version = {7, 8, 9};
        assert_int_equal(version_parse(bad[i], &version), -EINVAL);
        assert_int_equal(version.major, 7);
        assert_int_equal(version.patch, 9);
    }
}

static struct version sample_version(void)
{
    return (struct version){sample_below(3), sample_below(3), sample_below(3)};
}

static void test_order(void **state)
{
    (void)state;
    assert_true(version_compare((struct version){2, 17, 0}, (struct version){2, 2, 9}) > 0);
    assert_true(version_compare((struct version){1, 9, 9}, (struct version){2, 0, 0}) < 0);
    assert_true(version_compare((struct version){0, 0, 4294967295U}, (struct version){0, 0, 0}) >
                0);
    sample_begin();
    for (int i = 0; i < 2000; i++) {
        const struct version a = sample_version();
        const struct version b = sample_version();
        const unsigned long number_a = a.major * 100UL + a.minor * 10 + a.patch;
        const unsigned long number_b = b.major * 100UL + b.minor * 10 + b.patch;
        const int comparison = version_compare(a, b);
        assert_int_equal(comparison > 0, number_a > number_b);
        assert_int_equal(comparison < 0, number_a < number_b);
    }
}

static void test_range(void **state)
{
    (void)state;
    static const struct {
        const char *range;
        struct version version;
        bool within;
    } cases[] = {
        {">=2.17,<2.20", {2, 17, 0}, true},
        {">=2.17,<2.20", {2, 19, 9}, true},
        {">=2.17,<2.20", {2, 20, 0}, false},
        {">=2.17,<2.20", {2, 16, 9}, false},
        {"3.5.1", {3, 5, 1}, true},
        {"3.5.1", {3, 5, 0}, false},
        {"=3.5", {3, 5, 0}, true},
        {"==3.5", {3, 5, 1}, false},
        {"!=3.5", {3, 5, 0}, false},
        {"!=3.5", {3, 5, 1}, true},
        {">3.4.9", {3, 5, 0}, true},
        {">3.5", {3, 5, 0}, false},
        {"<=3.5", {3, 5, 0}, true},
        {"<3.5", {3, 5, 0}, false},
        {" >= 3 , < 4 , != 3.1 ", {3, 1, 0}, false},
        {" >= 3 , < 4 ", {3, 1, 0}, true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(version_range_check(cases[i].range), 0);
        assert_int_equal(version_in_range(cases[i].version, cases[i].range), cases[i].within);
    }
    static const char *const bad[] = {"",   " ",      ",",   ">=",  ">=3,", ",<3",    "3 4",
                                      "~3", ">=3;<4", "=>3", "><3", "3,,4", "2.17.*", "<3.5x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(version_range_check(bad[i]), -EINVAL);
        assert_false(version_in_range((struct version){3, 0, 0}, bad[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
