#include "cli/scan_cache.h"

#include "base/cleanup.h"
#include "base/settings.h"
#include "cli/json.h"
#include "cli/scan_json.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

enum {
    WORTH_BYTES = 256 * 1024, /* smaller files are read again as quickly as a cache is */
    ENTRY_LIMIT = 16 * 1024 * 1024,
};

/* Two hashes of a path, for the name of its entry: what is in the entry has the last word. */
static void entry_name(const char *path, char ret_name[64])
{
    uint64_t first = UINT64_C(0xcbf29ce484222325);
    uint64_t second = UINT64_C(0x9e3779b97f4a7c15);
    for (; *path; path++) {
        first = (first ^ (unsigned char)*path) * UINT64_C(0x100000001b3);
        second = (second + (unsigned char)*path) * UINT64_C(0xff51afd7ed558ccd);
        second ^= second >> 29;
    }
    snprintf(ret_name, 64, "%016" PRIx64 "%016" PRIx64 ".json", first, second);
}

static bool directory_make(char *path)
{
    for (char *at = path + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(path, 0700);
        *at = '/';
    }
    mkdir(path, 0700);
    return access(path, W_OK | X_OK) == 0;
}

void scan_cache_open(const struct chip *chip, const char *target, struct scan_cache *ret_cache)
{
    struct scan_cache cache = {.chip = chip, .target = target};
    struct stat program;
    cleanup_free char *below = settings_cache_dir();
    if (stat("/proc/self/exe", &program) == 0) {
        snprintf(cache.program, sizeof(cache.program), "%" PRIu64 "-%" PRId64 ".%09ld",
                 (uint64_t)program.st_size, (int64_t)program.st_mtim.tv_sec,
                 program.st_mtim.tv_nsec);
        if (below && asprintf(&cache.directory, "%s/scan", below) < 0)
            cache.directory = NULL;
    }
    if (cache.directory && !directory_make(cache.directory))
        scan_cache_close(&cache);
    *ret_cache = cache;
}

void scan_cache_close(struct scan_cache *cache)
{
    free(cache->directory);
    cache->directory = NULL;
}

/* What must be the same for an entry to hold; NULL where the file is not worth one. */
static json_t *entry_key(const struct scan_cache *cache, const struct path *path, char **ret_file)
{
    struct stat status;
    char name[64];
    cleanup_free char *full = realpath(path->name, NULL);
    if (!cache->directory || !full || stat(full, &status) < 0 || status.st_size < WORTH_BYTES)
        return NULL;
    entry_name(full, name);
    if (asprintf(ret_file, "%s/%s", cache->directory, name) < 0) {
        *ret_file = NULL;
        return NULL;
    }
    return json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:s}", "path", json_text(full),
                     "device", (json_int_t)status.st_dev, "inode", (json_int_t)status.st_ino,
                     "size", (json_int_t)status.st_size, "seconds",
                     (json_int_t)status.st_mtim.tv_sec, "nanoseconds",
                     (json_int_t)status.st_mtim.tv_nsec, "chip", cache->chip->name, "target",
                     json_text(cache->target), "program", cache->program);
}

bool scan_cache_recall(const struct scan_cache *cache, const struct path *path,
                       struct report *ret_report)
{
    cleanup_free char *file = NULL;
    json_t *key = entry_key(cache, path, &file);
    json_t *entry = key ? json_load_file(file, JSON_REJECT_DUPLICATES, NULL) : NULL;
    struct report report;
    bool found = entry && json_equal(json_object_get(entry, "key"), key) &&
                 report_from_json(json_object_get(entry, "file"), &report) == 0;
    if (found) {
        /* Whichever of its paths it was read by. */
        char *name = strdup(path->name);
        if (name) {
            free(report.path);
            report.path = name;
        }
        *ret_report = report;
    }
    json_decref(entry);
    json_decref(key);
    return found;
}

void scan_cache_keep(const struct scan_cache *cache, const struct path *path,
                     const struct report *report)
{
    cleanup_free char *file = NULL;
    cleanup_free char *fresh = NULL;
    json_t *key = entry_key(cache, path, &file);
    json_t *entry =
        key ? json_pack("{s:O, s:o}", "key", key, "file", report_json(report, cache->chip)) : NULL;
    cleanup_free char *text = entry ? json_dumps(entry, JSON_COMPACT) : NULL;
    json_decref(entry);
    json_decref(key);
    if (!text || strlen(text) > ENTRY_LIMIT)
        return;
    if (asprintf(&fresh, "%s.XXXXXX", file) < 0) {
        fresh = NULL;
        return;
    }
    const int fd = mkstemp(fresh);
    FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!stream) {
        if (fd >= 0)
            close(fd);
        return;
    }
    const bool written = fputs(text, stream) >= 0;
    if (fclose(stream) != 0 || !written || rename(fresh, file) != 0)
        unlink(fresh);
}
