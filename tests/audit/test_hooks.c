/* The hooks, called as the dynamic linker would call them. */
#include "cmocka_all.h"
#include "fake_shim.h"

#include <dlfcn.h>
#include <link.h>

static const char *fake_path; /* of the library that stands in for the shim */
static struct link_map *fake;
static __typeof__(fake_notes) *notes_of;
static uintptr_t fake_cookie, client_cookie;
static struct link_map client; /* one that has nothing but its address */

enum { REAL = 0x4711 }; /* where the real function is said to be */

static unsigned opened(struct link_map *map, uintptr_t *ret_cookie)
{
    *ret_cookie = (uintptr_t)map;
    return la_objopen(map, LM_ID_BASE, ret_cookie);
}

/* What a binding to `name` becomes. */
static uintptr_t bound(uintptr_t caller, uintptr_t definer, const char *name)
{
    Elf64_Sym symbol = {.st_value = REAL};
    unsigned flags = 0;

    return la_symbind64(&symbol, 1, &caller, &definer, &flags, name);
}

static int open_fake(void **state)
{
    (void)state;
    void *library = dlopen(fake_path, RTLD_NOW | RTLD_LOCAL);

    if (!library || dlinfo(library, RTLD_DI_LINKMAP, &fake) != 0)
        return -1;
    notes_of = (__typeof__(notes_of))dlsym(library, "fake_notes");
    *notes_of() = (struct fake_notes){0};
    client = (struct link_map){.l_name = (char *)(uintptr_t) "/usr/bin/client"};
    return opened(fake, &fake_cookie) == 0 && opened(&client, &client_cookie) == LA_FLG_BINDFROM
               ? 0
               : -1;
}

static int close_fake(void **state)
{
    (void)state;
    return (int)la_objclose(&fake_cookie);
}

/* Another object's contents under a name of one's choice. */
static struct link_map named(const char *name)
{
    struct link_map map = *fake;

    map.l_name = (char *)(uintptr_t)name;
    return map;
}

static void test_version(void **state)
{
    (void)state;
    assert_int_equal(la_version(1), 0);
    assert_int_equal(la_version(2), 2);
    assert_int_equal(la_version(3), 2);
}

static void test_binding(void **state)
{
    (void)state;
    struct link_map miopen = named("/lib/libMIOpen.so.1"), other = named("/lib/libother.so");
    const uintptr_t ours = (uintptr_t)dlsym(dlopen(fake_path, RTLD_NOW), "miopenCreate");
    struct link_map second;
    uintptr_t miopen_cookie, other_cookie, second_cookie;

    assert_int_equal(opened(&miopen, &miopen_cookie), LA_FLG_BINDTO | LA_FLG_BINDFROM);
    assert_int_equal(opened(&other, &other_cookie), LA_FLG_BINDFROM);
    assert_int_equal(bound(client_cookie, miopen_cookie, "miopenCreate"), ours);
    assert_int_equal(notes_of()->count, 1);
    assert_ptr_equal(notes_of()->caller, &client);
    assert_ptr_equal(notes_of()->miopen, &miopen);

    /* One that calls itself is served as one that the shim stands before. */
    assert_int_equal(bound(miopen_cookie, miopen_cookie, "miopenCreate"), ours);
    assert_ptr_equal(notes_of()->caller, &miopen);
    assert_int_equal(notes_of()->count, 2);

    /* But not one that passes calls on to another. */
    second = named("/opt/lib/libMIOpen.so.1");
    opened(&second, &second_cookie);
    assert_int_equal(bound(miopen_cookie, second_cookie, "miopenCreate"), REAL);
    assert_int_equal(notes_of()->count, 2);

    /* The shim itself, what it has not, and what is not MIOpen's. */
    assert_int_equal(bound(fake_cookie, miopen_cookie, "miopenCreate"), REAL);
    assert_int_equal(bound(client_cookie, miopen_cookie, "miopenDestroy"), REAL);
    assert_int_equal(bound(client_cookie, other_cookie, "miopenCreate"), REAL);
    assert_int_equal(bound(client_cookie, fake_cookie, "miopenCreate"), REAL);
    assert_int_equal(notes_of()->count, 2);
}

static void test_closing(void **state)
{
    (void)state;
    struct link_map miopen = named("libMIOpen.so.1");
    uintptr_t miopen_cookie;

    opened(&miopen, &miopen_cookie);
    la_objclose(&client_cookie);
    assert_int_equal(notes_of()->count, 1);
    assert_ptr_equal(notes_of()->caller, &client);
    assert_null(notes_of()->miopen);

    /* Without the shim all stays as it is. */
    la_objclose(&fake_cookie);
    assert_int_equal(notes_of()->count, 1);
    assert_int_equal(bound(client_cookie, miopen_cookie, "miopenCreate"), REAL);
    la_objclose(&client_cookie);
    assert_int_equal(notes_of()->count, 1);
    opened(fake, &fake_cookie);
    assert_int_not_equal(bound(client_cookie, miopen_cookie, "miopenCreate"), REAL);
}

/* What stands behind it: a look-up of its own is for the real function. */
static void test_behind_it(void **state)
{
    (void)state;
    struct link_map shim = named("/lib/libmiopen_rdna1_shim.so"), miopen = named("libMIOpen.so.1");
    uintptr_t shim_cookie, miopen_cookie;

    assert_int_equal(opened(&shim, &shim_cookie), 0);
    opened(&miopen, &miopen_cookie);
    assert_int_equal(bound(shim_cookie, miopen_cookie, "miopenCreate"), REAL);
    assert_int_equal(notes_of()->count, 0);
    la_objclose(&shim_cookie);
    assert_int_not_equal(bound(client_cookie, miopen_cookie, "miopenCreate"), REAL);
}

static void test_only_the_first_shim(void **state)
{
    (void)state;
    struct link_map second = *fake, miopen = named("libMIOpen.so.1");
    uintptr_t second_cookie, miopen_cookie;

    assert_int_equal(opened(&second, &second_cookie), LA_FLG_BINDFROM);
    la_objclose(&second_cookie);
    opened(&miopen, &miopen_cookie);
    assert_int_not_equal(bound(client_cookie, miopen_cookie, "miopenCreate"), REAL);
}

static void test_what_has_its_name_only(void **state)
{
    (void)state;
    struct link_map impostor = *fake;
    uintptr_t cookie;

    la_objclose(&fake_cookie);
    impostor.l_ld = NULL;
    assert_int_equal(opened(&impostor, &cookie), LA_FLG_BINDFROM);
    for (unsigned i = 0; i < 3; i++) {
        static const char *const names[] = {"/lib/libmiopen_rdna1.so.old",
                                            "/lib/xlibmiopen_rdna1.so",
                                            "/lib/libmiopen_rdna1_shim.so.1"};

        impostor = named(names[i]);
        assert_int_equal(opened(&impostor, &cookie), LA_FLG_BINDFROM);
    }
    assert_int_equal(opened(fake, &fake_cookie), 0);
}

static void test_another_namespace(void **state)
{
    (void)state;
    struct link_map miopen = named("libMIOpen.so.1");
    uintptr_t cookie = (uintptr_t)&miopen;

    assert_int_equal(la_objopen(&miopen, LM_ID_BASE + 1, &cookie), 0);
    assert_int_equal(cookie, (uintptr_t)&miopen);
    assert_int_equal(bound(client_cookie, cookie, "miopenCreate"), REAL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_version, open_fake, close_fake),
        cmocka_unit_test_setup_teardown(test_binding, open_fake, close_fake),
        cmocka_unit_test_setup_teardown(test_closing, open_fake, close_fake),
        cmocka_unit_test_setup_teardown(test_behind_it, open_fake, close_fake),
        cmocka_unit_test_setup_teardown(test_only_the_first_shim, open_fake, close_fake),
        cmocka_unit_test_setup_teardown(test_what_has_its_name_only, open_fake, close_fake),
        cmocka_unit_test_setup_teardown(test_another_namespace, open_fake, close_fake),
    };

    if (argc != 2)
        return 2;
    fake_path = argv[1];
    return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
