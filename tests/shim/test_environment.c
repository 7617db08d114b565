/*
 * The environment that MIOpen finds when it first looks. The argument says what: "environment" all
 * switches, "environment-kept" the user's own value of one of them, any other nothing.
 */
#include "cmocka_all.h"
#include "stub.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *expectation = "";

/* As tests/shim/meson.build sets it: longer than any value of ours. */
#define KEPT "1, and this is the value that the user has set, whatever it may mean"

static const char *const switches[] = {
    "MIOPEN_DEBUG_CONV_WINOGRAD",   "MIOPEN_DEBUG_CONV_IMPLICIT_GEMM",
    "MIOPEN_DEBUG_CONV_FFT",        "MIOPEN_DEBUG_OPENCL_CONVOLUTIONS",
    "MIOPEN_DEBUG_GCN_ASM_KERNELS", "MIOPEN_DEBUG_AMD_WINOGRAD_RXS_F2X3_G1",
};

/* The first would take the naive kernels along, the second tunes for half an hour. */
static const char *const never[] = {"MIOPEN_DEBUG_CONV_DIRECT", "MIOPEN_FIND_ENFORCE"};

static void is(const char *name, const char *value)
{
    print_message("# %s\n", name);
    if (!value) {
        assert_null(stub_environment(name));
        assert_null(getenv(name));
        return;
    }
    assert_non_null(stub_environment(name));
    assert_string_equal(stub_environment(name), value);
    assert_string_equal(getenv(name), value);
}

/* The program's file descriptors are its own: none is left on what the shim has read. */
static void assert_nothing_stays_open(void)
{
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir));) {
        struct stat info;
        const int fd = (int)strtol(entry->d_name, NULL, 10);
        if (entry->d_name[0] != '.' && fd != dirfd(dir) && fstat(fd, &info) == 0)
            assert_false(S_ISDIR(info.st_mode));
    }
    closedir(dir);
}

static void what_mio_open_finds(void **state)
{
    (void)state;
    miopenHandle_t handle = NULL;
    assert_int_equal(miopenCreate(&handle), miopenStatusSuccess);
    assert_nothing_stays_open();
    const bool none =
        strcmp(expectation, "environment") != 0 && strcmp(expectation, "environment-kept") != 0;
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        const bool kept = i == 0 && strcmp(expectation, "environment-kept") == 0;
        is(switches[i], none ? NULL : kept ? KEPT : "0");
    }
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        is(never[i], NULL);
    assert_int_equal(miopenDestroy(handle), miopenStatusSuccess);
}

int main(int argc, char **argv)
{
    expectation = argc > 1 ? argv[1] : "";
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_mio_open_finds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
