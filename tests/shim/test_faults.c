/*
 * Whatever MIOpen and HIP answer, whichever call fails, whenever memory is short: no crash, no
 * success that did nothing, no solver that nobody wanted, nothing left behind.
 */
#include "cmocka_all.h"
#include "session.h"

#include <limits.h>
#include <string.h>

static int setup(void **state)
{
    (void)state;
    stub_reset();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stub_reset();
    assert_int_equal(stub_memory_live(), 0);
    return 0;
}

/* Calls whose failure leaves the shim without knowledge of the problem: then MIOpen decides. */
static bool describes(enum stub_function function)
{
    return function == STUB_miopenGetTensorDescriptorSize ||
           function == STUB_miopenGetTensorDescriptor ||
           function == STUB_miopenGetConvolutionNdDescriptor ||
           function == STUB_miopenGetConvolutionGroupCount;
}

/* Calls that the shim makes for itself: a convolution succeeds without their success. */
static bool serves_the_shim(enum stub_function function)
{
    return function >= STUB_FIRST_HIP || function == STUB_miopenGetStream ||
           function == STUB_miopenGetVersion ||
           strstr(stub_name(function), "GetSolutionWorkspaceSize");
}

/* Of these one failure leaves another way. */
static bool may_fail_once(enum stub_function function)
{
    return serves_the_shim(function) || strstr(stub_name(function), "CompileSolution");
}

static void assert_session(enum session_trust trust, const char *when, enum stub_function function,
                           int number)
{
    const unsigned violations = stub_violations();
    const char *wrong = session_run(trust);

    if (wrong)
        fail_msg("%s %s (%d): %s", when, stub_name(function), number, wrong);
    if (stub_violations() != violations)
        fail_msg("%s %s (%d): see the stub's complaint", when, stub_name(function), number);
}

static void a_session_without_faults(void **state)
{
    (void)state;
    assert_session(SESSION_SUCCEEDS, "without", 0, 0);
    /*
     * By call: 6 shapes, twice 6 ways; double precision, the sixth, has no solver. By Find 2.0: two
     * solutions of each of two shapes, run as they are and when they were saved. And by a fusion
     * plan, in two ways, and the call with bias and activation.
     */
    const unsigned solutions = stub_has(STUB_miopenFindSolutions) ? 2 + 2 : 0;
    const unsigned fused = 1U + stub_has(STUB_miopenExecuteFusionPlan_v2) +
                           stub_has(STUB_miopenConvolutionBiasActivationForward);
    assert_int_equal(stub_launches(), 5 * 2 * 6 + 2 * solutions + fused);
    assert_int_equal(stub_failed_probes(), 0);
    assert_int_equal(stub_last_error(), 0);
}

static void every_status_of_every_function(void **state)
{
    (void)state;
    static const int statuses[] = {0, 1,  2,  3,    4,     5,  6,      7,       8,
                                   9, 10, 11, 9999, 65536, -1, -12345, INT_MAX, INT_MIN};
    for (enum stub_function f = 0; f < STUB_FUNCTIONS; f++) {
        for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
            /* A destroy that only says so would lose the stub's object. */
            if (statuses[i] == STUB_NORMAL ||
                (statuses[i] == 0 && f == STUB_miopenBackendDestroyDescriptor))
                continue;
            stub_reset();
            stub_answer(f, statuses[i]);
            /* A success of a function that did nothing is a lie that no one can see through. */
            const bool lie = statuses[i] == 0 && f < STUB_FIRST_HIP;
            assert_session(lie || describes(f)  ? SESSION_LOOSE
                           : serves_the_shim(f) ? SESSION_SUCCEEDS
                                                : SESSION_STRICT,
                           "answer of", f, statuses[i]);
        }
    }
    stub_reset();
    assert_session(SESSION_SUCCEEDS, "afterwards", 0, 0);
}

/* The session says the first thing that was wrong; which call failed decides whether it may be. */
static void every_single_call_fails_once(void **state)
{
    (void)state;
    unsigned n = 0;
    for (enum stub_function failed = 0; failed != STUB_FUNCTIONS;) {
        n++;
        stub_reset();
        stub_fail_at(n);
        const char *wrong = session_run(SESSION_STRICT);
        failed = stub_failed();
        if (wrong && !(failed < STUB_FUNCTIONS && describes(failed)))
            fail_msg("call %u, %s, failed: %s", n,
                     failed < STUB_FUNCTIONS ? stub_name(failed) : "none", wrong);
        if (failed == STUB_FUNCTIONS || may_fail_once(failed)) {
            stub_fail_at(n);
            wrong = session_run(SESSION_SUCCEEDS);
            /* What is remembered from the first time can make it another call. */
            const enum stub_function again = stub_failed();
            if (wrong && (again == STUB_FUNCTIONS || may_fail_once(again)))
                fail_msg("call %u, %s, failed: %s", n,
                         again < STUB_FUNCTIONS ? stub_name(again) : "none", wrong);
        }
        assert_int_equal(stub_violations(), 0);
        assert_int_equal(stub_memory_live(), 0);
    }
    print_message("# %u calls\n", n - 1);
    assert_true(n > 300);
}

/* Where HIP lacks a function, its answer is an error like any other: the chip is known all the
 * same. */
static void hip_that_knows_nothing(void **state)
{
    (void)state;
    for (enum stub_function f = STUB_FIRST_HIP; f < STUB_FUNCTIONS; f++)
        stub_answer(f, 801); /* hipErrorNotSupported */
    assert_session(SESSION_SUCCEEDS, "all of", STUB_FIRST_HIP, 801);
    assert_true(stub_launches_of(85) > 0);
    assert_int_equal(stub_launches_of(STUB_WINOGRAD_ID), 0);
}

/* A run in which each probe of the GEMM solver ends like that: what it is run by. */
static uint64_t run_while(struct convolution *it, int probe_status)
{
    stub_answer(STUB_miopenConvolutionForwardGetSolutionWorkspaceSize, probe_status);
    assert_int_equal(call_run_plain(it, 0, NULL, 0), miopenStatusSuccess);
    return stub_last_launch()->id;
}

/* Trouble may be over the next time; a refusal never is. Neither is asked about for ever. */
static void a_probe_in_trouble_is_made_again(void **state)
{
    (void)state;
    static const struct {
        int status;
        unsigned probes_max;
    } ends[] = {{miopenStatusUnknownError, 4},   {miopenStatusAllocFailed, 4},
                {miopenStatusInternalError, 4},  {miopenStatusBadParm, 1},
                {miopenStatusNotImplemented, 1}, {miopenStatusUnsupportedOp, 1}};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const enum stub_function probe = STUB_miopenConvolutionForwardGetSolutionWorkspaceSize;
        for (unsigned troubles = 1; troubles < 8; troubles++) {
            struct convolution it;
            miopenHandle_t handle = NULL;
            stub_reset();
            assert_int_equal(miopenCreate(&handle), miopenStatusSuccess);
            convolution_open(&it, shape_named("3x3"), handle);
            for (unsigned n = 0; n < troubles; n++)
                assert_int_equal(run_while(&it, ends[i].status), 85);
            const unsigned made = troubles < ends[i].probes_max ? troubles : ends[i].probes_max;
            assert_int_equal(stub_calls(probe), made);
            const bool over = troubles < ends[i].probes_max;
            for (unsigned n = 0; n < 3; n++)
                assert_int_equal(run_while(&it, STUB_NORMAL), over ? 91 : 85);
            assert_int_equal(stub_calls(probe), made + over);
            convolution_close(&it);
            assert_int_equal(miopenDestroy(handle), miopenStatusSuccess);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_session_without_faults),         TEST(every_status_of_every_function),
        TEST(every_single_call_fails_once),     TEST(hip_that_knows_nothing),
        TEST(a_probe_in_trouble_is_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
