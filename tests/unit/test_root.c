#include "base/cleanup.h"
#include "base/root.h"
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* A scratch directory: DIR/root is the root under test, DIR/outside must never be read. */
static char scratch[] = "/tmp/test_root.XXXXXX";
static struct root root = ROOT_CLOSED;

static void write_file(const char *path, const void *content, size_t size)
{
    cleanup_file FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, size, file), size);
}

static void link_to(const char *target, const char *path)
{
    assert_int_equal(symlink(target, path), 0);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(scratch));
    assert_int_equal(chdir(scratch), 0);
    write_file("outside", "secret\n", 7);
    assert_int_equal(mkdir("root", 0755), 0);
    assert_int_equal(chdir("root"), 0);
    assert_int_equal(mkdir("dir", 0755), 0);
    write_file("dir/text", "hello\n", 6);
    write_file("dir/lines", "a\nb\n\n", 5);
    write_file("dir/empty", "", 0);
    write_file("dir/zero", "a\0b", 3);
    write_file("dir/number", " 0x1002\n", 8);
    write_file("dir/letters", "ten\n", 4);
    write_file("dir/negative", "-1\n", 3);
    write_file("dir/many", "18446744073709551616\n", 21);
    write_file("outside", "inside\n", 7);
    link_to("text", "dir/relative");
    link_to("/dir/text", "dir/absolute");
    link_to("/outside", "dir/same-name");
    link_to("../../outside", "dir/climbs");
    link_to("loop", "loop");
    link_to("nowhere", "dangling");
    assert_int_equal(mkfifo("fifo", 0644), 0);
    assert_int_equal(truncate("dir/empty", 0), 0);
    write_file("endless", "", 0);
    assert_int_equal(truncate("endless", 1L << 40), 0);
    assert_int_equal(mkdir("list", 0755), 0);
    for (int i = 12; i > 0; i--) {
        char name[16];
        snprintf(name, sizeof(name), "list/%d", i);
        write_file(name, "", 0);
    }
    assert_int_equal(mkdir("none", 0755), 0);
    return root_open(".", &root);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    (void)state;
    root_close(&root);
    assert_int_equal(root.dirfd, -1);
    root_close(&root);
    return nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void assert_reads(const char *path, const char *expected)
{
    char text[64] = "unwritten";
    assert_int_equal(root_read_text(&root, path, text, sizeof(text)), 0);
    assert_string_equal(text, expected);
}

static void assert_fails(const char *path, int error)
{
    char text[64];
    assert_int_equal(root_read_text(&root, path, text, sizeof(text)), error);
}

static void test_text(void **state)
{
    (void)state;
    assert_reads("dir/text", "hello");
    assert_reads("/dir/text", "hello");
    assert_reads("///dir/text", "hello");
    assert_reads("dir/lines", "a\nb\n");
    assert_reads("dir/empty", "");
    assert_fails("dir/absent", -ENOENT);
    assert_fails("dir/text/below", -ENOTDIR);
    assert_fails("dir", -EISDIR);
    assert_fails("/", -EISDIR);
    assert_fails("", -EISDIR);
    assert_fails("dir/zero", -EILSEQ);
    assert_fails("loop", -ELOOP);
    assert_fails("dangling", -ENOENT);
}

static void test_size_limits(void **state)
{
    (void)state;
    char text[8];
    assert_int_equal(root_read_text(&root, "dir/text", text, 7), 0);
    assert_string_equal(text, "hello");
    assert_int_equal(root_read_text(&root, "dir/text", text, 6), -EFBIG);
    assert_int_equal(root_read_text(&root, "dir/text", text, 1), -EFBIG);
    assert_int_equal(root_read_text(&root, "endless", text, sizeof(text)), -EFBIG);
}

/* Would block for ever if it were opened as other files are; alarm() in main() tells. */
static void test_fifo_does_not_block(void **state)
{
    (void)state;
    assert_reads("fifo", "");
    uint64_t value;
    assert_int_equal(root_read_u64(&root, "fifo", &value), -EINVAL);
}

static void test_numbers(void **state)
{
    (void)state;
    uint64_t value = 7;
    assert_int_equal(root_read_u64(&root, "dir/number", &value), 0);
    assert_int_equal(value, 0x1002);
    value = 7;
    assert_int_equal(root_read_u64(&root, "dir/letters", &value), -EINVAL);
    assert_int_equal(root_read_u64(&root, "dir/negative", &value), -EINVAL);
    assert_int_equal(root_read_u64(&root, "dir/empty", &value), -EINVAL);
    assert_int_equal(root_read_u64(&root, "dir/zero", &value), -EINVAL);
    assert_int_equal(root_read_u64(&root, "endless", &value), -EINVAL);
    assert_int_equal(root_read_u64(&root, "dir/many", &value), -ERANGE);
    assert_int_equal(root_read_u64(&root, "dir/absent", &value), -ENOENT);
    assert_int_equal(value, 7);
}

static void test_links_stay_inside(void **state)
{
    (void)state;
    assert_reads("dir/relative", "hello");
    assert_reads("dir/absolute", "hello");
    assert_reads("dir/same-name", "inside");
    assert_reads("dir/climbs", "inside");
    assert_reads("../outside", "inside");
}

static void test_lists(void **state)
{
    (void)state;
    char **names = NULL;
    size_t count = 99;
    assert_int_equal(root_list(&root, "list", &names, &count), 0);
    assert_int_equal(count, 12);
    for (size_t i = 0; i < count; i++) {
        char name[24];
        snprintf(name, sizeof(name), "%zu", i + 1);
        assert_string_equal(names[i], name);
    }
    root_names_free(names, count);

    assert_int_equal(root_list(&root, "none", &names, &count), 0);
    assert_int_equal(count, 0);
    root_names_free(names, count);

    count = 99;
    assert_int_equal(root_list(&root, "absent", &names, &count), -ENOENT);
    assert_int_equal(root_list(&root, "dir/text", &names, &count), -ENOTDIR);
    assert_int_equal(root_list(&root, "loop", &names, &count), -ELOOP);
    assert_int_equal(count, 99);
}

static void test_open(void **state)
{
    (void)state;
    struct root other = ROOT_CLOSED;
    assert_int_equal(root_open("absent", &other), -ENOENT);
    assert_int_equal(root_open("dir/text", &other), -ENOTDIR);
    assert_int_equal(other.dirfd, -1);

    /* The machine's own root follows links as every program does. */
    char path[64];
    char text[16];
    assert_int_equal(root_open("/", &other), 0);
    snprintf(path, sizeof(path), "%s/root/dir/climbs", scratch);
    assert_int_equal(root_read_text(&other, path, text, sizeof(text)), 0);
    assert_string_equal(text, "secret");
    root_close(&other);
}

/* Makes openat2() fail with `error` from now on, as old kernels and strict containers do. */
static void deny_openat2(int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(77);
}

/* What must hold without openat2(); the number of the first check that does not, or 0. */
static int check_fallback(void)
{
    char text[64];
    struct root machine = ROOT_CLOSED;
    if (root_read_text(&root, "dir/relative", text, sizeof(text)) != 0 ||
        strcmp(text, "hello") != 0)
        return 1;
    if (root_read_text(&root, "dir/climbs", text, sizeof(text)) != -EXDEV)
        return 2;
    if (root_read_text(&root, "../outside", text, sizeof(text)) != -EXDEV)
        return 3;
    if (root_read_text(&root, "dir/absent", text, sizeof(text)) != -ENOENT)
        return 4;
    if (root_open("/", &machine) != 0 ||
        root_read_text(&machine, "proc/self/comm", text, sizeof(text)) != 0)
        return 5;
    return 0;
}

static void test_without_openat2(void **state)
{
    (void)state;
    static const int errors[] = {ENOSYS, EPERM};
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            deny_openat2(errors[i]);
            _exit(check_fallback());
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77)
            skip(); /* no seccomp filters here */
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_size_limits),
        cmocka_unit_test(test_fifo_does_not_block),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_links_stay_inside),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_without_openat2),
    };
    alarm(60);
    return cmocka_run_group_tests_name("root", tests, set_up, tear_down);
}
