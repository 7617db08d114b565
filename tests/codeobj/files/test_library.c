/* The libraries with GPU code on this machine: where this user's programs have theirs. */
#include "sample.h"

#include "codeobj/library.h"

#include <dirent.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/rocm-rdna1-library-XXXXXX";

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status;
    (void)flag;
    (void)walk;
    return remove(path);
}

static void make_directory(char *path)
{
    for (char *at = path + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(path, 0700);
        *at = '/';
    }
}

/* A copy of a sample at a path below the top. */
static void place(const char *sample, const char *where)
{
    char path[PATH_MAX];
    size_t size;
    uint8_t *bytes = sample_read(sample, &size);
    snprintf(path, sizeof(path), "%s/%s", top, where);
    make_directory(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    free(bytes);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(top))
        return -1;
    place("gfx1010.co", "search/librocblas.so.4");
    place("gfx1030.hsaco", "search/two/librocblas.so.5");
    place("gfx1030.hsaco", "venv/lib/python3.12/site-packages/torch/lib/libtorch_hip.so");
    place("gfx1012.co", "conda/lib/python3.9/site-packages/_rocm_sdk_libraries/lib/librocblas.so");
    place("generic.co", "home/.local/lib/python3.11/site-packages/torch/lib/librocrand.so.1");
    place("gfx1010.co", "home/lib/python3.11/site-packages/torch/lib/librocrand.so.1");
    place("gfx1010.co", "elsewhere/librocblas.so");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *get(const char *name, void *context)
{
    static char texts[4][PATH_MAX];
    (void)context;
    snprintf(texts[0], PATH_MAX, ":%s/search/two:%s/search", top, top);
    snprintf(texts[1], PATH_MAX, "%s/venv", top);
    snprintf(texts[2], PATH_MAX, "%s/conda", top);
    snprintf(texts[3], PATH_MAX, "%s/home", top);
    return strcmp(name, "LD_LIBRARY_PATH") == 0 ? texts[0]
           : strcmp(name, "VIRTUAL_ENV") == 0   ? texts[1]
           : strcmp(name, "CONDA_PREFIX") == 0  ? texts[2]
           : strcmp(name, "HOME") == 0          ? texts[3]
                                                : NULL;
}

static const char *unset(const char *name, void *context)
{
    (void)name;
    (void)context;
    return NULL;
}

/* Relative: whose directory that is would depend on where the program is. */
static const char *relative(const char *name, void *context)
{
    (void)context;
    return strcmp(name, "VIRTUAL_ENV") == 0 ? "venv" : NULL;
}

/* What was found below the top, in its order: this machine may have libraries of its own. */
static size_t found(environment_get from, const struct library *ret_libraries[8],
                    struct library_list *list)
{
    const struct library_source source = {.chip = chip_from_name("gfx1010"), .get = from};
    size_t count = 0;
    assert_int_equal(library_list_read(&source, list), 0);
    for (size_t i = 0; i < list->count; i++)
        if (strncmp(list->libraries[i].path, top, strlen(top)) == 0 && count < 8)
            ret_libraries[count++] = &list->libraries[i];
    return count;
}

static void this_user_s(void **state)
{
    static const struct {
        const char *path, *what, *target, *override;
        enum verdict verdict;
    } rows[] = {
        {"/search/two/librocblas.so.5", "matrix products", "gfx1030", "10.3.0", VERDICT_LATER},
        {"/search/librocblas.so.4", "matrix products", "gfx1010", "", VERDICT_NATIVE},
        {"/conda/lib/python3.9/site-packages/_rocm_sdk_libraries/lib/librocblas.so",
         "matrix products", "gfx1012", "10.1.2", VERDICT_NEAR},
        {"/home/.local/lib/python3.11/site-packages/torch/lib/librocrand.so.1", "random numbers",
         "gfx10-1-generic", "", VERDICT_GENERIC},
        {"/venv/lib/python3.12/site-packages/torch/lib/libtorch_hip.so", "PyTorch", "gfx1030",
         "10.3.0", VERDICT_LATER},
    };
    const size_t count = sizeof(rows) / sizeof(rows[0]);
    const struct library *libraries[8] = {NULL};
    struct library_list list;
    (void)state;
    assert_int_equal(found(get, libraries, &list), count);
    for (size_t i = 0; i < count && libraries[i]; i++) {
        assert_string_equal(libraries[i]->path + strlen(top), rows[i].path);
        assert_string_equal(libraries[i]->what, rows[i].what);
        assert_string_equal(libraries[i]->target, rows[i].target);
        assert_string_equal(libraries[i]->override, rows[i].override);
        assert_int_equal(libraries[i]->verdict, rows[i].verdict);
        assert_int_equal(libraries[i]->error, 0);
    }
    library_list_free(&list);
    assert_int_equal(found(unset, libraries, &list), 0);
    library_list_free(&list);
    char before[PATH_MAX];
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(top), 0);
    assert_int_equal(found(relative, libraries, &list), 0);
    library_list_free(&list);
    assert_int_equal(chdir(before), 0);
}

static bool recalled(const struct path *path, struct report *ret_report, void *context)
{
    (void)path;
    (*(unsigned *)context)++;
    *ret_report = (struct report){0};
    return true;
}

/* A machine in a directory: nothing of this one's, and no link followed, as it may lead out. */
static void below_a_root(void **state)
{
    struct library_list list;
    unsigned recalls = 0;
    char link[PATH_MAX], aim[PATH_MAX];
    (void)state;
    place("gfx1010.co", "root/opt/rocm-7.1/lib/librocblas.so.5");
    snprintf(link, sizeof(link), "%s/root/opt/rocm-7.1/lib/librocblas.so.6", top);
    snprintf(aim, sizeof(aim), "%s/elsewhere/librocblas.so", top);
    assert_int_equal(symlink(aim, link), 0);
    snprintf(link, sizeof(link), "%s/root", top);
    struct library_source source = {.sysroot = link, .chip = chip_from_name("gfx1013"), .get = get};
    assert_int_equal(library_list_read(&source, &list), 0);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.libraries[0].path, "/opt/rocm-7.1/lib/librocblas.so.5");
    assert_int_equal(list.libraries[0].verdict, VERDICT_COMPATIBLE);
    assert_string_equal(list.libraries[0].override, "10.1.0");
    library_list_free(&list);

    /* What was read before is not read again. */
    source.recall = recalled;
    source.context = &recalls;
    assert_int_equal(library_list_read(&source, &list), 0);
    assert_int_equal(recalls, 1);
    assert_int_equal(list.libraries[0].verdict, VERDICT_NO_CODE);
    library_list_free(&list);
}

static void the_override_that_all_need(void **state)
{
    static struct library rows[] = {
        {.verdict = VERDICT_FOREIGN, .target = "gfx900"},
        {.verdict = VERDICT_LATER, .target = "gfx1030", .override = "10.3.0"},
        {.error = -5, .verdict = VERDICT_NO_CODE},
        {.verdict = VERDICT_LATER, .target = "gfx1030", .override = "10.3.0"},
        {.verdict = VERDICT_NATIVE, .target = "gfx1010"},
        {.verdict = VERDICT_GENERIC, .target = "gfx10-1-generic"},
    };
    const struct {
        size_t first, count;
        enum override_need need;
        const char *value;
    } cases[] = {
        {0, 0, OVERRIDE_UNKNOWN, NULL}, {0, 1, OVERRIDE_UNKNOWN, NULL},
        {0, 2, OVERRIDE_ONE, "10.3.0"}, {0, 4, OVERRIDE_ONE, "10.3.0"},
        {0, 5, OVERRIDE_DIFFERS, NULL}, {4, 2, OVERRIDE_NONE, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct library_list list = {&rows[cases[i].first], cases[i].count};
        const char *value = NULL;
        assert_int_equal(library_list_override(&list, &value), cases[i].need);
        assert_int_equal(value == NULL, cases[i].value == NULL);
        if (value)
            assert_string_equal(value, cases[i].value);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_user_s),
        cmocka_unit_test(below_a_root),
        cmocka_unit_test(the_override_that_all_need),
    };
    if (!samples_are_there(argc, argv))
        return 0;
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
