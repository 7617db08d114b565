/*
 * Several copies of MIOpen in one process, each brought by a library that is linked with it, as the
 * extension modules of Python bring theirs. What is right is what the dynamic linker does where
 * there is no shim: a function that the shim does not wrap shows it.
 *
 * The program's argument: "copies"; "copies-global", where one is in the global scope; or
 * "copies-successor", where the second comes when the first one's library is gone.
 */
#include "cmocka_all.h"
#include "copies/client.h"
#include "copies/stranger.h"

#include "gate/bound.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct opened {
    void *library;
    const struct copies_client *client;
};

static struct opened library_opened(const char *path)
{
    struct opened opened = {.library = dlopen(path, RTLD_NOW | RTLD_LOCAL)};
    copies_client_function *client =
        opened.library ? (copies_client_function *)dlsym(opened.library, COPIES_CLIENT) : NULL;

    if (!client) {
        print_error("%s\n", dlerror());
        abort();
    }
    opened.client = client();
    return opened;
}

static struct opened one, two;

static int setup(void **state)
{
    (void)state;
    one = library_opened(CLIENT_ONE);
    two = library_opened(CLIENT_TWO);
    stub_reset_calls();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stub_expect_copy(NULL);
    dlclose(one.library);
    dlclose(two.library);
    assert_int_equal(stub_violations(), 0);
    assert_int_equal(stub_memory_live(), 0);
    return 0;
}

/* Runs an expression of which each call of MIOpen must come to the client's own copy. */
#define OF(opened, expression)                                                                     \
    __extension__({                                                                                \
        stub_expect_copy((opened).client->copy);                                                   \
        __typeof__(expression) result_ = (expression);                                             \
        stub_expect_copy(NULL);                                                                    \
        result_;                                                                                   \
    })

static miopenHandle_t handle_of(const struct opened *opened)
{
    miopenHandle_t handle = NULL;

    assert_int_equal(OF(*opened, opened->client->create(&handle)), miopenStatusSuccess);
    assert_non_null(handle);
    return handle;
}

static void assert_session(const struct opened *opened)
{
    const char *wrong = OF(*opened, opened->client->session());

    if (wrong)
        fail_msg("%s", wrong);
}

static void each_library_has_its_own(void **state)
{
    (void)state;
    assert_ptr_not_equal(one.client->copy, two.client->copy);
    assert_session(&two);
    assert_session(&one);
    assert_session(&two);
    assert_int_equal(stub_violations(), 0);
}

static void a_renamed_copy_beside_them(void **state)
{
    (void)state;
    const struct opened bundled = library_opened(CLIENT_BUNDLED);

    assert_ptr_not_equal(bundled.client->copy, one.client->copy);
    assert_ptr_not_equal(bundled.client->copy, two.client->copy);
    assert_session(&bundled);
    assert_session(&one);
    dlclose(bundled.library);
}

/* The solver that the client's run on a handle came to. */
static uint64_t solver_of(const struct opened *opened, miopenHandle_t handle)
{
    assert_true(OF(*opened, opened->client->open()));
    assert_int_equal(OF(*opened, opened->client->run(handle)), miopenStatusSuccess);
    OF(*opened, (opened->client->close(), 0));
    return stub_last(STUB_miopenConvolutionForwardImmediate)->arguments[10];
}

/* The rules of this test have one for MIOpen before 3. */
static void decisions_are_those_of_the_copy_s_version(void **state)
{
    (void)state;
    one.client->set_version(2, 19, 0);
    two.client->set_version(3, 5, 1);
    miopenHandle_t handle_one = handle_of(&one), handle_two = handle_of(&two);

    for (int round = 0; round < 2; round++) {
        assert_int_equal(solver_of(&one, handle_one), 85);
        assert_int_equal(solver_of(&two, handle_two), 91);
    }
    assert_int_equal(OF(one, one.client->destroy(handle_one)), miopenStatusSuccess);
    assert_int_equal(OF(two, two.client->destroy(handle_two)), miopenStatusSuccess);
    one.client->set_version(3, 5, 1);
}

/* Whoever calls, a handle is served by the copy that made it, and so is all that hangs on it. */
static void a_handle_that_is_handed_on(void **state)
{
    (void)state;
    miopenHandle_t handle = handle_of(&one);

    assert_true(OF(two, two.client->open()));
    /* The second time from what the thread remembers. */
    for (int round = 0; round < 3; round++)
        assert_int_equal(OF(one, two.client->run(handle)), miopenStatusSuccess);
    assert_true(stub_memory_live() > 0);
    OF(two, (two.client->close(), 0));
    assert_int_equal(OF(one, two.client->destroy(handle)), miopenStatusSuccess);
}

/* Of an object that nobody knows the caller decides; no function may find its MIOpen elsewhere. */
static void every_function_asks_who_calls(void **state)
{
    (void)state;
    static const enum stub_function functions[] = {
#define WRAPPED(name, ...) STUB_##name,
#define CALLED(name, ...)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
    };
    const unsigned wrapped = sizeof(functions) / sizeof(functions[0]);
    unsigned called = 0;

    for (unsigned i = 0; i < 2 * wrapped; i++) {
        const struct opened *opened = i % 2 ? &one : &two;
        const enum stub_function function = functions[i / 2];

        stub_answer(function, miopenStatusBadParm);
        OF(*opened, (opened->client->call(function), 0));
        if (stub_violations() != 0)
            fail_msg("%s", stub_name(function));
        called += stub_calls(function) > 0;
        stub_reset_calls();
    }
    /* Some answer for themselves where there is nothing to be told. */
    assert_true(called > wrapped);
}

struct worker {
    pthread_t thread;
    const struct opened *opened;
    const char *wrong;
};

static void *sessions(void *argument)
{
    struct worker *worker = argument;

    stub_expect_copy(worker->opened->client->copy);
    for (int i = 0; i < 20 && !worker->wrong; i++)
        worker->wrong = worker->opened->client->session();
    return NULL;
}

static void in_threads(void **state)
{
    (void)state;
    struct worker workers[4] = {0};

    for (unsigned i = 0; i < 4; i++) {
        workers[i].opened = i % 2 ? &one : &two;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, sessions, &workers[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < 4; i++)
        assert_null(workers[i].wrong);
}

/* --- Libraries that come and go --------------------------------------------------------------- */

static uintptr_t place_of(const struct opened *opened)
{
    Dl_info info;

    assert_true(dladdr((const void *)opened->client->create, &info) != 0);
    return (uintptr_t)info.dli_fbase;
}

static bool is_loaded(const char *path)
{
    void *library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);

    if (library)
        dlclose(library);
    return library != NULL;
}

/* Another library in the place of one that is gone is another caller, by its first object on. */
static void a_library_in_the_place_of_another(void **state)
{
    (void)state;
    struct opened *opened = &one;
    uintptr_t places[2];
    unsigned same = 0;

    dlclose(two.library);
    for (unsigned round = 0; round < 8; round++) {
        assert_session(opened);
        places[0] = place_of(opened);
        dlclose(opened->library);
        assert_false(is_loaded(opened == &one ? CLIENT_ONE : CLIENT_TWO));
        opened->library = NULL;

        opened = opened == &one ? &two : &one;
        *opened = library_opened(opened == &one ? CLIENT_ONE : CLIENT_TWO);
        places[1] = place_of(opened);
        same += places[0] == places[1];
        /* Descriptors before any handle in some rounds. */
        if (round % 4 < 2) {
            assert_true(OF(*opened, opened->client->open()));
            OF(*opened, (opened->client->close(), 0));
        }
    }
    if (!one.library)
        one = library_opened(CLIENT_ONE);
    if (!two.library)
        two = library_opened(CLIENT_TWO);
    assert_int_equal(stub_violations(), 0);
    if (same == 0) {
        print_message("no library came to stand where another was\n");
        skip();
    }
}

/* What the program closes, the shim may still have to call: it stays. */
static void a_copy_that_the_program_has_closed(void **state)
{
    (void)state;
    miopenHandle_t handle = handle_of(&one);
    void *copy = dlopen(COPY_ONE, RTLD_NOW | RTLD_NOLOAD);

    assert_non_null(copy);
    dlclose(copy);
    dlclose(one.library);
    assert_false(is_loaded(CLIENT_ONE));
    assert_true(is_loaded(COPY_ONE));

    /* The handle lived on, in another library's hands. */
    assert_true(two.client->open());
    assert_int_equal(two.client->run(handle), miopenStatusSuccess);
    two.client->close();
    assert_int_equal(two.client->destroy(handle), miopenStatusSuccess);

    one = library_opened(CLIENT_ONE);
    assert_session(&one);
}

/* --- Callers without a MIOpen of their own ---------------------------------------------------- */

typedef int function_of_one(void *);

static miopenHandle_t created_by(int (*call)(function_of_one *, void *))
{
    miopenHandle_t handle = NULL;
    function_of_one *create = (function_of_one *)dlsym(RTLD_DEFAULT, "miopenCreate");

    assert_non_null(create);
    assert_int_equal(call(create, &handle), miopenStatusSuccess);
    assert_non_null(handle);
    return handle;
}

static int (*stranger(void **ret_library))(function_of_one *, void *)
{
    *ret_library = dlopen(STRANGER, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(*ret_library);
    return (int (*)(function_of_one *, void *))dlsym(*ret_library, "stranger_call");
}

static void destroyed_by(int (*call)(function_of_one *, void *), miopenHandle_t handle)
{
    function_of_one *destroy = (function_of_one *)dlsym(RTLD_DEFAULT, "miopenDestroy");

    assert_int_equal(call(destroy, handle), miopenStatusSuccess);
}

/* The first that was loaded, as long as nobody says which one dlsym() gave it. */
static void a_stranger(void **state)
{
    (void)state;
    void *library = NULL, *copy_one = dlopen(COPY_ONE, RTLD_NOW | RTLD_NOLOAD),
         *copy_two = dlopen(COPY_TWO, RTLD_NOW | RTLD_NOLOAD);
    int (*call)(function_of_one *, void *) = stranger(&library);

    stub_expect_copy(one.client->copy);
    destroyed_by(call, created_by(call));
    assert_int_equal(stub_violations(), 0);
    rocm_rdna1_bound(library, NULL);
    dlclose(library);

    /* Said before the first call; the first word holds. */
    call = stranger(&library);
    rocm_rdna1_bound(library, copy_two);
    rocm_rdna1_bound(library, copy_one);
    stub_expect_copy(two.client->copy);
    destroyed_by(call, created_by(call));
    assert_int_equal(stub_violations(), 0);

    /* Its link map is the next one's. */
    rocm_rdna1_bound(library, NULL);
    dlclose(library);
    call = stranger(&library);
    stub_expect_copy(one.client->copy);
    destroyed_by(call, created_by(call));
    stub_expect_copy(NULL);
    dlclose(library);
    dlclose(copy_one);
    dlclose(copy_two);
}

/* A word about a copy that is not there any more is no word. */
static void a_stranger_bound_to_nothing(void **state)
{
    (void)state;
    void *library = NULL;
    int (*call)(function_of_one *, void *) = stranger(&library);

    rocm_rdna1_bound(library, &library);
    stub_expect_copy(one.client->copy);
    destroyed_by(call, created_by(call));
    stub_expect_copy(NULL);
    rocm_rdna1_bound(library, NULL);
    dlclose(library);

    /* More than there is room for does no harm. */
    static char maps[1000];
    for (unsigned i = 0; i < sizeof(maps); i++)
        rocm_rdna1_bound(&maps[i], &maps[0]);
    for (unsigned i = 0; i < sizeof(maps); i++)
        rocm_rdna1_bound(&maps[i], NULL);
    assert_session(&two);
}

/* Code that was compiled while the program ran is in no library, and nothing of it is kept. */
static void code_of_no_library(void **state)
{
    (void)state;
#ifdef __x86_64__
    static const unsigned char code[] = {
        0x48, 0x83, 0xec, 0x08, /* sub $8, %rsp */
        0x48, 0x89, 0xf8,       /* mov %rdi, %rax */
        0x48, 0x89, 0xf7,       /* mov %rsi, %rdi */
        0xff, 0xd0,             /* call *%rax */
        0x48, 0x83, 0xc4, 0x08, /* add $8, %rsp */
        0xc3,                   /* ret */
    };
    const size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    assert_true(page != MAP_FAILED);
    memcpy(page, code, sizeof(code));
    assert_int_equal(mprotect(page, size, PROT_READ | PROT_EXEC), 0);
    int (*call)(function_of_one *, void *) = (int (*)(function_of_one *, void *))page;
    stub_expect_copy(one.client->copy);
    for (int round = 0; round < 3; round++)
        destroyed_by(call, created_by(call));

    /* It is known by now whose these calls are, and what the program's own dlopen() said stays. */
    miopenHandle_t handle = created_by(call);
    function_of_one *destroy = (function_of_one *)dlsym(RTLD_DEFAULT, "miopenDestroy");
    assert_null(dlopen("libof-that-name-there-is-none.so", RTLD_NOW));
    assert_int_equal(call(destroy, handle), miopenStatusSuccess);
    assert_non_null(dlerror());
    stub_expect_copy(NULL);
    assert_int_equal(munmap(page, size), 0);
#else
    skip();
#endif
}

/* --- One in the global scope ------------------------------------------------------------------ */

/* Everybody's calls are bound to it then, whatever else a library is linked with. */
static void the_global_one_is_everybody_s(void **state)
{
    (void)state;
    void *global = dlopen(COPY_GLOBAL, RTLD_NOW | RTLD_GLOBAL);

    assert_non_null(global);
    assert_int_equal(setup(state), 0);
    assert_ptr_equal(one.client->copy, dlsym(global, "miopenGetVersion"));
    assert_ptr_equal(two.client->copy, dlsym(global, "miopenGetVersion"));
    assert_session(&two);
    assert_session(&one);
    assert_int_equal(OF(two, two.client->destroy(handle_of(&one))), miopenStatusSuccess);
    assert_int_equal(teardown(state), 0);
    dlclose(global);
}

/* --- One after the other ---------------------------------------------------------------------- */

/* The shim has seen but one copy, and the library that called it is gone. */
static void a_copy_that_comes_later(void **state)
{
    (void)state;
    one = library_opened(CLIENT_ONE);
    assert_session(&one);
    const uintptr_t place = place_of(&one);
    dlclose(one.library);
    two = library_opened(CLIENT_TWO);
    const bool same = place_of(&two) == place;
    assert_true(OF(two, two.client->open()));
    OF(two, (two.client->close(), 0));
    assert_session(&two);
    assert_int_equal(stub_violations(), 0);
    dlclose(two.library);
    if (!same) {
        print_message("the library came to stand elsewhere\n");
        skip();
    }
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest global[] = {cmocka_unit_test(the_global_one_is_everybody_s)};
    const struct CMUnitTest successor[] = {cmocka_unit_test(a_copy_that_comes_later)};
    const struct CMUnitTest local[] = {
        TEST(each_library_has_its_own),
        TEST(a_renamed_copy_beside_them),
        TEST(decisions_are_those_of_the_copy_s_version),
        TEST(a_handle_that_is_handed_on),
        TEST(every_function_asks_who_calls),
        TEST(in_threads),
        TEST(a_library_in_the_place_of_another),
        TEST(a_copy_that_the_program_has_closed),
        TEST(a_stranger),
        TEST(a_stranger_bound_to_nothing),
        TEST(code_of_no_library),
    };

    if (argc > 1 && strcmp(argv[1], "copies-global") == 0)
        return cmocka_run_group_tests(global, NULL, NULL);
    if (argc > 1 && strcmp(argv[1], "copies-successor") == 0)
        return cmocka_run_group_tests(successor, NULL, NULL);
    return cmocka_run_group_tests(local, NULL, NULL);
}
