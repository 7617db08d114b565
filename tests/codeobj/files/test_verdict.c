/* What a file's targets mean for a chip, in words that promise nothing. */
#include "cmocka_all.h"

#include "codeobj/verdict.h"

static struct target_count later[] = {{"gfx1030", 1, 4}, {"gfx900", 1, 9}};
static struct target_count native[] = {{"gfx1010", 1, 4}, {"gfx1030", 1, 4}};
static struct target_count fewer[] = {{"gfx1010", 1, 2}, {"gfx1030", 1, 4}};
static struct target_count generic[] = {{"gfx10-1-generic", 1, 4}};
static struct target_count sister[] = {{"gfx1012", 1, 4}};
static struct target_count foreign[] = {{"gfx1100", 1, 4}};

static void targets_make_verdicts(void **state)
{
    static const struct {
        struct target_count *targets;
        size_t count;
        const char *chip, *id, *advice;
    } rows[] = {
        {native, 2, "gfx1010", "native", "HSA_OVERRIDE_GFX_VERSION is not needed"},
        {native, 2, "gfx1012", "compatible", "HSA_OVERRIDE_GFX_VERSION=10.1.0"},
        {fewer, 2, "gfx1010", "native", "of 2 kernels for gfx1010 and 4 for gfx1030, some are not"},
        {generic, 1, "gfx1013", "generic", "gfx10-1-generic"},
        {sister, 1, "gfx1012", "native", "gfx1012 itself"},
        {sister, 1, "gfx1010", "near", "HSA_OVERRIDE_GFX_VERSION=10.1.2"},
        {later, 2, "gfx1010", "later", "HSA_OVERRIDE_GFX_VERSION=10.3.0"},
        {foreign, 1, "gfx1010", "foreign", "gfx1010 cannot be made to take"},
        {NULL, 0, "gfx1010", "no-gpu-code", "no GPU code"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct chip *chip = chip_from_name(rows[i].chip);
        const struct report report = {.targets = rows[i].targets, .targets_count = rows[i].count};
        char text[VERDICT_TEXT_SIZE];
        assert_string_equal(verdict_id(verdict_of(&report, chip)), rows[i].id);
        assert_true(strlen(verdict_words(verdict_of(&report, chip))) > 0);
        verdict_text(&report, chip, text);
        if (!strstr(text, rows[i].advice))
            fail_msg("no \"%s\" in \"%s\"", rows[i].advice, text);
        assert_null(strstr(text, "will hang"));
        assert_null(strstr(text, "safe"));
    }
}

/* The target that was looked at is not what a file is worth. */
static void the_best_target_decides(void **state)
{
    (void)state;
    const struct report report = {.targets = native, .targets_count = 2, .target = "gfx1030"};
    assert_int_equal(verdict_of(&report, chip_from_name("gfx1010")), VERDICT_NATIVE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_make_verdicts),
        cmocka_unit_test(the_best_target_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
