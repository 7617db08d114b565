/* Jobs that end in every way, and what the records make of them. */
#include "kernels.h"
#include "record.h"
#include "setup.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct places places = {.way = SOURCE_DIR "/tests/real/way",
                               .cli = "/bin/false",
                               .shim = "/nowhere",
                               .rules = "/nowhere",
                               .sysroot = "/nowhere"};
static const struct card card = {.name = "test", .devices = "gfx1010", .sysroot = "/nowhere"};

struct ending {
    json_t *record;
    char word[64];
    struct job job;
};

static void take(struct job *job, void *context)
{
    struct ending *ending = context;

    ending->record = record_from_job(job);
    record_word(ending->record, ending->word, sizeof(ending->word));
    ending->job = *job;
    job_free(job);
}

/* Runs a script of the shell plainly and gives what came of it. */
static struct ending run_script(const char *script)
{
    const char *argv[] = {"/bin/sh", "-c", script, NULL};
    struct job job = {.argv = argv, .card = &card, .limit_seconds = 1};
    struct ending ending = {0};

    assert_int_equal(jobs_run(&places, &job, 1, 2, take, &ending), 0);
    assert_non_null(ending.record);
    return ending;
}

static bool is_null(const struct ending *ending, const char *key)
{
    return json_is_null(json_object_get(ending->record, key));
}

static void test_right(void **state)
{
    struct ending e =
        run_script("echo '{\"ok\":true,\"exact\":true,\"status\":0,\"algorithm\":\"GEMM\","
                   "\"solver_id\":91,\"max_error\":0,\"kernels\":[\"k\"]}'; echo noise >&2");

    (void)state;
    assert_string_equal(e.word, "GEMM:91");
    assert_true(json_is_true(json_object_get(e.record, "ok")));
    assert_true(is_null(&e, "message"));
    assert_true(is_null(&e, "died"));
    assert_true(is_null(&e, "solver"));
    json_decref(e.record);
}

/* Right by its own word, but not exact: never the word of a right result. */
static void test_wrong(void **state)
{
    struct ending e =
        run_script("echo '{\"ok\":false,\"exact\":false,\"status\":0,\"algorithm\":\"GEMM\","
                   "\"solver_id\":91,\"max_error\":0.5}'; exit 1");

    (void)state;
    assert_string_equal(e.word, "GEMM:91:wrong");
    json_decref(e.record);
}

static void test_status(void **state)
{
    struct ending e = run_script(
        "echo '{\"ok\":false,\"status\":7,\"stage\":\"Find\",\"status_text\":\"unknown\"}'\n"
        "echo 'MIOpen Error: /a/b.cpp:12: an earlier one' >&2\n"
        "echo 'MIOpen Error: /a/b.cpp:123: No algorithm' >&2; exit 1");

    (void)state;
    assert_string_equal(e.word, "Find=7");
    assert_string_equal(record_text(e.record, "message"), "No algorithm");
    json_decref(e.record);

    /* The card's own trouble comes before what MIOpen made of it. */
    e = run_script("echo 'simulated card: kernel f: no room' >&2\n"
                   "echo 'MIOpen Error: /a/b.cpp:123: No algorithm' >&2; exit 1");
    assert_string_equal(record_text(e.record, "message"), "simulated card: kernel f: no room");
    json_decref(e.record);

    e = run_script(
        "echo '{\"ok\":false,\"status\":7,\"stage\":\"Find\",\"status_text\":\"unknown\"}'");
    assert_string_equal(record_text(e.record, "message"), "unknown");
    json_decref(e.record);
}

static void test_nothing(void **state)
{
    struct ending e = run_script("echo first >&2; echo last >&2; exit 3");

    (void)state;
    assert_string_equal(e.word, "nothing");
    assert_string_equal(record_text(e.record, "message"), "last");
    assert_int_equal(e.job.exit_code, 3);
    assert_false(json_is_true(json_object_get(e.record, "ok")));
    json_decref(e.record);

    e = run_script("echo '{\"ok\": tru'"); /* cut off */
    assert_string_equal(e.word, "nothing");
    json_decref(e.record);
}

/* A launch, then the fault that ended the process: the record has both. */
static void test_fault(void **state)
{
    struct ending e =
        run_script("echo '{\"event\":\"launch\",\"kernel\":\"first\",\"device\":0}' >$SIM_LOG\n"
                   "echo '{\"event\":\"fault\",\"kernel\":\"winograd\"}' >>$SIM_LOG\n"
                   "kill -ABRT $$");

    (void)state;
    assert_string_equal(e.word, "fault");
    assert_int_equal(e.job.signal, SIGABRT);
    assert_non_null(strstr(record_text(e.record, "message"), "winograd"));
    assert_int_equal(json_array_size(json_object_get(e.record, "kernels")), 1);
    assert_true(is_null(&e, "status"));
    json_decref(e.record);
}

/* The answer came, then the process died: not right. */
static void test_late_death(void **state)
{
    struct ending e = run_script("echo '{\"ok\":true,\"exact\":true,\"status\":0}'; kill -SEGV $$");

    (void)state;
    assert_string_equal(e.word, "died");
    assert_false(json_is_true(json_object_get(e.record, "ok")));
    json_decref(e.record);
}

static void test_time_limit(void **state)
{
    struct ending e = run_script("sleep 60 & sleep 60");

    (void)state;
    assert_string_equal(e.word, "time-limit");
    assert_true(e.job.timed_out);
    assert_true(e.job.seconds < 30);
    json_decref(e.record);
}

/* What the caller's shell has set must not reach a run, and HOME is empty and its own. */
static void test_environment(void **state)
{
    struct ending e;

    (void)state;
    setenv("MIOPEN_DEBUG_CONV_GEMM", "0", 1);
    setenv("HSA_OVERRIDE_GFX_VERSION", "9.0.0", 1);
    setenv("ROCM_RDNA1", "off", 1);
    e = run_script("env | grep -E '^(MIOPEN_|HSA_|ROCM_RDNA1=|LD_)' >&2; ls -A $HOME | grep -v -e "
                   "out -e err >&2\n"
                   "echo \"{\\\"status\\\": 0, \\\"algorithm\\\": \\\"$SIM_DEVICES\\\"}\"");
    assert_string_equal(e.word, "gfx1010:0:wrong");
    assert_string_equal(record_text(e.record, "message"), "");
    json_decref(e.record);
    unsetenv("MIOPEN_DEBUG_CONV_GEMM");
    unsetenv("HSA_OVERRIDE_GFX_VERSION");
    unsetenv("ROCM_RDNA1");
}

static void test_several_devices(void **state)
{
    struct ending e =
        run_script("echo '{\"device\":0,\"ok\":true}'; echo '{\"device\":1,\"ok\":true}'");

    (void)state;
    assert_int_equal(json_array_size(json_object_get(e.record, "all")), 2);
    assert_int_equal(json_integer_value(json_object_get(e.record, "device")), 0);
    json_decref(e.record);
}

/* A kernel of another solver is never taken for one of GEMM's. */
static void test_kernel_names(void **state)
{
    static const char *const names[][2] = {
        {"rocblas_gemm_strided_batched_ex", "gemm"},
        {"transpose_packed_MN2NM_off64", "transpose"},
        {"naive_conv_ab_nonpacked_fwd_nchw_float_double_float", "naive_conv"},
        {"igemm_v4r1_1x1_dynamic", "igemm_v4r1_1x1_dynamic"},
        {"batched_transpose_16x16_dword", "batched_transpose_16x16_dword"},
    };
    char name[64];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        kernel_short_name(names[i][0], name, sizeof(name));
        assert_string_equal(name, names[i][1]);
    }
}

/* What no list names is forbidden, also where it begins like something else. */
static void test_kernel_roles(void **state)
{
    static const struct {
        const char *kernel;
        enum kernel_role role;
    } kernels[] = {
        {"rocblas_gemm_ex", KERNEL_GEMM},
        {"SubTensorOpWithScalar4d", KERNEL_GEMM},
        {"naive_conv_ab_packed_fwd_nchw_float_double_float", KERNEL_NAIVE},
        {"OpTensorFwdBias", KERNEL_BESIDE},
        {"MIOpenConvBwdB", KERNEL_BESIDE},
        {"MIOpenConvUni", KERNEL_FORBIDDEN},
        {"MIOpenCvBwdWrW", KERNEL_FORBIDDEN},
        {"miopenSp3AsmConv_v30_3_1_gfx10_fp32_f3x2_stride1", KERNEL_FORBIDDEN},
        {"igemm_v4r1_1x1_dynamic", KERNEL_FORBIDDEN},
        {"batched_transpose_16x16_dword", KERNEL_FORBIDDEN},
        {"", KERNEL_FORBIDDEN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++)
        assert_int_equal(kernel_role(kernels[i].kernel), kernels[i].role);
}

static int open_places(void **state)
{
    (void)state;
    return places_open(&places);
}

static int close_places(void **state)
{
    (void)state;
    places_close(&places);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),           cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_status),          cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_fault),           cmocka_unit_test(test_late_death),
        cmocka_unit_test(test_time_limit),      cmocka_unit_test(test_environment),
        cmocka_unit_test(test_several_devices), cmocka_unit_test(test_kernel_names),
        cmocka_unit_test(test_kernel_roles),
    };

    return cmocka_run_group_tests_name("record", tests, open_places, close_places);
}
