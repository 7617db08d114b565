/*
 * The whole interface under faults: a session in which a program uses every function that the shim
 * wraps, while the nth call into MIOpen, into HIP, or into both fails, for every n to its end, once
 * or from then on, with each kind of status. No crash, nothing left behind, errno as it was, no
 * solver that nobody wanted, and no success whose result the stub did not compute.
 *
 * The argument: "injection", a kind of status for each call in turn; with "-all" all of them;
 * "injection-off", that the session leaves no function out (the shim off, so that all show).
 */
#include "cmocka_all.h"
#include "functions.h"
#include "session.h"
#include "stub_fusion.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static bool all_kinds;

static const int kinds_miopen[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1, INT_MIN};
static const int kinds_hip[] = {1, 2, 100, 709, 801, 906, 999, -1};

#define KINDS_MIOPEN (sizeof(kinds_miopen) / sizeof(kinds_miopen[0]))
#define KINDS_HIP    (sizeof(kinds_hip) / sizeof(kinds_hip[0]))

static int kind_of(enum stub_library library, unsigned number)
{
    return library == STUB_HIP ? kinds_hip[number % KINDS_HIP]
                               : kinds_miopen[number % KINDS_MIOPEN];
}

static int setup(void **state)
{
    (void)state;
    stub_reset();
    stub_disturb_errno(true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stub_disturb_errno(false);
    stub_reset();
    return 0;
}

/* Without knowledge of the problem there is no decision. */
static bool describes(enum stub_function failed)
{
    return failed == STUB_miopenGetTensorDescriptorSize ||
           failed == STUB_miopenGetTensorDescriptor ||
           failed == STUB_miopenGetConvolutionNdDescriptor ||
           failed == STUB_miopenGetConvolutionGroupCount;
}

/* What the faults of a session may come to. */
enum outcome {
    HARMLESS, /* there is another way for everything */
    FAILING,  /* calls may fail, and one whose problem cannot be read may be forwarded */
    ENDING,   /* the same, and what is forwarded fails as well; errno is then MIOpen's to set */
};

/* One session with the faults that are set; false where it was over before one of them came. */
static bool session_with_faults(const char *what, unsigned n, enum outcome outcome)
{
    errno = EDOM;
    const char *wrong = session_run(outcome == HARMLESS ? SESSION_SUCCEEDS : SESSION_STRICT);
    const int left = errno;
    const enum stub_function failed = stub_failed();
    const char *name = failed < STUB_FUNCTIONS ? stub_name(failed) : "none";

    if (wrong && (outcome != FAILING || failed == STUB_FUNCTIONS || !describes(failed)))
        fail_msg("%s, call %u, %s: %s", what, n, name, wrong);
    if (left != EDOM && outcome != ENDING)
        fail_msg("%s, call %u, %s: errno has become %d", what, n, name, left);
    if (stub_violations() > 0)
        fail_msg("%s, call %u, %s: see the stub's complaint", what, n, name);
    if (stub_memory_live() > 0 || stub_objects_live() > 0 || stub_descriptors_live() > 0 ||
        stub_fusion_objects() > 0 || stub_last_error() != 0)
        fail_msg("%s, call %u, %s: something is left behind", what, n, name);
    return failed < STUB_FUNCTIONS;
}

/* For each n: the fault in these libraries, by one kind of status or by all. */
static void inject(const char *what, bool miopen, bool hip, bool lasts)
{
    unsigned n = 0, sessions = 0;

    for (bool hit = true; hit;) {
        const unsigned kinds = all_kinds ? KINDS_MIOPEN : 1;
        n++;
        hit = false;
        for (unsigned kind = 0; kind < kinds; kind++, sessions++) {
            const unsigned number = n + kind;
            stub_reset();
            if (miopen)
                stub_fail(STUB_MIOPEN, (struct stub_fault){n, kind_of(STUB_MIOPEN, number), lasts});
            if (hip)
                stub_fail(STUB_HIP, (struct stub_fault){n, kind_of(STUB_HIP, number), lasts});
            hit = session_with_faults(what, n,
                                      !miopen ? HARMLESS
                                      : lasts ? ENDING
                                              : FAILING) ||
                  hit;
        }
    }
    print_message("# %u calls, %u sessions\n", n - 1, sessions);
    assert_true(n > (miopen ? 300 : 20));
}

static void a_call_into_mio_open_fails(void **state)
{
    (void)state;
    inject("MIOpen", true, false, false);
}

static void a_call_into_hip_fails(void **state)
{
    (void)state;
    inject("HIP", false, true, false);
}

static void a_call_into_both_fails(void **state)
{
    (void)state;
    inject("both", true, true, false);
}

static void mio_open_fails_from_a_call_on(void **state)
{
    (void)state;
    inject("MIOpen from then on", true, false, true);
}

static void hip_fails_from_a_call_on(void **state)
{
    (void)state;
    inject("HIP from then on", false, true, true);
}

static void both_fail_from_a_call_on(void **state)
{
    (void)state;
    inject("both from then on", true, true, true);
}

/* HIP is gone all the while, and then a call into MIOpen fails as well. */
static void a_call_into_mio_open_fails_without_hip(void **state)
{
    (void)state;
    unsigned n = 0;

    for (bool hit = true; hit;) {
        n++;
        stub_reset();
        for (enum stub_function f = STUB_FIRST_HIP; f < STUB_FUNCTIONS; f++)
            stub_answer(f, kind_of(STUB_HIP, n));
        stub_fail(STUB_MIOPEN, (struct stub_fault){n, kind_of(STUB_MIOPEN, n), false});
        hit = session_with_faults("MIOpen without HIP", n, FAILING);
    }
    assert_true(n > 300);
}

static void after_all_that_everything_succeeds(void **state)
{
    (void)state;
    assert_false(session_with_faults("no fault", 0, HARMLESS));
    assert_true(stub_launches() > 0);
    assert_int_equal(stub_launches_of(STUB_WINOGRAD_ID), 0);
}

static void the_session_leaves_no_function_out(void **state)
{
    (void)state;
    (void)session_run(SESSION_LOOSE);
    for (size_t i = 0; i < FUNCTIONS_COUNT; i++) {
        if (stub_has(functions[i].stub) && stub_calls(functions[i].stub) == 0)
            fail_msg("%s: the session never calls it", stub_name(functions[i].stub));
    }
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_call_into_mio_open_fails),
        TEST(a_call_into_hip_fails),
        TEST(a_call_into_both_fails),
        TEST(mio_open_fails_from_a_call_on),
        TEST(hip_fails_from_a_call_on),
        TEST(both_fail_from_a_call_on),
        TEST(a_call_into_mio_open_fails_without_hip),
        TEST(after_all_that_everything_succeeds),
    };
    const struct CMUnitTest off[] = {TEST(the_session_leaves_no_function_out)};

    if (argc > 1 && strcmp(argv[1], "injection-off") == 0)
        return cmocka_run_group_tests(off, NULL, NULL);
    all_kinds = argc > 1 && strstr(argv[1], "-all");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
