/* The scan of each case in hazards.s: what is marked there is found, and nothing else. */
#include "codeobj/code.h"
#include "objects.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *cases_path;

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* found.NUMBER.KIND, with underscores for hyphens. */
static bool label_is(const char *name, const char *id)
{
    const char *kind = begins(name, "found.") ? strchr(name + strlen("found."), '.') : NULL;
    if (!kind || strlen(kind + 1) != strlen(id))
        return false;
    for (kind++; *id; kind++, id++)
        if (*kind != (*id == '-' ? '_' : *id))
            return false;
    return true;
}

static bool is_marked(const struct object *cases, const struct site *site)
{
    for (size_t i = 0; i < cases->symbols_count; i++)
        if (cases->symbols[i].address == site->address &&
            label_is(cases->symbols[i].name, finding_id(site->kind)))
            return true;
    return false;
}

static size_t marks_within(const struct object *cases, const struct code *code)
{
    size_t count = 0;
    for (size_t i = 0; i < cases->symbols_count; i++)
        count += begins(cases->symbols[i].name, "found.") &&
                 cases->symbols[i].address - code->address < code->size;
    return count;
}

static size_t case_check(const struct object *cases, const struct object_symbol *one)
{
    struct code code = one->code;
    code.rdna2 = !begins(one->name, "native_");
    code.wave_lanes = begins(one->name, "wave64_") ? 64 : begins(one->name, "lanes_") ? 0 : 32;
    const struct scan_options options = {
        .chip = chip_from_name(begins(one->name, "gfx1011_")   ? "gfx1011"
                               : begins(one->name, "gfx1013_") ? "gfx1013"
                                                               : "gfx1010"),
        .lds_branch_flat = begins(one->name, "flat_") && strstr(one->name, "_new_rule"),
        .ignore_mitigations = begins(one->name, "ignore_"),
    };
    struct scan_result result;
    assert_int_equal(scan_code(&code, &options, &result), 0);
    assert_int_equal(result.undecoded, 0);
    size_t failed = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < result.sites_count; i++) {
        assert_true(result.sites[i].address >= before);
        before = result.sites[i].address;
        if (is_marked(cases, &result.sites[i]))
            continue;
        print_error("%s+%#lx: %s found where none is\n", one->name,
                    (unsigned long)(before - code.address), finding_id(result.sites[i].kind));
        failed++;
    }
    if (result.sites_count < marks_within(cases, &code) + failed) {
        print_error("%s: %zu findings are marked, %zu are found\n", one->name,
                    marks_within(cases, &code), result.sites_count - failed);
        failed++;
    }
    scan_result_free(&result);
    return failed;
}

static void cases_have_their_findings(void **state)
{
    (void)state;
    struct object cases = object_read(cases_path);
    size_t count = 0;
    size_t failed = 0;
    for (size_t i = 0; i < cases.symbols_count; i++) {
        if (!cases.symbols[i].code.bytes)
            continue;
        count++;
        failed += case_check(&cases, &cases.symbols[i]);
    }
    object_free(&cases);
    assert_true(count > 50);
    assert_int_equal(failed, 0);
}

static void kinds_are_in_order(void **state)
{
    (void)state;
    for (int kind = 0; kind < FINDING_COUNT; kind++) {
        const enum finding_kind one = (enum finding_kind)kind;
        assert_true(finding_class(one) < CLASS_COUNT);
        assert_true(*finding_text(one) != '\0');
        assert_true(kind == 0 || finding_class(one) >= finding_class(one - 1));
        for (int other = 0; other < kind; other++)
            assert_string_not_equal(finding_id(one), finding_id((enum finding_kind)other));
    }
    assert_int_equal(finding_class(FINDING_ABSENT_OPCODE), CLASS_A);
    assert_int_equal(finding_class(FINDING_INST_PREFETCH), CLASS_B);
    assert_int_equal(finding_class(FINDING_VCMPX_PERMLANE), CLASS_C);
    assert_int_equal(finding_class(FINDING_VMEM_TO_SCALAR), CLASS_D);
}

static void wrong_requests_are_refused(void **state)
{
    (void)state;
    const struct chip other = {.name = "gfx1030", .gfx_target_version = 100300};
    const uint8_t bytes[] = {0x00, 0x00, 0x81, 0xbf, 0x00, 0x00, 0x80}; /* s_endpgm, and cut off */
    const struct code code = {.bytes = bytes, .size = sizeof(bytes)};
    const struct code none = {.size = 4};
    const struct scan_options options = {.chip = chip_from_name("gfx1010")};
    struct scan_result result = {.instructions = 99};
    assert_int_equal(scan_code(&code, &(struct scan_options){.chip = NULL}, &result), -EINVAL);
    assert_int_equal(scan_code(&code, &(struct scan_options){.chip = &other}, &result), -EINVAL);
    assert_int_equal(scan_code(&none, &options, &result), -EINVAL);
    assert_int_equal(result.instructions, 99);
    assert_int_equal(scan_code(&code, &options, &result), 0);
    assert_int_equal(result.instructions, 1);
    scan_result_free(&result);
    scan_result_free(&result);
    assert_int_equal(scan_code(&(struct code){.size = 0}, &options, &result), 0);
    assert_int_equal(result.instructions + result.undecoded + result.sites_count, 0);
}

/* Words that are no instruction are counted; what fills up after the end is not. */
static void padding_is_not_undecoded(void **state)
{
    (void)state;
    const uint32_t words[] = {
        0xbf810000,             /* s_endpgm */
        0xbf9f0000,             /* s_code_end */
        0x00000000, 0xffffffff, /* no encoding */
        0xbfff0000,             /* SOPP without such an opcode */
        0xd5000000,             /* a VOP3 cut off */
    };
    const struct code code = {.bytes = (const uint8_t *)words, .size = sizeof(words)};
    const struct scan_options options = {.chip = chip_from_name("gfx1010")};
    struct scan_result result;
    assert_int_equal(scan_code(&code, &options, &result), 0);
    assert_int_equal(result.instructions, 1);
    assert_int_equal(result.undecoded, 3);
    assert_int_equal(result.sites_count, 0);
    scan_result_free(&result);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_have_their_findings),
        cmocka_unit_test(kinds_are_in_order),
        cmocka_unit_test(wrong_requests_are_refused),
        cmocka_unit_test(padding_is_not_undecoded),
    };
    cases_path = argc > 1 ? argv[1] : "hazards.o";
    return cmocka_run_group_tests_name("hazards", tests, NULL, NULL);
}
