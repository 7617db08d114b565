/*
 * The gate, before a stand-in for the shim: test_gate NAME GATE. Each test is of a gate that
 * nothing has gone through yet, and so in a process of its own.
 */
#include "cmocka_all.h"
#include "gate/fake.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const char *gate_path;
static void *gate;

static void *function(const char *name)
{
    void *symbol = dlsym(gate, name);

    if (!symbol)
        fail_msg("%s is not there", name);
    return symbol;
}

static int open_gate(void **state)
{
    (void)state;
    /* Before a sanitizer's dlopen() it would not be found by a relative one. */
    char *path = realpath(gate_path, NULL);
    gate = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    free(path);
    return gate ? 0 : -1;
}

/* --- Tests ------------------------------------------------------------------------------------ */

static void every_function_leads_to_its_own(void **state)
{
    (void)state;
    static const char *const names[] = {
#define WRAPPED(name, ...) [GATE_##name] = #name,
#define CALLED(name, ...)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
    };

    for (int round = 0; round < 2; round++)
        for (int i = 0; i < GATE_FUNCTIONS; i++)
            if (i != FAKE_SUM && i != FAKE_CALLER && i != FAKE_TIMES)
                assert_int_equal(((int (*)(void))function(names[i]))(), i);
    assert_int_equal(((int (*)(void))function("miopenDestroy"))(), 1); /* opened once */
}

/* In all registers that arguments come in, and on the stack; and errno is the program's. */
static void arguments_arrive(void **state)
{
    (void)state;
    fake_sum *sum = (fake_sum *)function("miopenSetOpArgsActivForward");
    char some = 0;

    for (int round = 0; round < 2; round++) {
        errno = EDOM;
        const double got = sum(1, &some, 20, 300, 4, &some, 0.5, 0.25F, 1e3, 2e4, 3e5, 4e6, 5e7,
                               6e8, 7e9, 7, NULL);
        assert_true(got == 1 + 1 + 20 + 300 + 4 + 1 + 0.75 + 7654321e3 + 7 + 1);
        assert_int_equal(errno, EDOM);
    }
}

static void the_caller_shows(void **state)
{
    (void)state;
    const void *(*caller)(void) = (const void *(*)(void))function("miopenCreate");
    Dl_info own, info;

    assert_int_not_equal(dladdr((void *)the_caller_shows, &own), 0);
    for (int round = 0; round < 2; round++) {
        const void *volatile address = caller();
        assert_int_not_equal(dladdr(address, &info), 0);
        assert_ptr_equal(info.dli_fbase, own.dli_fbase);
    }
}

static pthread_barrier_t barrier;

/* The number of a function. */
static void *first_call(void *odd)
{
    pthread_barrier_wait(&barrier);
    return (void *)(intptr_t)((int (*)(void))function(odd ? "miopenRunSolution"
                                                          : "miopenFindSolutions"))();
}

static void in_threads(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    pthread_t threads[THREADS];

    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, first_call, i % 2 ? &barrier : NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        void *got;
        assert_int_equal(pthread_join(threads[i], &got), 0);
        assert_int_equal((intptr_t)got, i % 2 ? GATE_miopenRunSolution : GATE_miopenFindSolutions);
    }
}

static const void *unloaded;

static void note_unloaded(const void *map)
{
    unloaded = map;
}

static void what_the_shim_is_given(void **state)
{
    (void)state;
    __typeof__(rocm_rdna1_bound) *bound =
        (__typeof__(rocm_rdna1_bound) *)function("rocm_rdna1_bound");
    const char caller = 0, miopen = 0;

    /* Before the shim is there, as a function is looked up before it is called. */
    bound(&caller, &miopen);
    (void)((int (*)(void))function("miopenRunSolution"))();
    void *shim = dlopen("libmiopen_rdna1_shim.so", RTLD_NOW | RTLD_NOLOAD);
    assert_non_null(shim);
    const struct gate *given = ((__typeof__(fake_gate) *)dlsym(shim, "fake_gate"))();
    assert_ptr_equal(given->bound(&caller), &miopen);
    assert_null(given->bound(&miopen));

    given->unload_notify(note_unloaded);
    bound(&caller, &miopen);
    assert_null(unloaded);
    bound(&caller, NULL);
    assert_ptr_equal(unloaded, &caller);
    assert_null(given->bound(&caller));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_leads_to_its_own),
        cmocka_unit_test(arguments_arrive),
        cmocka_unit_test(the_caller_shows),
        cmocka_unit_test(in_threads),
        cmocka_unit_test(what_the_shim_is_given),
    };

    if (argc != 3)
        return 2;
    gate_path = argv[2];
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        if (strcmp(tests[i].name, argv[1]) == 0)
            return _cmocka_run_group_tests("gate", &tests[i], 1, open_gate, NULL);
    return 2;
}
