#include "cmocka_all.h"
#include "policy/decision.h"
#include "policy/rule.h"
#include "samples.h"

#include <string.h>

static const struct version miopen = {3, 5, 1};

static struct rule_set parse(const char *text)
{
    struct rule_set set = {0};
    assert_int_equal(rule_set_parse(&set, "t.rules", text, strlen(text)), 0);
    for (size_t i = 0; i < set.errors_count; i++)
        print_error("%s\n", set.errors[i].message);
    assert_int_equal(set.errors_count, 0);
    return set;
}

static struct rule_set shipped(void)
{
    struct root root = ROOT_CLOSED;
    assert_int_equal(root_open("/", &root), 0);
    const char *const nowhere[] = {NULL};
    struct rule_set set;
    assert_int_equal(rule_set_read(&root, nowhere, &set), 0);
    root_close(&root);
    return set;
}

static struct decision decide(const struct rule_set *rules, const char *chip, const char *target,
                              const struct problem *problem)
{
    const struct query query = {
        .chip = chip, .target = target, .miopen = miopen, .problem = problem};
    struct decision decision;
    memset(&decision, 0xa5, sizeof(decision));
    decision_for(rules, &query, &decision);
    return decision;
}

/* The ids of the candidates, in order, as a text: "91 85". */
static const char *ids(const struct decision *decision)
{
    static char text[100];
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < decision->candidates_count; i++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%llu", i ? " " : "",
                                   (unsigned long long)decision->candidates[i]->id);
    return text;
}

#define CONV_3X3 "-n 1 -c 16 -H 48 -W 48 -k 32 -y 3 -x 3 -p 1 -q 1 "

static void test_other_cards_pass(void **state)
{
    (void)state;
    struct rule_set rules = parse("[all]\nWhy=y\nAllow=gemm\n");
    const struct problem problem = problem_of("conv " CONV_3X3 "-F 1");
    static const char *const cards[] = {"gfx1030", "gfx1100", "gfx906", "", "GFX1010", "gfx10100"};
    for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++) {
        const struct decision decision = decide(&rules, cards[i], "gfx1010", &problem);
        assert_false(decision.forced);
        assert_int_equal(decision.candidates_count, 0);
        assert_int_equal(decision.reasons_count, 0);
        for (enum family family = 0; family < FAMILY_COUNT; family++)
            assert_true(decision.allowed[family]);
        assert_true(decision_allows(&decision, 91));
        assert_true(decision_allows(&decision, 12345));
    }
    rule_set_free(&rules);
}

static void test_shipped(void **state)
{
    (void)state;
    struct rule_set rules = shipped();
    static const struct {
        const char *chip, *target, *line, *ids;
        unsigned reasons;
    } cases[] = {
        {"gfx1010", "gfx1010", "conv " CONV_3X3 "-F 1", "91 85", 1},
        {"gfx1010", "gfx1010", "conv " CONV_3X3 "-l 2 -j 2 -F 2", "97 86", 1},
        {"gfx1012", "gfx1012", "conv " CONV_3X3 "-F 4", "102 87", 1},
        {"gfx1013", "gfx1010", "convfp16 " CONV_3X3 "-F 1", "91 85", 1},
        {"gfx1011", "gfx1030", "convfp16 " CONV_3X3 "-F 1", "91 85", 1},
        {"gfx1012", "gfx1030", "convint8 " CONV_3X3 "-F 1", "91 85", 1},
        /* compiled for a chip with dot products, on one without */
        {"gfx1010", "gfx1030", "convfp16 " CONV_3X3 "-F 1", "85 91", 2},
        {"gfx1010", "gfx1030", "convfp16 " CONV_3X3 "-F 4", "87 102", 2},
        {"gfx1013", "gfx1030", "convint8 " CONV_3X3 "-F 1", "85 91", 2},
        {"gfx1010", "gfx1012", "convfp16 " CONV_3X3 "-F 1", "85 91", 2},
        {"gfx1010", "gfx1030", "conv " CONV_3X3 "-F 1", "91 85", 1},
        {"gfx1010", "gfx1030", "convbfp16 " CONV_3X3 "-F 1", "91 85", 1},
        {"gfx1010", "gfx10-1-generic", "convfp16 " CONV_3X3 "-F 1", "91 85", 1},
        {"gfx1010", "gfx1010", "convfp16 " CONV_3X3 "-F 1", "91 85", 1},
        /* what GEMM cannot, the plain kernels do; what neither can, nobody is put up for */
        {"gfx1010", "gfx1010", "conv " CONV_3X3 "-F 1 -I NHWC -f NHWC -O NHWC", "85", 1},
        {"gfx1010", "gfx1010", "convint8 " CONV_3X3 "-F 2", "", 1},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct problem problem = problem_of(cases[i].line);
        const struct decision decision = decide(&rules, cases[i].chip, cases[i].target, &problem);
        print_message("# %s as %s: %s\n", cases[i].chip, cases[i].target, cases[i].line);
        assert_true(decision.forced);
        assert_string_equal(ids(&decision), cases[i].ids);
        assert_int_equal(decision.reasons_count, cases[i].reasons);
        if (decision.candidates_count > 0)
            assert_int_equal(decision.preferred, decision.candidates[0]->family);
        assert_true(decision.allowed[FAMILY_GEMM] && decision.allowed[FAMILY_NAIVE]);
        assert_false(decision.allowed[FAMILY_WINOGRAD] || decision.allowed[FAMILY_DIRECT] ||
                     decision.allowed[FAMILY_IMPLICIT_GEMM] || decision.allowed[FAMILY_FFT]);
        assert_string_equal(rule_name(decision.reasons[0]),
                            "RDNA1: GEMM, and the plain direct kernels where GEMM cannot");
    }

    /* The card as a whole. */
    const struct decision card = decide(&rules, "gfx1010", "gfx1030", NULL);
    assert_true(card.forced);
    assert_int_equal(card.candidates_count, 0);
    assert_int_equal(card.preferred, FAMILY_GEMM);
    assert_int_equal(card.reasons_count, 1);
    assert_false(card.allowed[FAMILY_WINOGRAD]);
    rule_set_free(&rules);
}

/* Only GEMM takes int8x4, so where its kernels have absent instructions nobody is put up for it. */
static void test_shipped_int8x4(void **state)
{
    (void)state;
    struct rule_set rules = shipped();
    struct problem problem = problem_of("convint8 " CONV_3X3 "-F 1");
    static const char *const cases[][3] = {{"gfx1010", "gfx1010", "91"},
                                           {"gfx1010", "gfx1030", ""},
                                           {"gfx1013", "gfx1030", ""},
                                           {"gfx1012", "gfx1030", "91"}};

    problem.x.type = problem.w.type = TYPE_INT8X4;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct query query = {
            .chip = cases[i][0], .target = cases[i][1], .miopen = {2, 20, 0}, .problem = &problem};
        struct decision decision;

        decision_for(&rules, &query, &decision);
        assert_true(decision.forced);
        assert_string_equal(ids(&decision), cases[i][2]);
    }
    rule_set_free(&rules);
}

/* Without any rule an RDNA1 card gets what keeps it from hanging, and the reason says so. */
static void test_no_rule(void **state)
{
    (void)state;
    struct rule_set none = {0};
    struct rule_set others = parse("[x]\nWhy=y\nMatchChip=gfx1012\nAllow=any\n");
    const struct problem problem = problem_of("conv " CONV_3X3 "-F 1");
    const struct rule_set *const sets[] = {&none, &others};
    for (size_t i = 0; i < 2; i++) {
        const struct decision decision = decide(sets[i], "gfx1010", "gfx1010", &problem);
        assert_true(decision.forced);
        assert_string_equal(ids(&decision), "91 85");
        assert_int_equal(decision.reasons_count, 1);
        assert_string_equal(rule_origin(decision.reasons[0]), "built in");
        assert_true(strlen(rule_why(decision.reasons[0])) > 0);
        assert_true(strlen(rule_name(decision.reasons[0])) > 0);
    }
    rule_set_free(&others);
}

static void test_semantics(void **state)
{
    (void)state;
    static const struct {
        const char *rules, *line, *ids;
    } cases[] = {
        /* Allow replaces */
        {"[a]\nWhy=y\nAllow=naive\n", "conv " CONV_3X3 "-F 1", "85"},
        {"[a]\nWhy=y\nAllow=naive\n[b]\nWhy=y\nAllow=gemm\n", "conv " CONV_3X3 "-F 1", "91"},
        {"[a]\nWhy=y\nAllow=GemmFwdRest\n", "conv " CONV_3X3 "-F 1", "91"},
        {"[a]\nWhy=y\nAllow=GemmFwd1x1_0_1 naive\n", "conv " CONV_3X3 "-F 1", "85"},
        /* the order of words in Allow means nothing */
        {"[a]\nWhy=y\nAllow=naive gemm\n", "conv " CONV_3X3 "-F 1", "91 85"},
        /* Deny removes, and a later Allow brings back */
        {"[a]\nWhy=y\nDeny=gemm\n", "conv " CONV_3X3 "-F 1", "85"},
        {"[a]\nWhy=y\nDeny=GemmFwdRest\n", "conv " CONV_3X3 "-F 1", "85"},
        {"[a]\nWhy=y\nDeny=GemmFwdRest\n", "conv " CONV_3X3 "-F 2", "97 86"},
        {"[a]\nWhy=y\nDeny=gemm naive\n", "conv " CONV_3X3 "-F 1", ""},
        {"[a]\nWhy=y\nDeny=winograd fft direct implicit-gemm\n", "conv " CONV_3X3 "-F 1", "91 85"},
        {"[a]\nWhy=y\nDeny=gemm\n[b]\nWhy=y\nAllow=gemm naive\n", "conv " CONV_3X3 "-F 1", "91 85"},
        {"[a]\nWhy=y\nAllow=gemm naive\nDeny=gemm\n", "conv " CONV_3X3 "-F 1", "85"},
        /* Prefer orders; the last one that matches stands first */
        {"[a]\nWhy=y\nPrefer=naive\n", "conv " CONV_3X3 "-F 1", "85 91"},
        {"[a]\nWhy=y\nPrefer=naive gemm\n", "conv " CONV_3X3 "-F 1", "85 91"},
        {"[a]\nWhy=y\nPrefer=naive\n[b]\nWhy=y\nPrefer=gemm\n", "conv " CONV_3X3 "-F 1", "91 85"},
        {"[a]\nWhy=y\nPrefer=naive\n[b]\nWhy=y\nPrefer=GemmBwdRest\n", "conv " CONV_3X3 "-F 1",
         "85 91"},
        {"[a]\nWhy=y\nPrefer=naive\n[b]\nWhy=y\nPrefer=GemmFwdRest\n", "conv " CONV_3X3 "-F 1",
         "91 85"},
        /* Prefer does not allow */
        {"[a]\nWhy=y\nAllow=gemm\nPrefer=naive\n", "conv " CONV_3X3 "-F 1", "91"},
        /* Matching: every key, any of its words */
        {"[a]\nWhy=y\nMatchType=fp16 bf16\nPrefer=naive\n", "convbfp16 " CONV_3X3 "-F 1", "85 91"},
        {"[a]\nWhy=y\nMatchType=fp16 bf16\nPrefer=naive\n", "conv " CONV_3X3 "-F 1", "91 85"},
        {"[a]\nWhy=y\nMatchType=fp16\nMatchDirection=forward\nPrefer=naive\n",
         "convfp16 " CONV_3X3 "-F 2", "97 86"},
        {"[a]\nWhy=y\nMatchDirection=backward-data\nPrefer=naive\n",
         "conv " CONV_3X3 "-F 1 -m trans", "86 97"},
        {"[a]\nWhy=y\nMatchType=int8\nPrefer=naive\n", "convint8 " CONV_3X3 "-F 1", "85 91"},
        {"[a]\nWhy=y\nMatchLayout=NCHW\nPrefer=naive\n", "conv " CONV_3X3 "-F 1", "85 91"},
        {"[a]\nWhy=y\nMatchLayout=NCHW\nPrefer=naive\n",
         "conv " CONV_3X3 "--in_d 5 --spatial_dim 3 -F 1", "91 85"},
        {"[a]\nWhy=y\nMatchLayout=NCDHW NHWC\nDeny=naive\n",
         "conv " CONV_3X3 "-F 1 -I NHWC -f NHWC -O NHWC", ""},
        {"[a]\nWhy=y\nMatchMiopen=>=3.5,<3.6\nPrefer=naive\n", "conv " CONV_3X3 "-F 1", "85 91"},
        {"[a]\nWhy=y\nMatchMiopen=<3.5.1\nPrefer=naive\n", "conv " CONV_3X3 "-F 1", "91 85"},
        {"[a]\nWhy=y\nMatchTarget=gfx1010 gfx1030\nPrefer=naive\n", "conv " CONV_3X3 "-F 1",
         "85 91"},
        {"[a]\nWhy=y\nMatchTarget=gfx103 gfx10300\nPrefer=naive\n", "conv " CONV_3X3 "-F 1",
         "91 85"},
        {"[a]\nWhy=y\nMatchChip=gfx1012 gfx1010\nPrefer=naive\n", "conv " CONV_3X3 "-F 1", "85 91"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rule_set rules = parse(cases[i].rules);
        const struct problem problem = problem_of(cases[i].line);
        const struct decision decision = decide(&rules, "gfx1010", "gfx1030", &problem);
        if (strcmp(ids(&decision), cases[i].ids) != 0)
            fail_msg("%s%s\n\"%s\", not \"%s\"", cases[i].rules, cases[i].line, ids(&decision),
                     cases[i].ids);
        assert_true(decision.forced);
        rule_set_free(&rules);
    }
}

static void test_allow_any(void **state)
{
    (void)state;
    const struct problem problem = problem_of("conv " CONV_3X3 "-F 1");
    struct rule_set rules = parse("[a]\nWhy=y\nAllow=gemm\n[b]\nWhy=y\nAllow=any\n"
                                  "[c]\nWhy=y\nDeny=gemm\n");
    struct decision decision = decide(&rules, "gfx1010", "gfx1010", &problem);
    assert_false(decision.forced);
    assert_int_equal(decision.candidates_count, 0);
    assert_int_equal(decision.reasons_count, 3);
    assert_string_equal(rule_name(decision.reasons[1]), "b");
    assert_true(decision.allowed[FAMILY_WINOGRAD]);
    assert_true(decision_allows(&decision, 84));
    rule_set_free(&rules);

    rules = parse("[a]\nWhy=y\nAllow=any\n[b]\nWhy=y\nAllow=naive\n");
    decision = decide(&rules, "gfx1010", "gfx1010", &problem);
    assert_true(decision.forced);
    assert_string_equal(ids(&decision), "85");
    assert_true(decision_allows(&decision, 85));
    assert_false(decision_allows(&decision, 91));
    assert_false(decision_allows(&decision, 84));
    rule_set_free(&rules);
}

/* What is said about convolutions is not said about the card. */
static void test_card_as_a_whole(void **state)
{
    (void)state;
    struct rule_set rules = parse("[a]\nWhy=y\nMatchType=fp16\nAllow=any\n"
                                  "[b]\nWhy=y\nMatchDirection=forward\nDeny=gemm\n"
                                  "[c]\nWhy=y\nMatchLayout=NCHW\nDeny=gemm\n"
                                  "[d]\nWhy=y\nDeny=naive\n");
    const struct decision decision = decide(&rules, "gfx1010", "gfx1010", NULL);
    assert_true(decision.forced);
    assert_int_equal(decision.reasons_count, 1);
    assert_string_equal(rule_name(decision.reasons[0]), "d");
    assert_true(decision.allowed[FAMILY_GEMM]);
    assert_false(decision.allowed[FAMILY_NAIVE]);
    rule_set_free(&rules);

    rules = parse("[a]\nWhy=y\nDeny=gemm naive\n");
    assert_int_equal(decide(&rules, "gfx1010", "gfx1010", NULL).preferred, FAMILY_COUNT);
    rule_set_free(&rules);
}

static void test_unknown_miopen(void **state)
{
    (void)state;
    struct rule_set rules = parse("[a]\nWhy=y\nMatchMiopen=<9\nPrefer=naive\n");
    const struct problem problem = problem_of("conv " CONV_3X3 "-F 1");
    const struct query query = {.chip = "gfx1010", .target = "", .problem = &problem};
    struct decision decision;
    decision_for(&rules, &query, &decision);
    assert_string_equal(ids(&decision), "91 85");
    rule_set_free(&rules);
}

static void test_many_reasons(void **state)
{
    (void)state;
    char text[2000] = "";
    for (int i = 0; i < 12; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "[r%d]\nWhy=y\nPrefer=gemm\n",
                 i);
    struct rule_set rules = parse(text);
    const struct decision decision = decide(&rules, "gfx1010", "gfx1010", NULL);
    assert_int_equal(decision.reasons_count, REASONS_MAX);
    assert_string_equal(rule_name(decision.reasons[0]), "r4");
    assert_string_equal(rule_name(decision.reasons[REASONS_MAX - 1]), "r11");
    rule_set_free(&rules);
}

/* On every RDNA1 chip, what can be done is done by what is allowed, and by nothing else. */
static void test_promise(void **state)
{
    (void)state;
    sample_begin();
    struct rule_set rules = shipped();
    static const char *const cards[] = {"gfx1010", "gfx1011", "gfx1012", "gfx1013"};
    static const char *const targets[] = {"gfx1010", "gfx1030", "gfx1012"};
    for (int i = 0; i < 20000; i++) {
        const struct problem problem = sample_problem();
        const struct decision decision =
            decide(&rules, cards[sample_below(4)], targets[sample_below(3)], &problem);
        assert_true(decision.forced);
        for (size_t s = 0; s < solvers_count; s++)
            assert_int_equal(decision_allows(&decision, solvers[s].id),
                             solver_can_apply(&solvers[s], &problem, miopen, 0));
        for (unsigned c = 0; c < decision.candidates_count; c++)
            assert_true(decision.allowed[decision.candidates[c]->family]);
        assert_false(decision_allows(&decision, 84));
        assert_true(decision.reasons_count >= 1);
    }
    rule_set_free(&rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_cards_pass), cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_no_rule),          cmocka_unit_test(test_semantics),
        cmocka_unit_test(test_allow_any),        cmocka_unit_test(test_card_as_a_whole),
        cmocka_unit_test(test_unknown_miopen),   cmocka_unit_test(test_many_reasons),
        cmocka_unit_test(test_promise),          cmocka_unit_test(test_shipped_int8x4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
