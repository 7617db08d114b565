/* Paths of a command line: files, directories, links, and what is none of these. */
#include "cmocka_all.h"

#include "base/cleanup.h"
#include "codeobj/paths.h"

#include <errno.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[] = "/tmp/test_paths.XXXXXX";

static void write_file(const char *name, const char *text)
{
    cleanup_file FILE *file = fopen(name, "w");
    assert_non_null(file);
    fputs(text, file);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(scratch));
    assert_int_equal(chdir(scratch), 0);
    for (const char *const *name = (const char *const[]){"d", "d/b", "d/a", "d/.hidden", NULL};
         *name; name++)
        assert_int_equal(mkdir(*name, 0755), 0);
    write_file("d/b/lib.so", "\177ELF and more");
    write_file("d/a/one.co", "CCOB");
    write_file("d/a/two.co", "__CLANG_OFFLOAD_BUNDLE__");
    write_file("d/a/three.kdb", "SQLite format 3");
    write_file("d/.hidden/x", "\177ELF and more");
    write_file("d/a/text.txt", "nothing");
    write_file("d/a/empty", "");
    assert_int_equal(symlink("../b/lib.so", "d/a/link.so"), 0);
    assert_int_equal(symlink("..", "d/a/up"), 0);
    assert_int_equal(symlink("nowhere", "d/a/broken"), 0);
    assert_int_equal(symlink("d", "linked"), 0);
    assert_int_equal(mkfifo("d/a/fifo", 0600), 0);
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    assert_int_equal(chdir("/"), 0);
    return nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* The names of a list, with a mark where one has an error. */
static void expect(struct path_list *list, const char *names)
{
    char text[1024] = "";
    size_t used = 0;
    for (size_t i = 0; i < list->count && used < sizeof(text); i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s ", list->paths[i].name,
                                 list->paths[i].error ? "!" : "");
    assert_string_equal(text, names);
    path_list_free(list);
}

static void directories_are_gone_through_by_name(void **state)
{
    struct path_list list = {0};
    (void)state;
    assert_int_equal(path_list_add(&list, "d"), 0);
    assert_false(list.paths[0].named);
    /* The library by the first of its names; what goes up again is met already. */
    expect(&list, "d/.hidden/x d/a/link.so d/a/one.co d/a/three.kdb d/a/two.co ");
    assert_int_equal(path_list_add(&list, "linked/"), 0);
    expect(&list,
           "linked/.hidden/x linked/a/link.so linked/a/one.co linked/a/three.kdb linked/a/two.co ");
}

static void what_is_named_is_there(void **state)
{
    struct path_list list = {0};
    (void)state;
    assert_int_equal(path_list_add(&list, "d/a/text.txt"), 0);
    assert_int_equal(path_list_add(&list, "d/a/empty"), 0);
    assert_int_equal(path_list_add(&list, "d/a/fifo"), 0);
    assert_int_equal(path_list_add(&list, "d/a/broken"), 0);
    assert_int_equal(path_list_add(&list, "absent"), 0);
    assert_true(list.paths[0].named);
    assert_int_equal(list.paths[0].size_bytes, 7);
    assert_int_equal(list.paths[2].error, -EACCES);
    assert_int_equal(list.paths[4].error, -ENOENT);
    expect(&list, "d/a/text.txt d/a/empty d/a/fifo! d/a/broken! absent! ");
}

static void nothing_is_there_twice(void **state)
{
    struct path_list list = {0};
    (void)state;
    assert_int_equal(path_list_add(&list, "d/b/lib.so"), 0);
    assert_int_equal(path_list_add(&list, "d/b"), 0);
    assert_int_equal(path_list_add(&list, "linked/b/lib.so"), 0);
    assert_int_equal(path_list_add(&list, "d/a"), 0);
    /* What is linked to by `up` comes in with it, but for what was met. */
    expect(&list, "d/b/lib.so d/a/one.co d/a/three.kdb d/a/two.co d/a/up/.hidden/x ");
}

static void made_up_file_systems_are_left_out(void **state)
{
    struct path_list list = {0};
    (void)state;
    assert_int_equal(access("/proc/self", F_OK), 0);
    assert_int_equal(mkdir("e", 0755), 0);
    assert_int_equal(symlink("/proc", "e/proc"), 0);
    assert_int_equal(symlink("/sys", "e/sys"), 0);
    assert_int_equal(path_list_add(&list, "e"), 0);
    expect(&list, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directories_are_gone_through_by_name),
        cmocka_unit_test(what_is_named_is_there),
        cmocka_unit_test(nothing_is_there_twice),
        cmocka_unit_test(made_up_file_systems_are_left_out),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
