/* Which rule files count, and in which order. */
#include "base/cleanup.h"
#include "cmocka_all.h"
#include "policy/rule_section.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GOOD "[good]\nWhy=tested\nPrefer=naive\n"

/* A directory tree for one test. */
struct tree {
    char path[64];
    struct root root;
};

static void put_file(const struct tree *tree, const char *name, const char *text)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", tree->path, name);
    cleanup_file FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
}

static void put_dir(const struct tree *tree, const char *name)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", tree->path, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static struct tree tree_make(void)
{
    struct tree tree = {.path = "/tmp/test_rule_files.XXXXXX"};
    assert_non_null(mkdtemp(tree.path));
    put_dir(&tree, "usr");
    put_dir(&tree, "etc");
    assert_int_equal(root_open(tree.path, &tree.root), 0);
    return tree;
}

static void tree_remove(struct tree *tree)
{
    root_close(&tree->root);
    char command[100];
    snprintf(command, sizeof(command), "rm -rf '%s'", tree->path);
    assert_int_equal(system(command), 0);
}

static const char *const dirs[] = {"/usr", "/etc", NULL};

static struct rule_set read_tree(const struct tree *tree)
{
    struct rule_set set;
    assert_int_equal(rule_set_read(&tree->root, dirs, &set), 0);
    assert_false(set.built_in);
    return set;
}

static void test_directories(void **state)
{
    (void)state;
    struct tree tree = tree_make();
    put_file(&tree, "usr/9.rules", "[nine]\nWhy=y\nAllow=gemm\n");
    put_file(&tree, "usr/10.rules", "[ten]\nWhy=y\nAllow=gemm\n[ten too]\nWhy=y\nAllow=gemm\n");
    put_file(&tree, "usr/20.rules", "[twenty of usr]\nWhy=y\nAllow=gemm\n");
    put_file(&tree, "etc/20.rules", "[twenty of etc]\nWhy=y\nAllow=gemm\n");
    put_file(&tree, "usr/30.rules", "[masked by a link]\nWhy=y\nAllow=gemm\n");
    put_file(&tree, "usr/40.rules", "[masked by an empty file]\nWhy=y\nAllow=gemm\n");
    put_file(&tree, "etc/40.rules", "");
    put_file(&tree, "etc/15.rules", "[fifteen]\nWhy=y\nAllow=gemm\n");
    put_file(&tree, "etc/15.rules~", "nonsense");
    put_file(&tree, "etc/.16.rules", "nonsense");
    put_file(&tree, "etc/README", "nonsense");
    char path[200];
    snprintf(path, sizeof(path), "%s/etc/30.rules", tree.path);
    assert_int_equal(symlink("/dev/null", path), 0);

    struct rule_set set = read_tree(&tree);
    assert_int_equal(set.errors_count, 0);
    static const char *const names[] = {"nine", "ten", "ten too", "fifteen", "twenty of etc"};
    assert_int_equal(set.count, 5);
    for (size_t i = 0; i < set.count; i++)
        assert_string_equal(rule_name(&set.rules[i]), names[i]);
    assert_string_equal(rule_origin(&set.rules[2]), "10.rules:4");
    rule_set_free(&set);

    /* The order of directories is the order of priority. */
    const char *const other_way[] = {"etc/", "usr/", NULL};
    assert_int_equal(rule_set_read(&tree.root, other_way, &set), 0);
    assert_int_equal(set.count, 7);
    rule_set_free(&set);
    tree_remove(&tree);
}

static void test_bad_files(void **state)
{
    (void)state;
    struct tree tree = tree_make();
    put_file(&tree, "usr/10.rules", GOOD);
    put_file(&tree, "usr/20.rules", "[x]\nWhy=y\nAllow=gem\n");
    put_dir(&tree, "usr/30.rules");
    put_file(&tree, "usr/\x1b[2J.rules", GOOD);
    char path[200];
    snprintf(path, sizeof(path), "%s/usr/40.rules", tree.path);
    assert_int_equal(symlink("nowhere", path), 0);
    snprintf(path, sizeof(path), "%s/usr/50.rules", tree.path);
    cleanup_file FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite("[x]\0", 1, 4, file), 4);
    assert_int_equal(fflush(file), 0);
    snprintf(path, sizeof(path), "%s/usr/60.rules", tree.path);
    assert_int_equal(mkfifo(path, 0644), 0);
    put_file(&tree, "usr/70.rules", "");
    snprintf(path, sizeof(path), "%s/usr/70.rules", tree.path);
    assert_int_equal(truncate(path, 1 << 21), 0);

    struct rule_set set = read_tree(&tree);
    assert_int_equal(set.count, 1);
    static const char *const messages[] = {
        "/usr/*.rules: cannot be used: a name there is not plain ASCII without blanks",
        "20.rules:3: Allow: \"gem\" is not known: did you mean gemm?",
        "/usr/30.rules: cannot be used: Is a directory",
        "/usr/40.rules: cannot be used: No such file or directory",
        "/usr/50.rules: cannot be used: not text (it holds a NUL byte)",
        "/usr/70.rules: cannot be used: larger than 1 MiB",
    };
    for (size_t i = 0; i < set.errors_count && i < 6; i++)
        assert_string_equal(set.errors[i].message, messages[i]);
    assert_int_equal(set.errors_count, 6);
    rule_set_free(&set);
    tree_remove(&tree);
}

/* The rules compiled in are for where no directory is, not for where one is empty. */
static void test_when_built_in(void **state)
{
    (void)state;
    struct tree tree = tree_make();
    struct rule_set set = read_tree(&tree);
    assert_int_equal(set.count + set.errors_count, 0);

    const char *const one_is_missing[] = {"/nowhere", "/etc", NULL};
    assert_int_equal(rule_set_read(&tree.root, one_is_missing, &set), 0);
    assert_false(set.built_in);
    const char *const none[] = {NULL};
    assert_int_equal(rule_set_read(&tree.root, none, &set), 0);
    assert_true(set.built_in);
    assert_true(set.count > 0);
    rule_set_free(&set);

    put_file(&tree, "file", "");
    const char *const not_a_directory[] = {"/file", "/file/deeper", NULL};
    assert_int_equal(rule_set_read(&tree.root, not_a_directory, &set), 0);
    assert_true(set.built_in);
    rule_set_free(&set);
    tree_remove(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directories),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_when_built_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
