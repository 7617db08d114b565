#include "cmocka_all.h"
#include "policy/environment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* An environment of "NAME=value" texts, NULL-terminated. */
static const char *look_up(const char *name, void *context)
{
    const size_t length = strlen(name);
    for (const char *const *entry = context; *entry; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

static struct rule_set parse(const char *text)
{
    struct rule_set set = {0};
    assert_int_equal(rule_set_parse(&set, "t.rules", text, strlen(text)), 0);
    assert_int_equal(set.errors_count, 0);
    return set;
}

static struct gpu gpu_named(const char *chip, bool rdna1)
{
    struct gpu gpu = {.rdna1 = rdna1, .kfd_node = 1};
    snprintf(gpu.chip, sizeof(gpu.chip), "%s", chip);
    return gpu;
}

static struct environment environment_of(const char *rules, const char *one, const char *other,
                                         enum profile profile, const char *set)
{
    struct rule_set rule_set = parse(rules);
    struct gpu gpus[2];
    size_t count = 0;
    if (one)
        gpus[count++] = gpu_named(one, strncmp(one, "gfx101", 6) == 0);
    if (other)
        gpus[count++] = gpu_named(other, strncmp(other, "gfx101", 6) == 0);
    const struct gpu_list list = {.gpus = gpus, .count = count};
    const char *variables[] = {set, NULL};
    struct environment environment;
    memset(&environment, 0xa5, sizeof(environment));
    environment_for(&rule_set, &list, profile, look_up, variables, &environment);
    rule_set_free(&rule_set);
    assert_true(environment.count <= VARIABLES_MAX);
    assert_true(strlen(environment.why) > 0);
    for (size_t i = 0; i < environment.count; i++)
        assert_true(strlen(environment.variables[i].why) > 0);
    return environment;
}

/* The variables as a text: "A=0 B=1". */
static const char *text_of(const struct environment *environment)
{
    static char text[2000];
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < environment->count; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s=%s", i ? " " : "",
                                   environment->variables[i].name, environment->variables[i].value);
    return text;
}

#define DEFAULT "[x]\nWhy=y\nAllow=gemm naive\n"
#define SWITCHES                                                                                   \
    "MIOPEN_DEBUG_CONV_WINOGRAD=0 MIOPEN_DEBUG_AMD_WINOGRAD_RXS_F2X3_G1=0 "                        \
    "MIOPEN_DEBUG_CONV_IMPLICIT_GEMM=0 MIOPEN_DEBUG_CONV_FFT=0 "                                   \
    "MIOPEN_DEBUG_OPENCL_CONVOLUTIONS=0 MIOPEN_DEBUG_GCN_ASM_KERNELS=0"

static void test_profiles(void **state)
{
    (void)state;
    enum profile profile = PROFILE_OFF;
    assert_int_equal(profile_parse("gemm", &profile), 0);
    assert_int_equal(profile, PROFILE_GEMM);
    assert_int_equal(profile_parse("original", &profile), 0);
    assert_int_equal(profile, PROFILE_ORIGINAL);
    assert_int_equal(profile_parse("off", &profile), 0);
    assert_int_equal(profile, PROFILE_OFF);
    assert_int_equal(profile_parse("", &profile), -EINVAL);
    assert_int_equal(profile_parse("Gemm", &profile), -EINVAL);
    assert_int_equal(profile, PROFILE_OFF);
}

static void test_gemm(void **state)
{
    (void)state;
    struct environment environment = environment_of(DEFAULT, "gfx1010", NULL, PROFILE_GEMM, NULL);
    assert_true(environment.applies);
    assert_string_equal(text_of(&environment), SWITCHES);

    environment = environment_of(DEFAULT, "gfx1010", "gfx1012", PROFILE_GEMM, NULL);
    assert_true(environment.applies);
    assert_string_equal(text_of(&environment), SWITCHES);

    /* without a rule that speaks of the card, the same: it must not hang for lack of one */
    environment = environment_of("", "gfx1013", NULL, PROFILE_GEMM, NULL);
    assert_string_equal(text_of(&environment), SWITCHES);
}

static void test_gemm_follows_rules(void **state)
{
    (void)state;
    struct environment environment =
        environment_of("[x]\nWhy=y\nAllow=naive\n", "gfx1010", NULL, PROFILE_GEMM, NULL);
    assert_string_equal(text_of(&environment), SWITCHES " MIOPEN_DEBUG_CONV_GEMM=0");

    environment = environment_of("[x]\nWhy=y\nDeny=naive\n", "gfx1010", NULL, PROFILE_GEMM, NULL);
    assert_string_equal(text_of(&environment),
                        SWITCHES " MIOPEN_DEBUG_CONV_DIRECT_NAIVE_CONV_FWD=0"
                                 " MIOPEN_DEBUG_CONV_DIRECT_NAIVE_CONV_BWD=0"
                                 " MIOPEN_DEBUG_CONV_DIRECT_NAIVE_CONV_WRW=0");

    /* denied on one of two cards only: the variable would reach the other */
    environment = environment_of("[x]\nWhy=y\nMatchChip=gfx1012\nDeny=gemm\n", "gfx1010", "gfx1012",
                                 PROFILE_GEMM, NULL);
    assert_string_equal(text_of(&environment), SWITCHES);

    environment = environment_of("[x]\nWhy=y\nMatchChip=gfx1012\nAllow=any\n", "gfx1010", "gfx1012",
                                 PROFILE_GEMM, NULL);
    assert_false(environment.applies);
    assert_int_equal(environment.count, 0);

    /* the target is the one that the user's override makes */
    const char *rules = "[x]\nWhy=y\nMatchTarget=gfx1030\nDeny=gemm\n";
    environment = environment_of(rules, "gfx1010", NULL, PROFILE_GEMM, NULL);
    assert_string_equal(text_of(&environment), SWITCHES);
    environment =
        environment_of(rules, "gfx1010", NULL, PROFILE_GEMM, "HSA_OVERRIDE_GFX_VERSION=10.3.0");
    assert_string_equal(text_of(&environment), SWITCHES " MIOPEN_DEBUG_CONV_GEMM=0");
}

static void test_not_all_rdna1(void **state)
{
    (void)state;
    struct environment environment =
        environment_of(DEFAULT, "gfx1010", "gfx1100", PROFILE_GEMM, NULL);
    assert_false(environment.applies);
    assert_int_equal(environment.count, 0);
    assert_non_null(strstr(environment.why, "1 of 2 GPUs"));

    static const char *const alone[] = {"gfx1100", "gfx906", "", NULL};
    for (size_t i = 0; i < 4; i++)
        for (enum profile profile = PROFILE_GEMM; profile <= PROFILE_ORIGINAL; profile++) {
            environment = environment_of(DEFAULT, alone[i], NULL, profile, NULL);
            assert_false(environment.applies);
            assert_int_equal(environment.count, 0);
            assert_non_null(strstr(environment.why, "no RDNA1 card"));
        }
}

#define RECIPE                                                                                     \
    "HSA_OVERRIDE_GFX_VERSION=10.3.0 MIOPEN_DEBUG_CONV_IMPLICIT_GEMM=0 MIOPEN_FIND_ENFORCE=3 "     \
    "MIOPEN_DEBUG_CONV_WINOGRAD=0 MIOPEN_DEBUG_CONV_DIRECT=0 MIOPEN_DEBUG_CONV_GEMM=1 "            \
    "HIP_FORCE_COARSE_GRAIN=1"

static void test_original(void **state)
{
    (void)state;
    struct environment environment =
        environment_of(DEFAULT, "gfx1010", NULL, PROFILE_ORIGINAL, NULL);
    assert_true(environment.applies);
    assert_string_equal(text_of(&environment), RECIPE);
    /* it looks at nothing but whether there is such a card */
    environment =
        environment_of("[x]\nWhy=y\nAllow=any\n", "gfx1100", "gfx1010", PROFILE_ORIGINAL, NULL);
    assert_true(environment.applies);
    assert_string_equal(text_of(&environment), RECIPE);
}

static void test_off(void **state)
{
    (void)state;
    const struct environment environment =
        environment_of(DEFAULT, "gfx1010", NULL, PROFILE_OFF, NULL);
    assert_false(environment.applies);
    assert_int_equal(environment.count, 0);
}

/* What MIOpen would choose by itself, it tells only where nothing is switched off. */
static void test_traced(void **state)
{
    (void)state;
    const struct environment environment =
        environment_of(DEFAULT, "gfx1010", NULL, PROFILE_TRACED, NULL);
    assert_false(environment.applies);
    assert_int_equal(environment.count, 0);
    assert_non_null(strstr(environment.why, "trace"));
}

static void test_kept(void **state)
{
    (void)state;
    static const struct {
        const char *set, *value;
    } cases[] = {
        {"MIOPEN_DEBUG_CONV_FFT=1", "1"},
        {"MIOPEN_DEBUG_CONV_FFT=0", "0"},
        {"MIOPEN_DEBUG_CONV_FFT=", ""},
        {"MIOPEN_DEBUG_CONV_FFT=\x1b[2J\n\xff", "?[2J??"},
        {"MIOPEN_DEBUG_CONV_FFT=0123456789012345678901234567890123456789",
         "0123456789012345678901234567890"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct environment environment =
            environment_of(DEFAULT, "gfx1010", NULL, PROFILE_GEMM, cases[i].set);
        assert_int_equal(environment.count, 6);
        for (size_t j = 0; j < environment.count; j++) {
            const struct variable *variable = &environment.variables[j];
            const bool kept = strcmp(variable->name, "MIOPEN_DEBUG_CONV_FFT") == 0;
            assert_int_equal(variable->kept, kept);
            assert_string_equal(variable->value, kept ? cases[i].value : "0");
        }
    }
    const struct environment environment = environment_of(
        DEFAULT, "gfx1010", NULL, PROFILE_ORIGINAL, "HSA_OVERRIDE_GFX_VERSION=10.1.0");
    assert_true(environment.variables[0].kept);
    assert_string_equal(environment.variables[0].value, "10.1.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_gemm),
        cmocka_unit_test(test_gemm_follows_rules),
        cmocka_unit_test(test_not_all_rdna1),
        cmocka_unit_test(test_original),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_traced),
        cmocka_unit_test(test_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
