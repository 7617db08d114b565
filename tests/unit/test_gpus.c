#include "base/cleanup.h"
#include "cmocka_all.h"
#include "facts/gpu_name.h"
#include "facts/gpus.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

/* The trees that tests/machines/make wrote, and what must be read from them. */
static const char *machines_dir;
static const char *expected_file;

/* A line of tests/machines/expected; a machine without GPUs has only the first word. */
struct expected {
    char machine[32];
    bool has_gpu;
    struct gpu gpu;
};

static struct expected expected[128];
static size_t expected_count;

static unsigned long number_or(const char *text, int base, unsigned long unknown)
{
    return strcmp(text, "-") == 0 ? unknown : strtoul(text, NULL, base);
}

static int read_expected(void **state)
{
    (void)state;
    cleanup_file FILE *file = fopen(expected_file, "r");
    assert_non_null(file);
    char line[256];
    while (fgets(line, sizeof(line), file)) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        assert_true(expected_count < sizeof(expected) / sizeof(expected[0]));
        struct expected *entry = &expected[expected_count++];
        char device[16];
        char chip[CHIP_NAME_SIZE];
        char rdna1[8];
        char units[16];
        char vram[24];
        char node[16];
        const int words = sscanf(line, "%31s %15s %15s %23s %7s %15s %23s %15s", entry->machine,
                                 entry->gpu.pci, device, chip, rdna1, units, vram, node);
        if (words == 1)
            continue;
        assert_int_equal(words, 8);
        entry->has_gpu = true;
        entry->gpu.device = (uint16_t)number_or(device, 16, 0);
        snprintf(entry->gpu.chip, CHIP_NAME_SIZE, "%s", strcmp(chip, "-") == 0 ? "" : chip);
        entry->gpu.rdna1 = strcmp(rdna1, "yes") == 0;
        entry->gpu.compute_units = (unsigned)number_or(units, 10, 0);
        entry->gpu.vram_bytes = number_or(vram, 10, 0) << 20;
        entry->gpu.kfd_node = (int)number_or(node, 10, (unsigned long)-1);
    }
    return expected_count > 0 ? 0 : -1;
}

static void open_machine(const char *name, struct root *ret_root)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", machines_dir, name);
    assert_int_equal(root_open(path, ret_root), 0);
}

static void assert_gpu(const struct gpu *gpu, const struct gpu *wanted)
{
    assert_string_equal(gpu->pci, wanted->pci);
    assert_int_equal(gpu->device, wanted->device);
    assert_string_equal(gpu->chip, wanted->chip);
    assert_int_equal(gpu->rdna1, wanted->rdna1);
    assert_int_equal(gpu->compute_units, wanted->compute_units);
    assert_int_equal(gpu->vram_bytes, wanted->vram_bytes);
    assert_int_equal(gpu->kfd_node, wanted->kfd_node);
}

static void test_machines(void **state)
{
    (void)state;
    for (size_t i = 0; i < expected_count;) {
        const char *machine = expected[i].machine;
        struct root root = ROOT_CLOSED;
        struct gpu_list list;
        open_machine(machine, &root);
        print_message("# %s\n", machine);
        assert_int_equal(gpu_list_read(&root, &list), 0);

        size_t count = 0;
        for (; i < expected_count && strcmp(expected[i].machine, machine) == 0; i++) {
            if (!expected[i].has_gpu)
                continue;
            assert_true(count < list.count);
            assert_gpu(&list.gpus[count++], &expected[i].gpu);

            struct gpu gpu;
            assert_int_equal(gpu_read(&root, expected[i].gpu.pci, &gpu), 0);
            assert_gpu(&gpu, &expected[i].gpu);
        }
        assert_int_equal(list.count, count);
        gpu_list_free(&list);
        assert_null(list.gpus);
        root_close(&root);
    }
}

/* A machine that is written but not expected would be tested by nobody. */
static void test_every_machine_is_expected(void **state)
{
    (void)state;
    cleanup_dir DIR *dir = opendir(machines_dir);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        bool found = entry->d_name[0] == '.';
        for (size_t i = 0; i < expected_count; i++)
            found |= strcmp(expected[i].machine, entry->d_name) == 0;
        if (!found)
            fail_msg("%s has no line in %s", entry->d_name, expected_file);
    }
}

static void test_one_gpu(void **state)
{
    (void)state;
    struct root root = ROOT_CLOSED;
    struct gpu gpu;
    open_machine("mixed", &root);
    static const char *const spellings[] = {"0000:0c:00.0", "0c:00.0", "0000:0C:00.0", "0:c:0.0"};
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        memset(&gpu, 0, sizeof(gpu));
        assert_int_equal(gpu_read(&root, spellings[i], &gpu), 0);
        assert_string_equal(gpu.pci, "0000:0c:00.0");
        assert_string_equal(gpu.chip, "gfx1010");
        assert_int_equal(gpu.kfd_node, 2);
    }

    memset(&gpu, 0x5a, sizeof(gpu));
    const struct gpu before = gpu;
    assert_int_equal(gpu_read(&root, "0000:0c:00.1", &gpu), -ENODEV); /* audio */
    assert_int_equal(gpu_read(&root, "0000:00:00.0", &gpu), -ENODEV); /* bridge */
    assert_int_equal(gpu_read(&root, "0001:0c:00.0", &gpu), -ENODEV);
    static const char *const nonsense[] = {
        "",
        ":",
        "::",
        ".",
        "0c:00",
        "0c:00.",
        "0c:00.0 ",
        " 0c:00.0",
        "0c:20.0",
        "0c:00.8",
        "-1:00.0",
        "0x0c:00.0",
        "00c:00.0",
        "0000:0c:00.0/..",
        "../../x",
        "123456789:0c:00.0",
        "12345678:0c:00.0",
        "0000:0000:0c:00.0",
        "\xff\xff:00.0",
    };
    for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
        assert_int_equal(gpu_read(&root, nonsense[i], &gpu), -EINVAL);
    assert_memory_equal(&gpu, &before, sizeof(gpu));
    root_close(&root);
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *machine;
        const char *pci;
        const char *name;
    } cases[] = {
        {"rx5700xt", "03:00.0", "AMD Radeon RX 5700 XT"},
        {"rx5600xt", "0a:00.0", "AMD Radeon RX 5600 XT"},
        {"mixed", "1b:00.0", "AMD Radeon RX 7900 XTX"},
        {"v520", "00:1e.0", "Navi 12"}, /* no table on that machine */
        {"bc250", "01:00.0", "Cyan Skillfish"},
        {"igpu", "0e:00.0", ""}, /* not in the table, not RDNA1 */
        {"hostile-huge", "03:00.0", "Navi 10"},
        {"hostile-binary", "03:00.0", "\033[31mred\007 \303\050 name"}, /* for others to escape */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct root root = ROOT_CLOSED;
        struct gpu gpu;
        char name[GPU_NAME_SIZE];
        open_machine(cases[i].machine, &root);
        assert_int_equal(gpu_read(&root, cases[i].pci, &gpu), 0);
        gpu_name_read(&root, &gpu, name);
        assert_string_equal(name, cases[i].name);
        root_close(&root);
    }
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: %s MACHINES EXPECTED\n", argv[0]);
        return 2;
    }
    machines_dir = argv[1];
    expected_file = argv[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_machines),
        cmocka_unit_test(test_every_machine_is_expected),
        cmocka_unit_test(test_one_gpu),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("gpus", tests, read_expected, NULL);
}
