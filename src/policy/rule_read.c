/* Rule files from directories: which of them count, and in which order. */
#include "policy/rule.h"

#include "base/cleanup.h"
#include "policy/rule_section.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room for a newline at the end, which root_read_text() cuts off, and for the NUL. */
#define TEXT_SIZE (RULE_FILE_BYTES_MAX + 2)

/* The shipped rules, made from data/rules/ by the build. */
static const char shipped_file[] = "50-rdna1.rules";
static const char shipped_text[] =
#include "50-rdna1.rules.inc"
    ;

struct rule_file {
    char *name;
    const char *dir;
};

struct rule_files {
    struct rule_file *files;
    size_t count;
};

static void rule_files_free(const struct rule_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->files[i].name);
    free(files->files);
}

static bool is_rule_name(const char *name)
{
    static const char suffix[] = ".rules";
    const size_t length = strlen(name);
    return name[0] != '.' && length >= sizeof(suffix) &&
           strcmp(name + length - strlen(suffix), suffix) == 0;
}

/* Whether a name can stand in messages and in the origin of a rule. */
static bool is_plain_name(const char *name)
{
    for (; *name; name++)
        if (*name <= ' ' || *name > '~')
            return false;
    return true;
}

/* A file of the same name in an earlier directory gives way. */
static int rule_files_put(struct rule_files *files, const char *name, const char *dir)
{
    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->files[i].name, name) == 0) {
            files->files[i].dir = dir;
            return 0;
        }
    }
    struct rule_file *grown = reallocarray(files->files, files->count + 1, sizeof(files->files[0]));
    if (!grown)
        return -ENOMEM;
    files->files = grown;
    char *copy = strdup(name);
    if (!copy)
        return -ENOMEM;
    files->files[files->count++] = (struct rule_file){.name = copy, .dir = dir};
    return 0;
}

static int compare_files(const void *a, const void *b)
{
    const struct rule_file *one = a;
    const struct rule_file *other = b;
    return strverscmp(one->name, other->name);
}

static int add_unreadable(struct rule_set *set, const char *dir, const char *name, int error)
{
    char buffer[128];
    cleanup_free char *message = NULL;
    const char *reason = error == -EFBIG    ? "larger than 1 MiB"
                         : error == -EINVAL ? "a name there is not plain ASCII without blanks"
                         : error == -EILSEQ ? "not text (it holds a NUL byte)"
                                            : strerror_r(-error, buffer, sizeof(buffer));
    if (asprintf(&message, "%s%s%s: cannot be used: %s", dir, name ? "/" : "", name ? name : "",
                 reason) < 0) {
        message = NULL;
        return -ENOMEM;
    }
    return rule_set_add_error(set, message);
}

/* Whether the name was put there to mask a file: a link to /dev/null. */
static bool is_mask(const struct root *root, const char *path)
{
    char target[16];
    path += strspn(path, "/");
    const ssize_t length = readlinkat(root->dirfd, path, target, sizeof(target));
    return length == (ssize_t)strlen("/dev/null") &&
           memcmp(target, "/dev/null", strlen("/dev/null")) == 0;
}

static int rule_file_read(const struct root *root, const struct rule_file *file, char *text,
                          struct rule_set *set)
{
    cleanup_free char *path = NULL;
    if (asprintf(&path, "%s/%s", file->dir, file->name) < 0) {
        path = NULL;
        return -ENOMEM;
    }
    if (is_mask(root, path))
        return 0;
    const int r = root_read_text(root, path, text, TEXT_SIZE);
    if (r < 0)
        return r == -ENOMEM ? r : add_unreadable(set, file->dir, file->name, r);
    return rule_set_parse(set, file->name, text, strlen(text));
}

/* Collects the names in all directories. `*ret_found` says whether one could be listed. */
static int rule_files_list(const struct root *root, const char *const *dirs, struct rule_set *set,
                           struct rule_files *files, bool *ret_found)
{
    *ret_found = false;
    for (; *dirs; dirs++) {
        char **names;
        size_t count;
        int r = root_list(root, *dirs, &names, &count);
        if (r == -ENOENT || r == -ENOTDIR)
            continue;
        if (r == -ENOMEM)
            return r;
        if (r < 0) {
            r = add_unreadable(set, *dirs, NULL, r);
            if (r < 0)
                return r;
            continue;
        }
        *ret_found = true;
        for (size_t i = 0; i < count && r == 0; i++) {
            if (!is_rule_name(names[i]))
                continue;
            r = is_plain_name(names[i]) ? rule_files_put(files, names[i], *dirs)
                                        : add_unreadable(set, *dirs, "*.rules", -EINVAL);
        }
        root_names_free(names, count);
        if (r < 0)
            return r;
    }
    return 0;
}

static int rule_files_read(const struct root *root, const struct rule_files *files,
                           struct rule_set *set)
{
    if (files->count == 0)
        return 0;
    qsort(files->files, files->count, sizeof(files->files[0]), compare_files);
    cleanup_free char *text = malloc(TEXT_SIZE);
    if (!text)
        return -ENOMEM;
    int r = 0;
    for (size_t i = 0; i < files->count && r == 0; i++)
        r = rule_file_read(root, &files->files[i], text, set);
    return r;
}

int rule_set_read(const struct root *root, const char *const *dirs, struct rule_set *ret_set)
{
    struct rule_set set = {0};
    struct rule_files files = {0};
    bool found;
    int r = rule_files_list(root, dirs, &set, &files, &found);
    if (r == 0 && found)
        r = rule_files_read(root, &files, &set);
    if (r == 0 && !found) {
        set.built_in = true;
        r = rule_set_parse(&set, shipped_file, shipped_text, strlen(shipped_text));
    }
    rule_files_free(&files);
    if (r < 0) {
        rule_set_free(&set);
        return r;
    }
    *ret_set = set;
    return 0;
}
