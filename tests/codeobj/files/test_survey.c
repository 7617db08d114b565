/* Many files by many threads: all of them, in their order, and each as it is by itself. */
#include "sample.h"

#include "base/cleanup.h"
#include "codeobj/survey.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

enum { FILES = 300 };

struct seen {
    const struct path_list *paths;
    _Atomic size_t shown;
    unsigned threads;
    _Atomic size_t kept;
    uint64_t kernels;
    uint64_t absent;
    size_t errors;
};

static void show(const struct path *path, const struct report *report, int error, void *context)
{
    struct seen *seen = context;
    assert_ptr_equal(path, &seen->paths->paths[seen->shown]);
    seen->shown++;
    seen->errors += error < 0;
    if (error < 0)
        return;
    if (seen->shown < 20)
        usleep(2000);
    assert_string_equal(report->path, path->name);
    seen->kernels += report->kernels;
    seen->absent += report->classes[CLASS_A].kernels;
}

static void keep(const struct path *path, const struct report *report, void *context)
{
    struct seen *seen = context;
    assert_string_equal(report->path, path->name);
    seen->kept++;
    /* Of reports that wait to be shown there are only so many: they are in memory. */
    if (seen->threads > 0 && path > seen->paths->paths + seen->shown + 17 * seen->threads)
        abort();
}

/* Every second file is known already. */
static bool recall(const struct path *path, struct report *ret_report, void *context)
{
    const struct seen *seen = context;
    if ((path - seen->paths->paths) % 2 == 0)
        return false;
    *ret_report = (struct report){.path = strdup(path->name), .kernels = 1000};
    return true;
}

/* The same few files under many names. */
static void paths_make(struct path_list *list)
{
    static const char *const names[] = {"gfx1030.hsaco", "both.so", "packed.so", "absent"};
    list->paths = calloc(FILES, sizeof(*list->paths));
    for (size_t i = 0; i < FILES; i++) {
        char path[PATH_MAX];
        sample_path(names[i % 4], path);
        list->paths[i] = (struct path){.name = strdup(path), .named = true};
    }
    list->count = FILES;
}

static void all_files_come_in_their_order(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 8; threads *= 2) {
        struct path_list paths = {0};
        paths_make(&paths);
        struct seen seen = {.paths = &paths, .threads = threads};
        _Atomic uint64_t bytes = 0;
        const struct report_request request = {.chip = chip_from_name("gfx1010"),
                                               .target = target_from_name("gfx1030"),
                                               .seen_bytes = &bytes};
        const struct survey survey = {.paths = &paths,
                                      .request = &request,
                                      .threads = threads,
                                      .keep = keep,
                                      .show = show,
                                      .context = &seen};
        assert_int_equal(survey_run(&survey), 0);
        assert_int_equal(seen.shown, FILES);
        assert_int_equal(seen.errors, FILES / 4);
        assert_int_equal(seen.kept, FILES / 4 * 3);
        /* 2 kernels in the first, 4 in the second, 6 in the third; half of them lack an opcode. */
        assert_int_equal(seen.kernels, FILES / 4 * 12);
        assert_int_equal(seen.absent, FILES / 4 * 6);
        assert_true(bytes > 0);
        path_list_free(&paths);
    }
}

static void what_is_known_is_not_read(void **state)
{
    (void)state;
    struct path_list paths = {0};
    paths_make(&paths);
    struct seen seen = {.paths = &paths};
    const struct report_request request = {.chip = chip_from_name("gfx1010")};
    const struct survey survey = {.paths = &paths,
                                  .request = &request,
                                  .recall = recall,
                                  .keep = keep,
                                  .show = show,
                                  .context = &seen};
    assert_int_equal(survey_run(&survey), 0);
    assert_int_equal(seen.errors, 0);
    assert_int_equal(seen.kept, FILES / 2);
    /* gfx1030.hsaco has 2, packed.so 6 for gfx1010. */
    assert_int_equal(seen.kernels, FILES / 2 * 1000 + FILES / 4 * 8);
    path_list_free(&paths);
}

static void no_files_are_no_failure(void **state)
{
    (void)state;
    const struct path_list paths = {0};
    const struct report_request request = {.chip = chip_from_name("gfx1010")};
    const struct survey survey = {.paths = &paths, .request = &request, .show = show};
    assert_int_equal(survey_run(&survey), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_files_come_in_their_order),
        cmocka_unit_test(what_is_known_is_not_read),
        cmocka_unit_test(no_files_are_no_failure),
    };
    if (!samples_are_there(argc, argv))
        return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
