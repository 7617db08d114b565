/* The files that tests/codeobj/samples made; the directory is the program's first argument. */
#pragma once

#include "cmocka_all.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *samples;

/*
 * Takes them from the program's arguments. False after a line of TAP that says why where there are
 * none, and the program is to end: cmocka's own way to leave a test out counts as a failure.
 */
static inline bool samples_are_there(int argc, char **argv)
{
    samples = argc > 1 ? argv[1] : "";
    if (*samples)
        return true;
    puts("1..0 # SKIP llvm-mc-19, ld.lld-19, llvm-strip-19, clang-offload-bundler-19 or zstd is "
         "missing");
    return false;
}

static inline void sample_path(const char *name, char ret_path[PATH_MAX])
{
    snprintf(ret_path, PATH_MAX, "%s/%s", samples, name);
}

/* All of a sample; free() it. */
static inline uint8_t *sample_read(const char *name, size_t *ret_size)
{
    char path[PATH_MAX];
    sample_path(name, path);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is missing", path);
    fseek(file, 0, SEEK_END);
    *ret_size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*ret_size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *ret_size, file), *ret_size);
    fclose(file);
    return bytes;
}
