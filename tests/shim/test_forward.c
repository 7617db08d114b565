/*
 * Calls that are none of the shim's business reach MIOpen as they were made, argument for argument,
 * and its status comes back. The argument says why nothing is the shim's business here: "off",
 * "no-rdna1" (the machine has no such card), "mixed" (the handle is on the other card), or "null"
 * (on an RDNA1 card, but objects or outputs are missing).
 */
#include "cmocka_all.h"
#include "convolution.h"
#include "functions.h"

#include <errno.h>
#include <string.h>

static miopenHandle_t handle;
static int device; /* on which handles are made */

static int setup(void **state)
{
    (void)state;
    stub_reset();
    stub_set_mixed_devices();
    if (hipSetDevice(device) != 0 || miopenCreate(&handle) != miopenStatusSuccess)
        return -1;
    stub_reset();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return miopenDestroy(handle) == miopenStatusSuccess && hipSetDevice(0) == 0 ? 0 : -1;
}

/* Arguments that differ from each other; valid where MIOpen or the shim may look behind them. */
static void arguments_make(enum stub_function stub, uint64_t arguments[STUB_ARGUMENTS])
{
    static uint64_t written[STUB_ARGUMENTS][4];
    const char *name = stub_name(stub);

    for (unsigned i = 0; i < STUB_ARGUMENTS; i++)
        arguments[i] = 1000 + i;
    arguments[13] = 1; /* Find's last is a bool */
    if (strncmp(name, "miopenCreate", strlen("miopenCreate")) == 0)
        arguments[0] = (uintptr_t)written[0];
    else
        arguments[0] = (uintptr_t)handle;
    if (strcmp(name, "miopenConvolutionForward") == 0 ||
        strcmp(name, "miopenConvolutionBackwardData") == 0 ||
        strcmp(name, "miopenConvolutionBackwardWeights") == 0) {
        static const float one = 1.0F, zero = 0.0F;
        arguments[1] = (uintptr_t)&one;
        arguments[8] = (uintptr_t)&zero;
    }
    if (stub == STUB_miopenBackendCreateDescriptor) {
        arguments[0] = 1000; /* a number of 32 bits */
        arguments[1] = (uintptr_t)written[1];
    }
    if (stub == STUB_miopenCreateOpBatchNormForward)
        arguments[3] = 1; /* a bool */
    if (stub == STUB_miopenFindSolutions) {
        arguments[3] = (uintptr_t)written[3];
        arguments[4] = (uintptr_t)written[4];
    }
    if (stub == STUB_miopenLoadSolution) {
        arguments[0] = (uintptr_t)written[0];
        arguments[1] = (uintptr_t)written[1];
        arguments[2] = sizeof(written[1]);
    }
}

/* A success hands out an object: what follows belongs to the shim. */
static bool hands_out(enum stub_function stub)
{
    return stub == STUB_miopenCreate || stub == STUB_miopenCreateWithStream ||
           stub == STUB_miopenCreateConvProblem || stub == STUB_miopenCreateFusionPlan;
}

static void every_argument_and_status_is_passed_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < FUNCTIONS_COUNT; i++) {
        const enum stub_function stub = functions[i].stub;
        if (strncmp(stub_name(stub), "miopenDestroy", strlen("miopenDestroy")) == 0)
            continue; /* the handle is still needed; see below */
        if (!stub_has(stub))
            continue;
        print_message("# %s\n", stub_name(stub));
        for (int status = -1; status <= 11; status++) {
            uint64_t arguments[STUB_ARGUMENTS];
            arguments_make(stub, arguments);
            if (status == 0 && hands_out(stub))
                continue;
            stub_reset();
            stub_answer(stub, status);
            errno = EDOM;
            const miopenStatus_t got = ((function *)functions[i].address)(WORDS_OF(arguments));
            assert_int_equal(errno, EDOM);
            assert_int_equal((int)got, status);
            assert_int_equal(stub_calls(stub), 1);
            const struct stub_record *record = stub_last(stub);
            assert_true(record->count > 0);
            assert_memory_equal(record->arguments, arguments, record->count * sizeof(arguments[0]));
            /* Only in answer to a handle it has not met does the shim ask for anything else. */
            assert_int_equal(stub_calls_total(), 1);
        }
    }
}

static void destroy_is_passed_on(void **state)
{
    (void)state;
    for (int status = 1; status <= 11; status++) {
        stub_answer(STUB_miopenDestroy, status);
        assert_int_equal((int)miopenDestroy(handle), status);
        assert_int_equal(stub_last(STUB_miopenDestroy)->arguments[0], (uintptr_t)handle);
    }
    stub_answer(STUB_miopenDestroy, STUB_NORMAL);
    for (int status = 0; status <= 11; status++) {
        miopenTensorDescriptor_t tensor = NULL;
        miopenConvolutionDescriptor_t convolution = NULL;
        assert_int_equal(miopenCreateTensorDescriptor(&tensor), miopenStatusSuccess);
        assert_int_equal(miopenCreateConvolutionDescriptor(&convolution), miopenStatusSuccess);
        stub_answer(STUB_miopenDestroyTensorDescriptor, status);
        stub_answer(STUB_miopenDestroyConvolutionDescriptor, status);
        assert_int_equal((int)miopenDestroyTensorDescriptor(tensor), status);
        assert_int_equal((int)miopenDestroyConvolutionDescriptor(convolution), status);
        assert_int_equal(stub_last(STUB_miopenDestroyTensorDescriptor)->arguments[0],
                         (uintptr_t)tensor);
        assert_int_equal(stub_last(STUB_miopenDestroyConvolutionDescriptor)->arguments[0],
                         (uintptr_t)convolution);
    }
    stub_answer(STUB_miopenDestroyTensorDescriptor, STUB_NORMAL);
    stub_answer(STUB_miopenDestroyConvolutionDescriptor, STUB_NORMAL);
}

/* What MIOpen itself answers is what the program gets, for whole conversations. */
static void conversations_are_mio_open_s_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < shapes_count; i++) {
        struct convolution it;
        convolution_open(&it, &shapes[i], handle);
        stub_reset();
        size_t bytes = 0, count = 0;
        int returned = 0;
        miopenConvAlgoPerf_t result;
        miopenConvSolution_t solution;
        assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
        assert_int_equal(bytes, shapes[i].dilation > 1 ? 0 : 777);
        assert_int_equal(call_find(&it, 1, &returned, &result, NULL, 0), miopenStatusSuccess);
        assert_int_equal(result.algorithm, 3);
        assert_int_equal(call_solution_count(&it, &count), miopenStatusSuccess);
        assert_int_equal(count, 7);
        assert_int_equal(call_solution(&it, 1, &count, &solution), miopenStatusSuccess);
        assert_int_equal(solution.solution_id, STUB_WINOGRAD_ID);
        assert_int_equal(call_run_plain(&it, 3, NULL, 0), miopenStatusUnknownError);
        assert_int_equal(stub_calls_total(), 5);
        convolution_close(&it);
    }
}

/* In the same process the handle on the RDNA1 card is the shim's. */
static void the_other_card_s_handle_is_forced(void **state)
{
    (void)state;
    miopenHandle_t forced = NULL;
    assert_int_equal(hipSetDevice(0), 0);
    assert_int_equal(miopenCreate(&forced), miopenStatusSuccess);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < shapes_count; i++) {
            if (!shape_preferred(&shapes[i]))
                continue;
            struct convolution it;
            miopenConvAlgoPerf_t result;
            int returned = 0;
            convolution_open(&it, &shapes[i], forced);
            assert_int_equal(call_find(&it, 1, &returned, &result, NULL, 0), miopenStatusSuccess);
            assert_int_equal(result.algorithm, shape_algorithm(&shapes[i]));
            /* The same descriptors with the other handle, and back. */
            it.handle = handle;
            assert_int_equal(call_find(&it, 1, &returned, &result, NULL, 0), miopenStatusSuccess);
            assert_int_equal(result.algorithm, 3);
            it.handle = forced;
            assert_int_equal(call_run_plain(&it, 3, NULL, 0), miopenStatusSuccess);
            assert_int_equal(stub_last_launch()->id, shape_preferred(&shapes[i]));
            convolution_close(&it);
        }
    }
    assert_int_equal(miopenDestroy(forced), miopenStatusSuccess);
    assert_int_equal(stub_memory_live(), 0);
}

/* Where HIP does not say which card it is, a mixed machine leaves the handle alone. */
static void a_card_that_hip_does_not_name_is_left_alone(void **state)
{
    (void)state;
    miopenHandle_t nameless = NULL;
    assert_int_equal(hipSetDevice(0), 0);
    stub_answer(STUB_hipDeviceGetPCIBusId, 1);
    assert_int_equal(miopenCreate(&nameless), miopenStatusSuccess);
    struct convolution it;
    size_t bytes = 0;
    convolution_open(&it, shape_named("3x3"), nameless);
    assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
    assert_int_equal(bytes, 777);
    convolution_close(&it);
    assert_int_equal(miopenDestroy(nameless), miopenStatusSuccess);
}

/* A handle from before the shim could see it: its stream tells the card. */
static void a_handle_of_unknown_origin_is_told_by_its_stream(void **state)
{
    (void)state;
    struct ihipStream_t stream = {.device = 0};
    miopenHandle_t early = NULL;
    struct convolution it;
    size_t bytes = 0;
    assert_int_equal(miopenCreateWithStream(&early, &stream), miopenStatusSuccess);
    /* The destroy fails: MIOpen's object lives on, the shim's record of it is gone. */
    stub_answer(STUB_miopenDestroy, miopenStatusInternalError);
    assert_int_equal(miopenDestroy(early), miopenStatusInternalError);
    stub_answer(STUB_miopenDestroy, STUB_NORMAL);
    convolution_open(&it, shape_named("3x3"), early);
    assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
    assert_int_equal(bytes, 82944);
    convolution_close(&it);
    assert_int_equal(miopenDestroy(early), miopenStatusSuccess);
}

/* --- On an RDNA1 card: what lacks an object or an output is MIOpen's to refuse -------------------
 */

/*
 * A thread that remembers calls, but none at the place where one without any object would stand.
 * The first test of its process: a change of no object, of which there are some below, would hide
 * it.
 */
static void a_call_without_any_object_is_not_remembered(void **state)
{
    (void)state;
    struct convolution it;
    size_t bytes = 0;
    convolution_open(&it, shape_named("3x3"), handle);
    assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
    assert_int_equal(bytes, 82944);
    assert_int_equal(miopenConvolutionForwardGetWorkSpaceSize(NULL, NULL, NULL, NULL, NULL, &bytes),
                     miopenStatusBadParm);
    convolution_close(&it);
}

/* The first calls of the thread, before it remembers anything, and again when it does. */
static void calls_without_any_object(void **state)
{
    (void)state;
    for (int warm = 0; warm < 2; warm++) {
        for (size_t i = 0; i < FUNCTIONS_COUNT; i++) {
            uint64_t arguments[STUB_ARGUMENTS] = {0};
            const enum stub_function stub = functions[i].stub;
            if (!stub_has(stub))
                continue;
            stub_reset();
            const miopenStatus_t status = ((function *)functions[i].address)(WORDS_OF(arguments));
            /* Nothing is easily destroyed. */
            const bool destroys =
                strncmp(stub_name(stub), "miopenDestroy", 13) == 0 && stub != STUB_miopenDestroy;
            assert_int_equal(status == miopenStatusSuccess, destroys);
            assert_int_equal(stub_calls(stub), 1);
            assert_memory_equal(stub_last(stub)->arguments, arguments,
                                stub_last(stub)->count * sizeof(arguments[0]));
        }
        struct convolution it;
        size_t bytes = 0;
        convolution_open(&it, shape_named("3x3"), handle);
        assert_int_equal(call_workspace_size(&it, &bytes), miopenStatusSuccess);
        convolution_close(&it);
    }
}

static bool is_convolution_call(enum stub_function stub)
{
    return stub != STUB_miopenConvolutionBiasActivationForward &&
           (strncmp(stub_name(stub), "miopenConvolution", strlen("miopenConvolution")) == 0 ||
            strncmp(stub_name(stub), "miopenFindConvolution", strlen("miopenFindConvolution")) ==
                0);
}

/* The real arguments of a call, each in turn replaced by nothing. */
static void calls_without_one_object(void **state)
{
    (void)state;
    static const float one = 1.0F, zero = 0.0F;
    for (size_t f = 0; f < FUNCTIONS_COUNT; f++) {
        const enum stub_function stub = functions[f].stub;
        const char *name = stub_name(stub);
        if (!is_convolution_call(stub) || !stub_has(stub))
            continue;
        const struct shape *shape = shape_named(strstr(name, "Forward")        ? "3x3"
                                                : strstr(name, "BackwardData") ? "3x3 data"
                                                                               : "3x3 weights");
        struct convolution it;
        convolution_open(&it, shape, handle);

        /* Learn where each argument stands from a good call that the stub records. */
        size_t bytes = 0, count = 0;
        int returned = 0;
        miopenConvAlgoPerf_t result;
        miopenConvSolution_t solution;
        for (unsigned missing = 0; missing < STUB_ARGUMENTS; missing++) {
            stub_reset();
            static char workspace[1 << 17];
            uint64_t arguments[STUB_ARGUMENTS] = {(uintptr_t)handle};
            const uint64_t a = (uintptr_t)it.a, b = (uintptr_t)it.b, c = (uintptr_t)it.c,
                           d = (uintptr_t)it.descriptor, data = (uintptr_t)it.a_data;
            const bool forward = shape->direction == DIRECTION_FORWARD;
            const uint64_t first = forward ? b : a, second = forward ? a : b;
            unsigned used;
            if (strstr(name, "Find")) {
                const uint64_t words[] = {(uintptr_t)handle,
                                          first,
                                          data,
                                          second,
                                          data,
                                          d,
                                          c,
                                          data,
                                          1,
                                          (uintptr_t)&returned,
                                          (uintptr_t)&result,
                                          (uintptr_t)workspace,
                                          sizeof(workspace),
                                          0};
                memcpy(arguments, words, sizeof(words));
                used = 11;
            } else if (strstr(name, "Immediate")) {
                const uint64_t words[] = {
                    (uintptr_t)handle, a, data, b, data, d, c, data, (uintptr_t)workspace,
                    sizeof(workspace), 91};
                memcpy(arguments, words, sizeof(words));
                used = 8;
            } else if (strstr(name, "WorkSpaceSize") || strstr(name, "SolutionCount")) {
                const uint64_t words[] = {(uintptr_t)handle, a, b, d, c, (uintptr_t)&bytes};
                memcpy(arguments, words, sizeof(words));
                used = 6;
            } else if (strstr(name, "SolutionWorkspaceSize")) {
                const uint64_t words[] = {(uintptr_t)handle, a, b, d, c, 91, (uintptr_t)&bytes};
                memcpy(arguments, words, sizeof(words));
                used = 7;
            } else if (strstr(name, "CompileSolution")) {
                const uint64_t words[] = {(uintptr_t)handle, a, b, d, c, 91};
                memcpy(arguments, words, sizeof(words));
                used = 5;
            } else if (strstr(name, "GetSolution")) {
                const uint64_t words[] = {(uintptr_t)handle,   a, b, d, c, 1, (uintptr_t)&count,
                                          (uintptr_t)&solution};
                memcpy(arguments, words, sizeof(words));
                used = 8;
            } else {
                const uint64_t words[] = {(uintptr_t)handle,
                                          (uintptr_t)&one,
                                          first,
                                          data,
                                          second,
                                          data,
                                          d,
                                          0,
                                          (uintptr_t)&zero,
                                          c,
                                          data,
                                          (uintptr_t)workspace,
                                          sizeof(workspace)};
                memcpy(arguments, words, sizeof(words));
                used = 11;
            }
            if (missing >= used)
                break;
            const uint64_t given = arguments[missing];
            arguments[missing] = 0;
            const unsigned launches = stub_launches_of(STUB_WINOGRAD_ID);
            (void)((function *)functions[f].address)(WORDS_OF(arguments));
            assert_int_equal(stub_launches_of(STUB_WINOGRAD_ID), launches);
            /* A missing object leaves nothing to decide: MIOpen sees the call as it was. */
            if (given == a || given == b || given == c || given == d || missing == 0) {
                assert_int_equal(stub_calls(stub), 1);
                assert_memory_equal(stub_last(stub)->arguments, arguments,
                                    stub_last(stub)->count * sizeof(arguments[0]));
            }
        }
        convolution_close(&it);
    }
    assert_int_equal(stub_violations(), 0);
}

static void find_refuses_what_mio_open_refuses(void **state)
{
    (void)state;
    struct convolution it;
    miopenConvAlgoPerf_t result;
    int returned = 5;
    convolution_open(&it, shape_named("3x3"), handle);
    for (int requested = -1; requested <= 0; requested++) {
        assert_int_equal(call_find(&it, requested, &returned, &result, NULL, 0),
                         miopenStatusBadParm);
        assert_int_equal(returned, 5);
    }
    assert_int_equal(call_find(&it, 1, NULL, &result, NULL, 0), miopenStatusBadParm);
    assert_int_equal(call_find(&it, 1, &returned, NULL, NULL, 0), miopenStatusBadParm);
    assert_int_equal(stub_launches(), 0);
    convolution_close(&it);
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest forwarding[] = {
        TEST(every_argument_and_status_is_passed_on),
        TEST(destroy_is_passed_on),
        TEST(conversations_are_mio_open_s_own),
    };
    const struct CMUnitTest mixed[] = {
        TEST(every_argument_and_status_is_passed_on),
        TEST(destroy_is_passed_on),
        TEST(conversations_are_mio_open_s_own),
        TEST(the_other_card_s_handle_is_forced),
        TEST(a_card_that_hip_does_not_name_is_left_alone),
        TEST(a_handle_of_unknown_origin_is_told_by_its_stream),
    };
    const struct CMUnitTest null[] = {
        TEST(a_call_without_any_object_is_not_remembered),
        TEST(calls_without_any_object),
        TEST(calls_without_one_object),
        TEST(find_refuses_what_mio_open_refuses),
    };
    const char *why = argc > 1 ? argv[1] : "";
    if (strcmp(why, "mixed") == 0) {
        device = 1;
        return cmocka_run_group_tests(mixed, NULL, NULL);
    }
    if (strcmp(why, "null") == 0)
        return cmocka_run_group_tests(null, NULL, NULL);
    return cmocka_run_group_tests(forwarding, NULL, NULL);
}
