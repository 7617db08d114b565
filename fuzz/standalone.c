/*
 * Runs a fuzz target once over each file that is named, or that is in a directory that is named:
 * the corpus as a test, with any compiler.
 */
#include "base/cleanup.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long run_count;

static int run_file(const char *path)
{
    cleanup_file FILE *file = fopen(path, "rb");
    struct stat status;
    if (!file || fstat(fileno(file), &status) < 0) {
        perror(path);
        return -1;
    }
    /* Exactly as large as the input, so that a sanitizer sees the first byte past it. */
    cleanup_free uint8_t *data = malloc(status.st_size > 0 ? (size_t)status.st_size : 1);
    if (!data || fread(data, 1, (size_t)status.st_size, file) != (size_t)status.st_size) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return -1;
    }
    LLVMFuzzerTestOneInput(data, (size_t)status.st_size);
    run_count++;
    return 0;
}

static int run_path(const char *path)
{
    cleanup_dir DIR *dir = opendir(path);
    if (!dir)
        return run_file(path);
    int r = 0;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        char file[PATH_MAX];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        if (run_file(file) < 0)
            r = -1;
    }
    return r;
}

int main(int argc, char **argv)
{
    int r = 0;
    for (int i = 1; i < argc; i++)
        if (run_path(argv[i]) < 0)
            r = -1;
    printf("%lu inputs\n", run_count);
    return r == 0 && run_count > 0 ? 0 : 1;
}
