#include "codeobj/library.h"

#include "base/cleanup.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
    const char *name;
    const char *what;
} names[] = {
#define LIBRARY(name, what) {name, what},
#include "codeobj/libraries.list"
#undef LIBRARY
};

#define NAMES (sizeof(names) / sizeof(names[0]))

/* Of the system. What ROCm's own packages have stands in a directory for each release. */
static const char *const directories[] = {
    "/usr/lib/*-linux-gnu", "/usr/lib64",     "/usr/lib",
    "/usr/local/lib",       "/opt/rocm*/lib", "/opt/rocm*/lib64",
};

/* Where Python's packages have theirs, in an environment. */
static const char *const in_python[] = {
    "lib/python3*/site-packages/torch/lib",
    "lib/python3*/site-packages/onnxruntime/capi",
    "lib/python3*/site-packages/_rocm_sdk_*/lib",
};

static const struct {
    const char *variable;
    const char *below; /* "" for the directory itself */
} environments[] = {{"VIRTUAL_ENV", ""}, {"CONDA_PREFIX", ""}, {"HOME", "/.local"}};

struct search {
    const char *sysroot; /* "" for this machine */
    struct path_list paths;
};

/* Adds what a pattern of a file's name matches. 0 or -ENOMEM. */
static int add_matches(struct search *search, const char *pattern)
{
    glob_t found = {0};
    int r = glob(pattern, 0, NULL, &found);
    r = r == GLOB_NOSPACE ? -ENOMEM : 0;
    for (size_t i = 0; r == 0 && i < found.gl_pathc; i++) {
        struct stat status;
        const bool follow = *search->sysroot == '\0';
        const char *path = found.gl_pathv[i];
        if ((follow ? stat(path, &status) : lstat(path, &status)) == 0 && S_ISREG(status.st_mode))
            r = path_list_add(&search->paths, path);
    }
    globfree(&found);
    return r;
}

/* "librocblas.so" and what has a version behind it, in the directories of a pattern. */
static int search_directory(struct search *search, const char *name, const char *root,
                            const char *directory)
{
    static const char *const versions[] = {"", ".*"};
    int r = 0;
    for (size_t i = 0; r == 0 && i < 2; i++) {
        cleanup_free char *pattern = NULL;
        if (asprintf(&pattern, "%s%s/%s%s", root, directory, name, versions[i]) < 0) {
            pattern = NULL;
            return -ENOMEM;
        }
        r = add_matches(search, pattern);
    }
    return r;
}

static int search_system(struct search *search, const char *name)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < sizeof(directories) / sizeof(directories[0]); i++)
        r = search_directory(search, name, search->sysroot, directories[i]);
    return r;
}

/* What this user's programs have before or beside the system's. */
static int search_environment(struct search *search, const char *name, environment_get get)
{
    int r = 0;
    const char *path = get("LD_LIBRARY_PATH", NULL);
    cleanup_free char *entries = strdup(path ? path : "");
    if (!entries)
        return -ENOMEM;
    char *rest = entries;
    for (const char *entry; r == 0 && (entry = strsep(&rest, ":;"));)
        if (*entry)
            r = search_directory(search, name, "", entry);
    for (size_t i = 0; i < sizeof(environments) / sizeof(environments[0]); i++) {
        const char *value = get(environments[i].variable, NULL);
        cleanup_free char *root = NULL;
        if (!value || *value != '/')
            continue;
        if (asprintf(&root, "%s%s/", value, environments[i].below) < 0) {
            root = NULL;
            return -ENOMEM;
        }
        for (size_t k = 0; r == 0 && k < sizeof(in_python) / sizeof(in_python[0]); k++)
            r = search_directory(search, name, root, in_python[k]);
    }
    return r;
}

/* The targets are wanted, no function of theirs. */
static bool nothing(const char *name, void *context)
{
    (void)name;
    (void)context;
    return false;
}

/* 0, also where the file cannot be read, which the library says itself; or -ENOMEM. */
static int library_read(const struct path *path, const struct library_source *source,
                        struct library *library)
{
    const struct chip *chip = source->chip;
    const struct report_request request = {.chip = chip, .wanted = nothing};
    struct report report = {0};
    if (!(source->recall && source->recall(path, &report, source->context)))
        library->error = report_read(path->name, &request, &report);
    if (library->error < 0)
        return library->error == -ENOMEM ? -ENOMEM : 0;
    library->verdict = verdict_of(&report, chip);
    if (report.targets_count > 0) {
        library->target = report.targets[0].name;
        const enum fit fit = target_fit(chip, library->target);
        if (fit != FIT_NATIVE && fit != FIT_GENERIC && fit != FIT_NONE)
            target_override(library->target, library->override);
    }
    report_free(&report);
    return 0;
}

/* All files of the search; the first `ends[i]` are of the names up to the ith. */
static int libraries_read(const struct search *search, const size_t ends[NAMES],
                          const struct library_source *source, struct library_list *list)
{
    list->libraries = calloc(search->paths.count + 1, sizeof(*list->libraries));
    int r = list->libraries ? 0 : -ENOMEM;
    for (size_t i = 0, name = 0; r == 0 && i < search->paths.count; i++) {
        const struct path *path = &search->paths.paths[i];
        struct library *library = &list->libraries[i];
        while (i >= ends[name])
            name++;
        *library = (struct library){.path = strdup(path->name + strlen(search->sysroot)),
                                    .what = names[name].what,
                                    .verdict = VERDICT_NO_CODE};
        list->count++;
        r = library->path ? library_read(path, source, library) : -ENOMEM;
    }
    return r;
}

int library_list_read(const struct library_source *source, struct library_list *ret_list)
{
    const bool here = !source->sysroot || strcmp(source->sysroot, "/") == 0;
    struct search search = {.sysroot = here ? "" : source->sysroot};
    struct library_list list = {0};
    size_t ends[NAMES];
    int r = 0;
    for (size_t i = 0; r == 0 && i < NAMES; i++) {
        if (here)
            r = search_environment(&search, names[i].name, source->get);
        if (r == 0)
            r = search_system(&search, names[i].name);
        ends[i] = search.paths.count;
    }
    if (r == 0)
        r = libraries_read(&search, ends, source, &list);
    path_list_free(&search.paths);
    if (r < 0)
        library_list_free(&list);
    else
        *ret_list = list;
    return r;
}

static bool has_a_say(const struct library *library)
{
    return library->error == 0 && library->verdict != VERDICT_NO_CODE &&
           library->verdict != VERDICT_FOREIGN;
}

enum override_need library_list_override(const struct library_list *list, const char **ret_value)
{
    const char *value = NULL;
    for (size_t i = 0; i < list->count; i++) {
        const struct library *library = &list->libraries[i];
        if (!has_a_say(library))
            continue;
        if (value && strcmp(value, library->override) != 0)
            return OVERRIDE_DIFFERS;
        value = library->override;
    }
    if (!value)
        return OVERRIDE_UNKNOWN;
    if (!*value)
        return OVERRIDE_NONE;
    *ret_value = value;
    return OVERRIDE_ONE;
}

const char *override_need_id(enum override_need need)
{
    static const char *const ids[OVERRIDE_NEEDS] = {
        [OVERRIDE_UNKNOWN] = "unknown",
        [OVERRIDE_NONE] = "none",
        [OVERRIDE_ONE] = "one",
        [OVERRIDE_DIFFERS] = "differs",
    };
    return ids[need];
}

void library_list_free(struct library_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->libraries[i].path);
    free(list->libraries);
    *list = (struct library_list){0};
}
