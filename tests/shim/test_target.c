/*
 * Chip and target: what an override of the name changes, and what it does not. The argument says
 * what to expect: "native", "override" (a gfx1010 that ROCm takes for a gfx1030) or
 * "override-gfx1012" (a chip that has what gfx1030's fp16 code needs), "override-nameless" (a
 * machine with both chips, and HIP does not say which card it is).
 */
#include "cmocka_all.h"
#include "convolution.h"

#include <string.h>

static bool fp16_is_naive, nameless;

static void the_preferred_solver(void **state)
{
    (void)state;
    miopenHandle_t handle = NULL;
    if (nameless)
        stub_answer(STUB_hipDeviceGetPCIBusId, 1);
    assert_int_equal(miopenCreate(&handle), miopenStatusSuccess);
    for (size_t i = 0; i < shapes_count; i++) {
        const struct shape *shape = &shapes[i];
        if (!shape_preferred(shape))
            continue;
        print_message("# %s\n", shape->name);
        const bool naive = fp16_is_naive && shape->type == TYPE_FP16;
        struct convolution it;
        size_t count = 0, bytes = 99;
        int returned = 0;
        miopenConvSolution_t solutions[4];
        miopenConvAlgoPerf_t result;
        convolution_open(&it, shape, handle);
        assert_int_equal(call_solution(&it, 4, &count, solutions), miopenStatusSuccess);
        /* GEMM stays in reach: it is right where rocBLAS has other code for it. */
        assert_int_equal(count, shape->gemm ? 2 : 1);
        assert_int_equal(solutions[0].solution_id, naive ? shape->naive : shape_preferred(shape));
        assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
        assert_int_equal(bytes, naive ? 0 : shape->workspace_bytes);
        assert_int_equal(call_find(&it, 1, &returned, &result, NULL, 0), miopenStatusSuccess);
        assert_int_equal(result.algorithm, naive ? 1 : shape_algorithm(shape));
        assert_int_equal(call_run_plain(&it, result.algorithm, NULL, 0), miopenStatusSuccess);
        assert_int_equal(stub_last_launch()->id, naive ? shape->naive : shape_preferred(shape));
        assert_int_equal(call_immediate(&it, NULL, 0, STUB_WINOGRAD_ID), miopenStatusSuccess);
        assert_int_equal(stub_last_launch()->id, naive ? shape->naive : shape_preferred(shape));
        convolution_close(&it);
    }
    assert_int_equal(miopenDestroy(handle), miopenStatusSuccess);
    assert_int_equal(stub_failed_probes(), 0);
    assert_int_equal(stub_violations(), 0);
}

int main(int argc, char **argv)
{
    const char *why = argc > 1 ? argv[1] : "";
    nameless = strcmp(why, "override-nameless") == 0;
    fp16_is_naive = nameless || strcmp(why, "override") == 0;
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_preferred_solver)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
