/* The description of the simulated cards, and what overrides make of them. */
#include "cmocka_all.h"
#include "device.h"

#include <stdlib.h>
#include <string.h>

static const char *const (*variables)[2];

static const char *fake_environment(const char *name)
{
    for (const char *const(*pair)[2] = variables; pair && (*pair)[0]; pair++)
        if (!strcmp((*pair)[0], name))
            return (*pair)[1];
    return NULL;
}

static struct device_list parse(const char *text, const char *const (*environment)[2])
{
    struct device_list list = {.count = 0};
    char error[256] = "";
    variables = environment;
    int result = device_list_parse(text, fake_environment, &list, error, sizeof(error));
    assert_string_equal(error, "");
    assert_int_equal(result, 0);
    return list;
}

static void refuse(const char *text, const char *const (*environment)[2], const char *part)
{
    struct device_list list = {.count = 77};
    char error[256] = "";
    variables = environment;
    assert_int_not_equal(device_list_parse(text, fake_environment, &list, error, sizeof(error)), 0);
    assert_non_null(strstr(error, part));
    assert_int_equal(list.count, 77);
}

static void test_default(void **state)
{
    (void)state;
    struct device_list list = parse(NULL, NULL);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.devices[0].chip->board, "AMD Radeon RX 5700 XT");
    assert_string_equal(list.devices[0].target, "gfx1010");
    assert_string_equal(list.devices[0].arch, "gfx1010:xnack-");
    assert_int_equal(list.devices[0].units, 20);
    assert_int_equal(list.devices[0].memory_bytes, 8ULL << 30);
    assert_int_equal(list.devices[0].pci_bus, 3);
    assert_int_equal(list.devices[0].kfd_node, 1);
}

static void test_several(void **state)
{
    (void)state;
    struct device_list list = parse("gfx1012:mem=512MiB:cu=4,gfx1100,gfx906", NULL);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.devices[0].units, 4);
    assert_int_equal(list.devices[0].memory_bytes, 512ULL << 20);
    assert_int_equal(list.devices[1].pci_bus, 4);
    assert_int_equal(list.devices[1].kfd_node, 2);
    assert_string_equal(list.devices[1].arch, "gfx1100");
    assert_string_equal(list.devices[2].arch, "gfx906:sramecc+:xnack-");
    assert_int_equal(parse("", NULL).count, 0);
}

static void test_malformed(void **state)
{
    (void)state;
    refuse("gfx1010,gfx9999", NULL, "gfx9999");
    refuse("gfx1010:cu=0", NULL, "cu=0");
    refuse("gfx1010:cu=20x", NULL, "cu=20x");
    refuse("gfx1010:mem=8", NULL, "mem=8");
    refuse("gfx1010:mem=8TB", NULL, "mem=8TB");
    refuse("gfx1010:wings", NULL, "wings");
    refuse("gfx1010,gfx1010,gfx1010,gfx1010,gfx1010,gfx1010,gfx1010,gfx1010,gfx1010,gfx1010,"
           "gfx1010,gfx1010,gfx1010,gfx1010,gfx1010,gfx1010,gfx1010",
           NULL, "too many");
}

static void test_override(void **state)
{
    (void)state;
    const char *const all[][2] = {{"HSA_OVERRIDE_GFX_VERSION", "10.3.0"}, {NULL, NULL}};
    struct device_list list = parse("gfx1010,gfx1100", all);
    assert_string_equal(list.devices[0].target, "gfx1030");
    assert_string_equal(list.devices[0].arch, "gfx1030");
    assert_string_equal(list.devices[0].chip->name, "gfx1010");
    assert_string_equal(list.devices[1].target, "gfx1030");

    const char *const node[][2] = {{"HSA_OVERRIDE_GFX_VERSION_2", "9.0.10"},
                                   {"HSA_OVERRIDE_GFX_VERSION", "11.0.0"},
                                   {NULL, NULL}};
    list = parse("gfx1010,gfx1010", node);
    assert_string_equal(list.devices[0].target, "gfx1100");
    assert_string_equal(list.devices[1].target, "gfx90a");

    const char *const none[][2] = {{"HSA_OVERRIDE_GFX_VERSION", "0.0.0"}, {NULL, NULL}};
    assert_string_equal(parse("gfx1010", none).devices[0].target, "gfx1010");

    static const char *const malformed[] = {"10.3", "gfx1030", "10.3.0.0", "10.3.0 ",
                                            "",     "64.0.0",  "10.256.0"};
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        const char *const bad[][2] = {{"HSA_OVERRIDE_GFX_VERSION", malformed[i]}, {NULL, NULL}};
        refuse("gfx1010", bad, "HSA_OVERRIDE_GFX_VERSION");
    }
}

static void test_visible(void **state)
{
    (void)state;
    const char *const swapped[][2] = {{"HIP_VISIBLE_DEVICES", "1,0"}, {NULL, NULL}};
    struct device_list list = parse("gfx1010,gfx1100", swapped);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.devices[0].target, "gfx1100");
    assert_int_equal(list.devices[0].pci_bus, 4);
    assert_int_equal(list.devices[1].kfd_node, 1);

    const char *const both[][2] = {
        {"ROCR_VISIBLE_DEVICES", "2,1"}, {"HIP_VISIBLE_DEVICES", "1,7,0"}, {NULL, NULL}};
    list = parse("gfx1010,gfx1100,gfx906", both);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.devices[0].target, "gfx1100");

    const char *const hidden[][2] = {{"HIP_VISIBLE_DEVICES", "-1"}, {NULL, NULL}};
    assert_int_equal(parse("gfx1010", hidden).count, 0);
}

static void test_version(void **state)
{
    (void)state;
    assert_int_equal(target_version("gfx1010"), 100100);
    assert_int_equal(target_version("gfx90a"), 90010);
    assert_int_equal(target_version("gfx803"), 80003);
    assert_int_equal(target_version("gfx10"), 0);
    assert_int_equal(target_version("gfxx010"), 0);
    assert_int_equal(target_version("gfx101z"), 0);
    assert_true(target_is_rdna("gfx1201"));
    assert_false(target_is_rdna("gfx942"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default),   cmocka_unit_test(test_several),
        cmocka_unit_test(test_malformed), cmocka_unit_test(test_override),
        cmocka_unit_test(test_visible),   cmocka_unit_test(test_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
