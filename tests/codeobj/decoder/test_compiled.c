/*
 * The scan of kernels that LLVM compiled three ways: for gfx1010, for gfx1030, and for gfx1030 with
 * the hazards of gfx1010 switched on. Where LLVM puts a workaround there is a finding without it,
 * and where it has put them all there is none.
 */
#include "codeobj/instruction.h"
#include "objects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { NATIVE, LATER, LATER_FIXED, WAYS };

static struct object objects[WAYS];

/* The words that LLVM 19 inserts, and the findings they are against. */
static const struct {
    uint32_t word;
    enum finding_kind kind;
    const char *text;
} workarounds[] = {
    {0xbfa3fffe, FINDING_VCMPX_EXEC, "s_waitcnt_depctr 0xfffe"},
    {0xbfa3ffe3, FINDING_VMEM_TO_SCALAR, "s_waitcnt_depctr 0xffe3"},
    {0xbefd0380, FINDING_SMEM_TO_VECTOR, "s_mov_b32 null, 0"},
    {0xbbfd0000, FINDING_LDS_BRANCH, "s_waitcnt_vscnt null, 0"},
};

#define WORKAROUNDS (sizeof(workarounds) / sizeof(workarounds[0]))

struct totals {
    uint64_t findings[FINDING_COUNT];
    uint64_t workarounds[WORKAROUNDS];
    uint64_t found_again[WORKAROUNDS];
};

static size_t workaround_of(uint32_t word)
{
    size_t i = 0;
    while (i < WORKAROUNDS && workarounds[i].word != word)
        i++;
    return i;
}

static bool is_found(const struct scan_result *result, uint64_t address, enum finding_kind kind)
{
    for (size_t i = 0; i < result->sites_count; i++)
        if (result->sites[i].address == address && result->sites[i].kind == kind)
            return true;
    return false;
}

/* Several workarounds may stand before one instruction. */
static void workarounds_count(const struct code *code, const struct scan_result *result,
                              struct totals *totals)
{
    bool open[WORKAROUNDS] = {false};
    for (size_t at = 0; at + 4 <= code->size;) {
        const struct instruction one = instruction_decode(code->bytes + at, code->size - at);
        const size_t workaround = workaround_of((uint32_t)one.bits);
        if (workaround < WORKAROUNDS) {
            totals->workarounds[workaround]++;
            open[workaround] = true;
        }
        for (size_t i = 0; i < WORKAROUNDS && workaround == WORKAROUNDS; i++) {
            totals->found_again[i] +=
                open[i] && is_found(result, code->address + at, workarounds[i].kind);
            open[i] = false;
        }
        at += one.size;
    }
}

static struct totals object_scan(const struct object *object, bool ignore_mitigations)
{
    struct totals totals = {0};
    const struct scan_options options = {.chip = chip_from_name("gfx1010"),
                                         .ignore_mitigations = ignore_mitigations};
    for (size_t i = 0; i < object->symbols_count; i++) {
        const struct code *code = &object->symbols[i].code;
        struct scan_result result;
        if (!code->bytes)
            continue;
        assert_int_equal(scan_code(code, &options, &result), 0);
        assert_int_equal(result.undecoded, 0);
        for (int kind = 0; kind < FINDING_COUNT; kind++)
            totals.findings[kind] += result.counts[kind];
        workarounds_count(code, &result, &totals);
        scan_result_free(&result);
    }
    return totals;
}

static void code_with_workarounds_has_no_finding(void **state)
{
    (void)state;
    for (int kind = 0; kind < FINDING_COUNT; kind++) {
        assert_int_equal(object_scan(&objects[NATIVE], false).findings[kind], 0);
        assert_int_equal(object_scan(&objects[LATER_FIXED], false).findings[kind], 0);
    }
}

static void workarounds_are_found_again(void **state)
{
    (void)state;
    const struct totals native = object_scan(&objects[NATIVE], true);
    const struct totals fixed = object_scan(&objects[LATER_FIXED], true);
    for (size_t i = 0; i < WORKAROUNDS; i++) {
        print_message("# %s: %lu and %lu\n", workarounds[i].text,
                      (unsigned long)native.workarounds[i], (unsigned long)fixed.workarounds[i]);
        assert_true(fixed.workarounds[i] > 0);
        assert_int_equal(native.found_again[i], native.workarounds[i]);
        assert_int_equal(fixed.found_again[i], fixed.workarounds[i]);
    }
}

/* Of these every place is one where LLVM puts a workaround: it cannot do with less. */
static void places_are_those_of_llvm(void **state)
{
    (void)state;
    const struct totals later = object_scan(&objects[LATER], true);
    const struct totals fixed = object_scan(&objects[LATER_FIXED], true);
    for (size_t i = 0; i < WORKAROUNDS; i++) {
        const enum finding_kind kind = workarounds[i].kind;
        assert_int_equal(later.workarounds[i], 0);
        assert_true(later.findings[kind] >= fixed.workarounds[i]);
        if (kind == FINDING_VCMPX_EXEC || kind == FINDING_LDS_BRANCH)
            assert_int_equal(later.findings[kind], fixed.workarounds[i]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_with_workarounds_has_no_finding),
        cmocka_unit_test(workarounds_are_found_again),
        cmocka_unit_test(places_are_those_of_llvm),
    };
    if (argc != 1 + WAYS) {
        fputs("test_compiled NATIVE.o LATER.o LATER-FIXED.o\n", stderr);
        return 1;
    }
    for (int i = 0; i < WAYS; i++)
        objects[i] = object_read(argv[1 + i]);
    const int r = cmocka_run_group_tests_name("compiled", tests, NULL, NULL);
    for (int i = 0; i < WAYS; i++)
        object_free(&objects[i]);
    return r;
}
