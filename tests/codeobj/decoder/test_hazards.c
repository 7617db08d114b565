/* The scan of each case in hazards.s: what is marked there is found, and nothing else. */
#include "codeobj/code.h"
#include "objects.h"

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
    code.wave_lanes = begins(one->name, "wave64_") ? 64 : 32;
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cases_have_their_findings)};
    cases_path = argc > 1 ? argv[1] : "hazards.o";
    return cmocka_run_group_tests_name("hazards", tests, NULL, NULL);
}
