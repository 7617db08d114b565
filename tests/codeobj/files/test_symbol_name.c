/* Names of kernels, as symbol tables and as people have them. */
#include "cmocka_all.h"

#include "codeobj/symbol_name.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char symbol[] = "_ZN2at6native12_GLOBAL__N_16kernelIfLi3EEEvPT_i";

static void symbols_have_names(void **state)
{
    char name[SYMBOL_NAME_SIZE];
    (void)state;
    assert_true(symbol_demangle(symbol, name));
    assert_string_equal(name,
                        "void at::native::(anonymous namespace)::kernel<float, 3>(float*, int)");
    assert_false(symbol_demangle("Cijk_Ailk_Bljk_SB_MT64x64", name));
    assert_false(symbol_demangle("_Z", name));
    assert_false(symbol_demangle("_Zxyz", name));
    assert_false(symbol_demangle("", name));
}

/* A name that doubles with each of its parts would fill any memory. */
static void names_without_end_are_none(void **state)
{
    char name[SYMBOL_NAME_SIZE];
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char bomb[4096];
    (void)state;
    /* f(A<int, int>, A<the one before, the one before>, and so on): 2 to the power of 35 of them.
     */
    size_t used = (size_t)snprintf(bomb, sizeof(bomb), "_Z1f1AIiiE");
    for (unsigned i = 0; i < 35; i++)
        used += (size_t)snprintf(bomb + used, sizeof(bomb) - used, "S_IS%c_S%c_E", digits[i],
                                 digits[i]);
    const clock_t begin = clock();
    assert_false(symbol_demangle(bomb, name));
    assert_true((clock() - begin) / CLOCKS_PER_SEC < 5);
    bomb[sizeof("_Z1f1AIiiE") - 1 + 3 * strlen("S_IS0_S0_E")] = '\0';
    assert_true(symbol_demangle(bomb, name));
    assert_in_range(strlen(name), 200, 300);
    /* A pointer to a pointer to a pointer. */
    memset(bomb, 'P', sizeof(bomb));
    memcpy(bomb, "_Z1f", 4);
    bomb[sizeof(bomb) - 1] = '\0';
    assert_false(symbol_demangle(bomb, name));
}

static void people_may_mean_them(void **state)
{
    static const struct {
        const char *wanted;
        bool is;
    } rows[] = {
        {"_ZN2at6native12_GLOBAL__N_16kernelIfLi3EEEvPT_i", true},
        {"_ZN2at6native12_GLOBAL__N_16kernelIfLi3EEEvPT_i.kd", true},
        {"void at::native::(anonymous namespace)::kernel<float, 3>(float*, int)", true},
        {"void at::native::(anonymous namespace)::kernel<float, 3>(float*, int) [clone .kd]", true},
        {"at::native::(anonymous namespace)::kernel<float,3>( float *, int )", true},
        {"kernel<float, 3>", true},
        {"kernel<float, 3>(float*, int)", true},
        {"kernel", true},
        {"native::(anonymous namespace)::kernel", true},
        {"*kernel*", true},
        {"void at::*kernel<float*", true},
        {"kernel<float, 4>", false},
        {"kernel<double, 3>", false},
        {"kern", false},
        {"ernel", false},
        {"native", false},
        {"float", false},
        {"int", false},
        {"", false},
        {".kd", false},
        {"_ZN2at6native12_GLOBAL__N_16kernelIfLi3EEEvPT_", false},
        {"*kernels*", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("# %s\n", rows[i].wanted);
        assert_int_equal(symbol_is(symbol, rows[i].wanted), rows[i].is);
    }
    assert_true(symbol_is("Cijk_Ailk_Bljk_HHS_BH_MT64x64x16", "Cijk_*_HHS_*"));
    assert_true(symbol_is("Im2d2Col_v2", "Im2d2Col_v2"));
    assert_true(symbol_is("Im2d2Col_v2", "Im2d2Col_v2.kd"));
    assert_false(symbol_is("Im2d2Col_v2", "Im2d2Col"));
    /* void bar<ns::foo<int> >(): what is within another name is not the kernel's own. */
    assert_true(symbol_is("_Z3barIN2ns3fooIiEEEvv", "bar"));
    assert_false(symbol_is("_Z3barIN2ns3fooIiEEEvv", "foo"));
    assert_false(symbol_is("_Z3barIN2ns3fooIiEEEvv", "ns::foo<int>"));
    assert_true(symbol_is("_Z3fooPi", "foo"));
    assert_true(symbol_is("_Z3fooPi", "foo(int*)"));
    assert_false(symbol_is("_Z3fooPi", "foo(float*)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_have_names),
        cmocka_unit_test(names_without_end_are_none),
        cmocka_unit_test(people_may_mean_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
