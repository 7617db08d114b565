/* The sysfs tree of the simulated cards, read by the project's own reader of sysfs. */
#include "cmocka_all.h"
#include "facts/gpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char dir[] = "/tmp/sim-sysroot-XXXXXX";
static const char *program;

static struct gpu_list write_and_read(const char *devices)
{
    char command[512];
    setenv("SIM_DEVICES", devices, 1);
    snprintf(command, sizeof(command), "rm -rf %s/sys && '%s' %s", dir, program, dir);
    assert_int_equal(system(command), 0);
    struct root root = ROOT_CLOSED;
    struct gpu_list list;
    assert_int_equal(root_open(dir, &root), 0);
    assert_int_equal(gpu_list_read(&root, &list), 0);
    root_close(&root);
    return list;
}

static void test_two(void **state)
{
    (void)state;
    setenv("HSA_OVERRIDE_GFX_VERSION", "10.3.0", 1);
    setenv("HIP_VISIBLE_DEVICES", "1", 1);
    struct gpu_list list = write_and_read("gfx1012:mem=4GiB,gfx906");
    assert_int_equal(list.count, 2);
    assert_string_equal(list.gpus[0].pci, "0000:03:00.0");
    assert_int_equal(list.gpus[0].device, 0x7340);
    assert_string_equal(list.gpus[0].chip, "gfx1012");
    assert_true(list.gpus[0].rdna1);
    assert_int_equal(list.gpus[0].kfd_node, 1);
    assert_int_equal(list.gpus[0].vram_bytes, 4ULL << 30);
    assert_int_equal(list.gpus[0].compute_units, 22);
    assert_string_equal(list.gpus[1].pci, "0000:04:00.0");
    assert_string_equal(list.gpus[1].chip, "gfx906");
    assert_false(list.gpus[1].rdna1);
    assert_int_equal(list.gpus[1].kfd_node, 2);
    assert_int_equal(list.gpus[1].compute_units, 60);
    gpu_list_free(&list);
}

static void test_none(void **state)
{
    (void)state;
    struct gpu_list list = write_and_read("");
    assert_int_equal(list.count, 0);
    gpu_list_free(&list);
}

static void test_refused(void **state)
{
    (void)state;
    char command[512];
    setenv("SIM_DEVICES", "gfx1", 1);
    snprintf(command, sizeof(command), "'%s' %s 2>&1 | grep -q 'unknown chip \"gfx1\"'", program,
             dir);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof(command), "'%s' 2>/dev/null", program);
    assert_int_not_equal(system(command), 0);
}

static int remove_dir(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", dir);
    return system(command);
}

int main(int argc, char **argv)
{
    if (argc != 2 || !mkdtemp(dir))
        return EXIT_FAILURE;
    program = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, remove_dir);
}
