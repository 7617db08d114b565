#include "base/text.h"
#include "cmocka_all.h"

#include <errno.h>

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int r;
        uint64_t value;
    } cases[] = {
        {"0", 0, 0},
        {"42", 0, 42},
        {" 42\t\n", 0, 42},
        {"0x1002", 0, 0x1002},
        {"0X1f", 0, 0x1f},
        {"010", 0, 10}, /* never octal */
        {"18446744073709551615", 0, UINT64_MAX},
        {"0xffffffffffffffff", 0, UINT64_MAX},
        {"18446744073709551616", -ERANGE, 0},
        {"0x10000000000000000", -ERANGE, 0},
        {"", -EINVAL, 0},
        {" ", -EINVAL, 0},
        {"-1", -EINVAL, 0},
        {"+1", -EINVAL, 0},
        {"0x", -EINVAL, 0},
        {"1 2", -EINVAL, 0},
        {"12a", -EINVAL, 0},
        {"\xff", -EINVAL, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t value = 7;
        assert_int_equal(text_parse_u64(cases[i].text, &value), cases[i].r);
        assert_int_equal(value, cases[i].r == 0 ? cases[i].value : 7);
    }
}

static void test_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int r;
        uint64_t value;
    } cases[] = {
        {"0", 0, 0},
        {"1000", 0, 1000},
        {"1K", 0, 1024},
        {"512M", 0, 512ULL << 20},
        {"512 MiB", 0, 512ULL << 20},
        {"2g", 0, 2ULL << 30},
        {"1TB", 0, 1ULL << 40},
        {"16777215T", 0, 16777215ULL << 40},
        {"16777216T", -ERANGE, 0},
        {"M", -EINVAL, 0},
        {"1X", -EINVAL, 0},
        {"1Mi", -EINVAL, 0},
        {"1MBB", -EINVAL, 0},
        {"-1G", -EINVAL, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t value = 7;
        assert_int_equal(text_parse_bytes(cases[i].text, &value), cases[i].r);
        assert_int_equal(value, cases[i].r == 0 ? cases[i].value : 7);
    }
}

static void test_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {"", 0},
        {"a", 1},
        {"\x7f", 1},
        {"\xc2\xb5s", 2},
        {"\xe2\x82\xac", 3},
        {"\xf0\x9f\x98\x80", 4},
        {"\xf4\x8f\xbf\xbf", 4},
        {"\x80", 0},             /* not a beginning */
        {"\xc1\xbf", 0},         /* overlong */
        {"\xe0\x9f\xbf", 0},     /* overlong */
        {"\xf0\x8f\xbf\xbf", 0}, /* overlong */
        {"\xed\xa0\x80", 0},     /* a surrogate */
        {"\xf4\x90\x80\x80", 0}, /* past the last */
        {"\xe2\x82", 0},         /* cut off */
        {"\xf0\x9f\x98", 0},     /* cut off */
        {"\xc2", 0},             /* cut off */
        {"\xe2\x28\xa1", 0},     /* not continued */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(text_character_length(cases[i].text), cases[i].length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_characters),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
