#include "cmocka_all.h"
#include "facts/chip.h"

#include <string.h>

static void test_every_id_has_one_chip(void **state)
{
    (void)state;
    size_t ids = 0;
    for (size_t i = 0; i < chips_count; i++) {
        for (const uint16_t *id = chips[i].devices; *id; id++, ids++)
            assert_ptr_equal(chip_from_pci(*id), &chips[i]);
    }
    /* As many as Linux 6.12 lists for the four chips. */
    assert_int_equal(ids, 8 + 2 + 4 + 7);
}

static void test_other_ids_have_none(void **state)
{
    (void)state;
    assert_null(chip_from_pci(0));
    assert_null(chip_from_pci(0x73bf)); /* Navi 21 */
    assert_null(chip_from_pci(0x744c)); /* Navi 31 */
    assert_null(chip_from_pci(0x66af)); /* Vega 20 */
    assert_null(chip_from_pci(0x1002)); /* the vendor's own number */
}

static void test_known_cards(void **state)
{
    (void)state;
    assert_string_equal(chip_from_pci(0x731f)->name, "gfx1010");
    assert_string_equal(chip_from_pci(0x7362)->name, "gfx1011");
    assert_string_equal(chip_from_pci(0x7340)->name, "gfx1012");
    assert_string_equal(chip_from_pci(0x13fe)->name, "gfx1013");
    assert_string_equal(chip_from_pci(0x731f)->code_name, "Navi 10");
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < chips_count; i++) {
        assert_ptr_equal(chip_from_name(chips[i].name), &chips[i]);
        if (i > 0)
            assert_true(strcmp(chips[i - 1].name, chips[i].name) < 0);
    }
    assert_null(chip_from_name("gfx1030"));
    assert_null(chip_from_name("gfx101"));
    assert_null(chip_from_name("gfx10100"));
    assert_null(chip_from_name(""));
}

static void test_names_from_versions(void **state)
{
    (void)state;
    static const struct {
        uint32_t version;
        const char *name;
    } cases[] = {
        {0, ""},
        {70001, "gfx701"},
        {80003, "gfx803"},
        {90000, "gfx900"},
        {90010, "gfx90a"},
        {90012, "gfx90c"},
        {90402, "gfx942"},
        {100100, "gfx1010"},
        {100300, "gfx1030"},
        {100306, "gfx1036"},
        {110003, "gfx1103"},
        {120001, "gfx1201"},
        {42, ""},
        {101600, ""},
        {100016, ""},
        {UINT32_MAX, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[CHIP_NAME_SIZE] = "unwritten";
        chip_name_from_version(cases[i].version, name);
        assert_string_equal(name, cases[i].name);
    }
    for (size_t i = 0; i < chips_count; i++) {
        char name[CHIP_NAME_SIZE];
        chip_name_from_version(chips[i].gfx_target_version, name);
        assert_string_equal(name, chips[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_id_has_one_chip), cmocka_unit_test(test_other_ids_have_none),
        cmocka_unit_test(test_known_cards),           cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_from_versions),
    };
    return cmocka_run_group_tests_name("chip", tests, NULL, NULL);
}
