#include "base/cleanup.h"
#include "cmocka_all.h"
#include "policy/rule_section.h"
#include "samples.h"

#include <string.h>

static struct rule_set parse(const char *text)
{
    struct rule_set set = {0};
    assert_int_equal(rule_set_parse(&set, "t.rules", text, strlen(text)), 0);
    return set;
}

/* Puts a text into the middle of a larger one, without its NUL. */
static size_t overwrite(char *at, const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        at[i] = text[i];
    return length;
}

#define GOOD "[good]\nWhy=tested\nPrefer=naive\n"

static void test_good_section(void **state)
{
    (void)state;
    struct rule_set set = parse("\xef\xbb\xbf# comment\r\n"
                                "\r\n"
                                "  [ Navi 10: an example ]  \r\n"
                                "\t# comment\n"
                                "Why=wrong results: see §3 # not a comment\n"
                                "MatchChip=gfx1010   gfx1012\n"
                                "MatchTarget = gfx1030 gfx10-3-generic \n"
                                "MatchMiopen=>=2.17,<2.20\n"
                                "MatchDirection=forward backward-weights\n"
                                "MatchType=fp16 int8\n"
                                "MatchLayout=NCHW NDHWC other\n"
                                "Allow=gemm ConvDirectNaiveConvFwd\n"
                                "Deny=winograd GemmFwdRest\n"
                                "Prefer=ConvDirectNaiveConvFwd gemm"); /* no newline at the end */
    assert_int_equal(set.errors_count, 0);
    assert_int_equal(set.count, 1);
    const struct rule *rule = &set.rules[0];
    assert_string_equal(rule_name(rule), "Navi 10: an example");
    assert_string_equal(rule_why(rule), "wrong results: see §3 # not a comment");
    assert_string_equal(rule_origin(rule), "t.rules:3");
    assert_int_equal(rule->chips, 1U << 0 | 1U << 2);
    assert_string_equal(rule->targets, "gfx1030 gfx10-3-generic");
    assert_string_equal(rule->miopen, ">=2.17,<2.20");
    assert_int_equal(rule->directions, 1U << DIRECTION_FORWARD | 1U << DIRECTION_BACKWARD_WEIGHTS);
    assert_int_equal(rule->types, 1U << TYPE_FP16 | 1U << TYPE_INT8);
    assert_int_equal(rule->layouts, layout_bit(LAYOUT_DEFAULT, 2) |
                                        layout_bit(LAYOUT_CHANNEL_LAST, 3) |
                                        layout_bit(LAYOUT_OTHER, 2));
    const solver_mask naive_forward = 1U << (solver_from_id(85) - solvers);
    assert_true(rule->allows);
    assert_int_equal(rule->allow, family_mask(FAMILY_GEMM) | naive_forward);
    assert_int_equal(rule->deny, 1U << (solver_from_id(91) - solvers));
    assert_int_equal(rule->preferences_count, 2);
    assert_int_equal(rule->preferences[0], naive_forward);
    assert_int_equal(rule->preferences[1], family_mask(FAMILY_GEMM));
    rule_set_free(&set);
    assert_int_equal(set.count, 0);
}

/* A mistake, alone in its section: the message, the section gone, its neighbours there. */
static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *section;
        const char *message;
    } cases[] = {
        {"[x]\nPrefer=gemm\n", "t.rules:4: [x] has no Why: add a line Why= with the reason and its "
                               "evidence"},
        {"[x]\nWhy=y\n", "t.rules:4: [x] does nothing: add Allow=, Deny= or Prefer="},
        {"[x]\nWhy=y\nAllow=any\nDeny=gemm\n",
         "t.rules:4: [x] leaves every choice to MIOpen by Allow=any: take Deny and Prefer out"},
        {"[x\nWhy=y\nAllow=gemm\n",
         "t.rules:4: the heading has no ] at its end: expected [what it is about]"},
        {"[ ]\nWhy=y\nAllow=gemm\n",
         "t.rules:4: the heading is empty: expected [what it is about]"},
        {"[x]\nWhy=y\nAllow=gemm\njust words\n",
         "t.rules:7: expected [heading], Key=value or a comment that starts with #"},
        {"[x]\nWhy=y\nAllow=gemm\n=gemm\n",
         "t.rules:7: expected [heading], Key=value or a comment that starts with #"},
        {"[x]\nWhy=y\nAllow=gemm\n; comment\n",
         "t.rules:7: expected [heading], Key=value or a comment that starts with #"},
        {"[x]\nWhy=y\nMatchChips=gfx1010\nAllow=gemm\n",
         "t.rules:6: MatchChips is not a key: did you mean MatchChip?"},
        {"[x]\nwhy=y\nAllow=gemm\n", "t.rules:5: why is not a key: did you mean Why?"},
        {"[x]\nWhy=y\nAlow=gemm\n", "t.rules:6: Alow is not a key: did you mean Allow?"},
        {"[x]\nWhy=y\nColour=red\n",
         "t.rules:6: Colour is not a key: see rocm-rdna1-rules(5) for the keys there are"},
        {"[x]\nWhy=y\nAllow=gemm\nAllow=naive\n",
         "t.rules:7: Allow is there twice in one section: put all its values on one line"},
        {"[x]\nWhy=\nAllow=gemm\n",
         "t.rules:5: Why has no value: expected one sentence: the reason and its evidence"},
        {"[x]\nWhy=y\nAllow=  \n",
         "t.rules:6: Allow has no value: expected gemm, naive or names of solvers; or any alone"},
        {"[x]\nWhy=y\nAllow=gemm\nMatchMiopen=2.17.*\n",
         "t.rules:7: MatchMiopen: \"2.17.*\": expected a range such as \">=2.17,<2.20\" or a "
         "version "
         "such as \"3.5.1\""},
        {"[x]\nWhy=y\nAllow=gemm\nMatchChip=gfx1010 gfx1030\n",
         "t.rules:7: MatchChip: \"gfx1030\" is not an RDNA1 chip: expected gfx1010, gfx1011, "
         "gfx1012 "
         "or gfx1013 (no other card is ever decided upon)"},
        {"[x]\nWhy=y\nAllow=gemm\nMatchTarget=10.3.0\n",
         "t.rules:7: MatchTarget: \"10.3.0\" is not the name of a target: expected such as gfx1030 "
         "or "
         "gfx10-1-generic"},
        {"[x]\nWhy=y\nAllow=gemm\nMatchDirection=fwd\n",
         "t.rules:7: MatchDirection: \"fwd\" is not a direction: expected forward, backward-data "
         "or "
         "backward-weights"},
        {"[x]\nWhy=y\nAllow=gemm\nMatchType=half\n", "t.rules:7: MatchType: \"half\" is not a data "
                                                     "type: expected fp32, fp16, bf16, int8, fp64, "
                                                     "fp8, bf8, int8x4, int32 or int64"},
        {"[x]\nWhy=y\nAllow=gemm\nMatchLayout=nchw\n",
         "t.rules:7: MatchLayout: \"nchw\" is not a layout: expected NCHW, NHWC, NCDHW, NDHWC or "
         "other"},
        {"[x]\nWhy=y\nAllow=winograd\n",
         "t.rules:6: Allow: winograd cannot be chosen singly in this version: expected gemm, naive "
         "or "
         "one of their solvers (Allow=any leaves every choice to MIOpen)"},
        {"[x]\nWhy=y\nPrefer=direct\n",
         "t.rules:6: Prefer: direct cannot be chosen singly in this version: expected gemm, naive "
         "or "
         "one of their solvers (Allow=any leaves every choice to MIOpen)"},
        {"[x]\nWhy=y\nAllow=any gemm\n",
         "t.rules:6: Allow: any stands alone: it leaves every choice to MIOpen"},
        {"[x]\nWhy=y\nDeny=any\n", "t.rules:6: Deny: \"any\" is not known: expected gemm, naive or "
                                   "a solver such as GemmFwdRest"},
        {"[x]\nWhy=y\nAllow=GemmFwdRst\n",
         "t.rules:6: Allow: \"GemmFwdRst\" is not known: did you mean GemmFwdRest?"},
        {"[x]\nWhy=y\nDeny=winogrd\n",
         "t.rules:6: Deny: \"winogrd\" is not known: did you mean winograd?"},
        {"[x]\nWhy=y\x01\nAllow=gemm\n",
         "t.rules:5: the line is not text: expected UTF-8 without control characters"},
        {"[x]\nWhy=\xff\xfe\nAllow=gemm\n",
         "t.rules:5: the line is not text: expected UTF-8 without control characters"},
        {"[x]\nWhy=\xc0\xaf\nAllow=gemm\n", /* another spelling of "/" */
         "t.rules:5: the line is not text: expected UTF-8 without control characters"},
        {"[x]\nWhy=\xed\xa0\x80\nAllow=gemm\n", /* a surrogate */
         "t.rules:5: the line is not text: expected UTF-8 without control characters"},
        {"[x]\nWhy=\xe2\x82\nAllow=gemm\n", /* a character cut short */
         "t.rules:5: the line is not text: expected UTF-8 without control characters"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[1000];
        snprintf(text, sizeof(text), "%s%s%s", GOOD, cases[i].section, GOOD);
        struct rule_set set = parse(text);
        assert_int_equal(set.errors_count, 1);
        assert_string_equal(set.errors[0].message, cases[i].message);
        assert_int_equal(set.count, 2);
        assert_string_equal(rule_origin(&set.rules[0]), "t.rules:1");
        assert_string_equal(rule_name(&set.rules[1]), "good");
        rule_set_free(&set);
    }
}

static void test_outside_of_sections(void **state)
{
    (void)state;
    struct rule_set set = parse("Why=lost\nwords\n" GOOD);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.errors_count, 2);
    assert_string_equal(set.errors[0].message,
                        "t.rules:1: Why= stands before any section: put a [heading] above it");
    rule_set_free(&set);

    set = parse("");
    assert_int_equal(set.count + set.errors_count, 0);
    set = parse("\n\n   \n# only this\n\t#");
    assert_int_equal(set.count + set.errors_count, 0);
}

/* Every mistake of a section is told at once. */
static void test_several_mistakes(void **state)
{
    (void)state;
    struct rule_set set = parse("[x]\nMatchChip=navi\nMatchType=f\nAllow=gem\n" GOOD);
    assert_int_equal(set.errors_count, 3);
    assert_int_equal(set.count, 1);
    rule_set_free(&set);
}

/* The quoted part of a message ends between characters, never inside one. */
static void test_long_words_are_cut(void **state)
{
    (void)state;
    char text[700] = {0};
    size_t length = overwrite(text, "[x]\nWhy=y\nAllow=");
    for (int i = 0; i < 200; i++)
        length += overwrite(text + length, "ß");
    struct rule_set set = parse(text);
    assert_int_equal(set.errors_count, 1);
    assert_non_null(strstr(set.errors[0].message, "ß\" is not known"));
    assert_true(strlen(set.errors[0].message) < 200);
    rule_set_free(&set);
}

static void test_too_much(void **state)
{
    (void)state;
    const size_t size = 3 * 1024 * 1024;
    cleanup_free char *text = malloc(size);
    assert_non_null(text);

    /* A line of a megabyte costs its section, and a comment of that length costs nothing. */
    memset(text, 'a', size);
    overwrite(text, GOOD "[x]\n");
    const size_t end = 900 * 1024;
    const size_t whole = end + overwrite(text + end, "\n" GOOD);
    struct rule_set set = {0};
    assert_int_equal(rule_set_parse(&set, "t.rules", text, whole), 0);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.errors_count, 1);
    assert_string_equal(set.errors[0].message, "t.rules:5: the line is longer than 4096 bytes");
    rule_set_free(&set);
    text[strlen(GOOD)] = '#';
    text[strlen(GOOD) + 3] = '#';
    assert_int_equal(rule_set_parse(&set, "t.rules", text, whole), 0);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.errors_count, 0);
    rule_set_free(&set);

    /* A file past the limit is not read at all. */
    assert_int_equal(rule_set_parse(&set, "t.rules", text, size), 0);
    assert_int_equal(set.count, 0);
    assert_int_equal(set.errors_count, 1);
    rule_set_free(&set);

    /* As many mistakes as fit in a file: a screenful is told. */
    for (size_t i = 0; i < 900 * 1024; i += 2)
        overwrite(text + i, "x\n");
    assert_int_equal(rule_set_parse(&set, "t.rules", text, 900 * 1024), 0);
    assert_int_equal(set.errors_count, 51);
    assert_string_equal(set.errors[50].message, "t.rules:51: more mistakes are not shown");
    rule_set_free(&set);
}

/* NUL bytes and text without a NUL behind it, as rule_set_parse() is promised to stand. */
static void test_bytes(void **state)
{
    (void)state;
    static const char text[] = "[x]\nWhy=a\0b\nAllow=gemm\n" GOOD;
    cleanup_free char *exact = malloc(sizeof(text) - 1);
    assert_non_null(exact);
    memcpy(exact, text, sizeof(text) - 1);
    struct rule_set set = {0};
    assert_int_equal(rule_set_parse(&set, "t.rules", exact, sizeof(text) - 1), 0);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.errors_count, 1);
    rule_set_free(&set);
}

static char *read_whole(const char *path)
{
    cleanup_file FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) > 0);
    return text;
}

/* The rules that ship have no mistake, and are those that are compiled in. */
static void test_shipped_rules(void **state)
{
    (void)state;
    cleanup_free char *text = read_whole(SHIPPED_RULES);
    struct rule_set shipped = {0};
    assert_int_equal(rule_set_parse(&shipped, "50-rdna1.rules", text, strlen(text)), 0);
    for (size_t i = 0; i < shipped.errors_count; i++)
        print_error("%s\n", shipped.errors[i].message);
    assert_int_equal(shipped.errors_count, 0);
    assert_true(shipped.count >= 2);

    struct root root = ROOT_CLOSED;
    assert_int_equal(root_open("/", &root), 0);
    struct rule_set built_in;
    const char *const nowhere[] = {"/nonexistent/rules.d", NULL};
    assert_int_equal(rule_set_read(&root, nowhere, &built_in), 0);
    assert_true(built_in.built_in);
    assert_int_equal(built_in.errors_count, 0);
    assert_int_equal(built_in.count, shipped.count);
    for (size_t i = 0; i < shipped.count; i++) {
        assert_string_equal(rule_name(&built_in.rules[i]), rule_name(&shipped.rules[i]));
        assert_string_equal(rule_why(&built_in.rules[i]), rule_why(&shipped.rules[i]));
        assert_string_equal(rule_origin(&built_in.rules[i]), rule_origin(&shipped.rules[i]));
    }
    rule_set_free(&built_in);
    rule_set_free(&shipped);
    root_close(&root);
}

/* Random damage to the shipped rules: always an answer, and undamaged sections stay. */
static void test_damage(void **state)
{
    (void)state;
    sample_begin();
    cleanup_free char *shipped = read_whole(SHIPPED_RULES);
    const size_t length = strlen(shipped);
    cleanup_free char *text = malloc(length + strlen("\n" GOOD));
    assert_non_null(text);
    unsigned damaged = 0;
    for (int i = 0; i < 3000; i++) {
        overwrite(text, shipped);
        const size_t whole = length + overwrite(text + length, "\n" GOOD);
        for (unsigned j = 1 + sample_below(5); j > 0; j--)
            text[sample_bits() % length] = (char)sample_bits();
        struct rule_set set = {0};
        assert_int_equal(rule_set_parse(&set, "t.rules", text, whole), 0);
        assert_true(set.count >= 1);
        assert_string_equal(rule_name(&set.rules[set.count - 1]), "good");
        damaged += set.errors_count > 0;
        for (size_t j = 0; j < set.count; j++) {
            assert_true(strlen(rule_why(&set.rules[j])) > 0);
            assert_true(strlen(rule_name(&set.rules[j])) > 0);
        }
        rule_set_free(&set);
    }
    assert_true(damaged > 100);
}

/* The page that explains the keys names every one of them. */
static void test_keys_are_documented(void **state)
{
    (void)state;
    cleanup_free char *page = read_whole(RULES_PAGE);
    assert_true(rule_keys_count >= 10);
    for (unsigned i = 0; i < rule_keys_count; i++) {
        char entry[64];
        snprintf(entry, sizeof(entry), "\n*%s=*", rule_keys[i].name);
        if (!strstr(page, entry))
            fail_msg("rocm-rdna1-rules(5) has no entry for %s", rule_keys[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_section),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_outside_of_sections),
        cmocka_unit_test(test_several_mistakes),
        cmocka_unit_test(test_long_words_are_cut),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_shipped_rules),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_keys_are_documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
