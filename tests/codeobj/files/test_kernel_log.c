/* Logs of faults and hangs, in the forms that ROCm's parts write them. */
#include "cmocka_all.h"

#include "codeobj/kernel_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct kernel_log parse(const char *text)
{
    struct kernel_log log;
    /* Without the NUL that ends it here: a log has none. */
    const size_t size = strlen(text);
    char *exact = malloc(size > 0 ? size : 1);
    for (size_t i = 0; i < size; i++)
        exact[i] = text[i];
    assert_int_equal(kernel_log_parse(exact, size, &log), 0);
    free(exact);
    return log;
}

static void aborted_queues_name_a_kernel(void **state)
{
    (void)state;
    struct kernel_log log = parse(
        ":0:rocdevice.cpp            :2982: 96374 us: [pid:6410] Callback: Queue 0x7f2c aborting "
        "with "
        "error : HSA_STATUS_ERROR_EXCEPTION: An HSAIL operation resulted in a hardware exception. "
        "code: 0x1016\n"
        "Kernel Name: _ZN2at6native6kernelIfEEvPT_\r\n"
        "VGPU=0x55d0 SWq=0x7f2c, HWq=0x7f2a, id=2\n"
        "\tDispatch Header = 0xb02 (type=2, barrier=1, acquire=1, release=1), setup=1\n");
    assert_true(log.fault);
    assert_int_equal(log.kernels_count, 1);
    assert_string_equal(log.kernels[0].name, "_ZN2at6native6kernelIfEEvPT_");
    assert_true(log.kernels[0].fault);
    assert_int_equal(log.kernels[0].line, 2);
    kernel_log_free(&log);
}

static void launches_name_kernels_and_the_last_counts(void **state)
{
    (void)state;
    struct kernel_log log = parse(
        ":3:rocvirtual.cpp :3028: 1 us: ShaderName : void foo<float, 3>(float*)\n"
        ":3:rocvirtual.cpp :3028: 2 us: ShaderName : Cijk_Ailk_Bljk_SB_MT64x64x16\n"
        "nothing here\n"
        ":3:rocvirtual.cpp :3028: 3 us: ShaderName : void foo<float, 3>(float*)\n"
        "Memory access fault by GPU node-1 (Agent handle: 0x55) on address 0x7f. Reason: Page "
        "not present or supervisor privilege.\n");
    assert_true(log.fault);
    assert_int_equal(log.kernels_count, 2);
    assert_string_equal(log.kernels[0].name, "Cijk_Ailk_Bljk_SB_MT64x64x16");
    assert_string_equal(log.kernels[1].name, "void foo<float, 3>(float*)");
    assert_false(log.kernels[1].fault);
    assert_int_equal(log.kernels[1].line, 1);
    kernel_log_free(&log);
}

static void a_fault_is_laid_to_what_was_launched(void **state)
{
    (void)state;
    struct kernel_log log =
        parse("ShaderName : one\nShaderName : two\nKernel Name: one\nShaderName : one\n");
    assert_int_equal(log.kernels_count, 2);
    assert_string_equal(log.kernels[1].name, "one");
    assert_true(log.kernels[1].fault);
    assert_int_equal(log.kernels[1].line, 1);
    assert_false(log.kernels[0].fault);
    kernel_log_free(&log);
}

static void miopen_names_kernels(void **state)
{
    (void)state;
    struct kernel_log log = parse(
        "MIOpen(HIP): Info2 [run] kernel_name = Im2d2Col_v2, global_work_dim = { 256, 1, 1 }, "
        "local_work_dim = { 256, 1, 1 }\n");
    assert_false(log.fault);
    assert_int_equal(log.kernels_count, 1);
    assert_string_equal(log.kernels[0].name, "Im2d2Col_v2");
    kernel_log_free(&log);
}

static void debuggers_name_kernels_and_files(void **state)
{
    (void)state;
    struct kernel_log log =
        parse("#0  0x00007ffff6a01234 in kernel<int> (out=0x0) from "
              "file:///opt/rocm/lib/librocblas.so#offset=4096&size=2048\n"
              "Disassembly for function ns::foo(int):\n"
              "    code object: file:///opt/rocm/lib/librocblas.so#offset=4096&size=2048\n"
              "    loaded at: [0x7f-0x80] 'file:///tmp/other.co'\n"
              "see file://host/share and file://\n");
    assert_int_equal(log.kernels_count, 2);
    assert_string_equal(log.kernels[0].name, "kernel<int>");
    assert_string_equal(log.kernels[1].name, "ns::foo(int)");
    assert_true(log.kernels[0].fault && log.kernels[1].fault);
    assert_int_equal(log.files_count, 2);
    assert_string_equal(log.files[0], "/opt/rocm/lib/librocblas.so");
    assert_string_equal(log.files[1], "/tmp/other.co");
    kernel_log_free(&log);
}

static void words_that_look_like_kernels_are(void **state)
{
    (void)state;
    struct kernel_log log =
        parse("it hung in `_Z3fooPi.kd`, or (Cijk_Alik_Bljk_HB_MT32).\n_Z _ZZ Cijk_\n");
    assert_int_equal(log.kernels_count, 2);
    assert_string_equal(log.kernels[0].name, "_Z3fooPi.kd");
    assert_string_equal(log.kernels[1].name, "Cijk_Alik_Bljk_HB_MT32");
    kernel_log_free(&log);
}

static void odd_logs_harm_nobody(void **state)
{
    struct kernel_log log;
    (void)state;
    log = parse("");
    assert_int_equal(log.kernels_count, 0);
    kernel_log_free(&log);
    log = parse("\n\n\r\nKernel Name: \nKernel Name:");
    assert_int_equal(log.kernels_count, 0);
    kernel_log_free(&log);
    static const char zeros[] = "Kernel Name: a\0b\n\0\0Kernel Name: c";
    assert_int_equal(kernel_log_parse(zeros, sizeof(zeros) - 1, &log), 0);
    assert_int_equal(log.kernels_count, 1);
    assert_string_equal(log.kernels[0].name, "c");
    kernel_log_free(&log);
    /* Very many names: the last ones are kept. */
    size_t size = 0;
    char *many = malloc(64 * 1000);
    for (int i = 0; i < 1000; i++)
        size += (size_t)sprintf(many + size, "ShaderName : kernel_%d\n", i);
    assert_int_equal(kernel_log_parse(many, size, &log), 0);
    assert_int_equal(log.kernels_count, 256);
    assert_string_equal(log.kernels[0].name, "kernel_744");
    assert_string_equal(log.kernels[255].name, "kernel_999");
    kernel_log_free(&log);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aborted_queues_name_a_kernel),
        cmocka_unit_test(launches_name_kernels_and_the_last_counts),
        cmocka_unit_test(a_fault_is_laid_to_what_was_launched),
        cmocka_unit_test(miopen_names_kernels),
        cmocka_unit_test(debuggers_name_kernels_and_files),
        cmocka_unit_test(words_that_look_like_kernels_are),
        cmocka_unit_test(odd_logs_harm_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
