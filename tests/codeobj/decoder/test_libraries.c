/*
 * The scan of real libraries, which several compilers made: what is for the chip itself has no
 * finding, what a compiler put into it against hazards is found again, and code for gfx1030 has the
 * findings that are known of it. Each instruction is decoded as LLVM does.
 */
#include "codeobj/code_object.h"
#include "codeobj/container.h"
#include "codeobj/instruction.h"
#include "codeobj/mapping.h"
#include "oracle.h"

#include <fts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

struct expected {
    const char *release; /* the directory it is in begins so */
    const char *suffix;  /* of its files */
    const char *target;
    uint64_t kernels;
    uint64_t instructions;
    uint64_t sites[FINDING_COUNT];
    uint64_t kernels_by_kind[FINDING_COUNT];
};

static const struct expected expected[] = {
#define COUNTS(release_, suffix_, target_, kernels_, instructions_, ...)                           \
    {.release = (release_),                                                                        \
     .suffix = (suffix_),                                                                          \
     .target = (target_),                                                                          \
     .kernels = (kernels_),                                                                        \
     .instructions = (instructions_),                                                              \
     __VA_ARGS__},
#define SITES(kind, sites_, kernels_)                                                              \
    .sites[FINDING_##kind] = (sites_), .kernels_by_kind[FINDING_##kind] = (kernels_)
#include "libraries.list"
#undef SITES
#undef COUNTS
};

#define FLAT_RULE_CLANG 22

/* What is counted of all code for a target in a library. */
struct counts {
    const char *target;
    unsigned compiler;
    struct scan_options options;
    struct expected found;
    uint64_t undecoded;
    /* Of instructions that compilers insert, those at which a finding is once they are ignored. */
    uint64_t depctr, depctr_found;
    uint64_t null_moves, null_moves_found;
};

static struct {
    const char *chip;
    uint32_t bit;
    struct oracle *oracle;
} oracles[] = {{"gfx1010", CHIP_GFX1010, NULL}, {"gfx1030", CHIP_GFX1030, NULL}};

#define ORACLES_COUNT (sizeof(oracles) / sizeof(oracles[0]))

static char **paths;
static int paths_count;

static bool is_found(const struct scan_result *result, uint64_t address, enum finding_kind kind)
{
    for (size_t i = 0; i < result->sites_count; i++)
        if (result->sites[i].address == address && result->sites[i].kind == kind)
            return true;
    return false;
}

/* Every workaround in the code stands before an instruction that needs it. */
static void recall_count(const struct code *code, const struct scan_result *result,
                         struct counts *counts)
{
    for (size_t at = 0; at + 4 <= code->size;) {
        const struct instruction one = instruction_decode(code->bytes + at, code->size - at);
        const uint64_t next = code->address + at + one.size;
        const unsigned operand = (unsigned)one.bits & 0xffff;
        /* vm_vsrc(0), and nothing of what else it may wait for that is another workaround. */
        if (one.slot == SOPP_s_waitcnt_depctr && (operand >> 2 & 7) == 0 && operand & 1) {
            counts->depctr++;
            counts->depctr_found += is_found(result, next, FINDING_VMEM_TO_SCALAR);
        }
        if ((uint32_t)one.bits == 0xbefd0380) { /* s_mov_b32 null, 0 */
            counts->null_moves++;
            counts->null_moves_found += is_found(result, next, FINDING_SMEM_TO_VECTOR);
        }
        at += one.size;
    }
}

/* Of real code LLVM takes on either chip what we take, at the same length. Zeroes fill up. */
static void oracle_compare(const struct code *code, const char *target)
{
    for (size_t at = 0; at + 4 <= code->size;) {
        const struct instruction one = instruction_decode(code->bytes + at, code->size - at);
        for (size_t i = 0; i < ORACLES_COUNT && (uint32_t)one.bits != 0; i++) {
            const struct oracle_instruction other =
                oracle_decode(oracles[i].oracle, code->bytes + at, code->size - at);
            if (other.size != (one.flags & oracles[i].bit ? one.size : 0))
                fail_msg("%s code: %#lx (%08x) is %u bytes long, of LLVM for %s %zu (%s)", target,
                         (unsigned long)(code->address + at), (unsigned)one.bits, one.size,
                         oracles[i].chip, other.size, other.size > 0 ? other.name : "refused");
        }
        at += one.size;
    }
}

static int object_count(struct span bytes, const char *place, void *context)
{
    (void)place;
    struct counts *counts = context;
    struct code_object object;
    const char *why;
    if (code_object_open(bytes, &object, &why) < 0)
        return 0;
    for (size_t i = 0;
         object.target && strcmp(object.target, counts->target) == 0 && i < object.functions_count;
         i++) {
        struct scan_result result;
        struct scan_options options = counts->options;
        /* Which compilers take the newer rule; the numbers for gfx1030 are by the older. */
        options.lds_branch_flat =
            strcmp(counts->target, "gfx1010") == 0 && object.compiler >= FLAT_RULE_CLANG;
        assert_int_equal(scan_code(&object.functions[i].code, &options, &result), 0);
        counts->compiler = object.compiler;
        counts->found.kernels++;
        counts->found.instructions += result.instructions;
        counts->undecoded += result.undecoded;
        for (int kind = 0; kind < FINDING_COUNT; kind++) {
            counts->found.sites[kind] += result.counts[kind];
            counts->found.kernels_by_kind[kind] += result.counts[kind] > 0;
        }
        if (counts->options.ignore_mitigations)
            recall_count(&object.functions[i].code, &result, counts);
        else
            oracle_compare(&object.functions[i].code, counts->target);
        scan_result_free(&result);
    }
    code_object_close(&object);
    return 0;
}

static void note_ignore(const char *text, void *context)
{
    (void)text;
    (void)context;
}

static void file_count(const char *path, struct counts *counts)
{
    const struct container_visitor visitor = {
        .code_object = object_count, .note = note_ignore, .context = counts};
    struct mapping mapping;
    assert_int_equal(mapping_open(path, &mapping), 0);
    assert_int_equal(container_walk(mapping.file, &visitor), 0);
    mapping_close(&mapping);
}

static bool ends(const char *text, const char *with)
{
    const size_t length = strlen(text);
    return length >= strlen(with) && strcmp(text + length - strlen(with), with) == 0;
}

/* A library, or those files in a directory and below whose names end so. */
static void path_count(char *path, const char *suffix, struct counts *counts)
{
    char *const paths_of_walk[] = {path, NULL};
    FTS *walk = fts_open(paths_of_walk, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    assert_non_null(walk);
    for (const FTSENT *entry; (entry = fts_read(walk));)
        if (entry->fts_info == FTS_F && ends(entry->fts_path, suffix))
            file_count(entry->fts_path, counts);
    fts_close(walk);
}

static struct counts library_count(char *path, const char *suffix, const char *target,
                                   bool ignore_mitigations)
{
    struct counts counts = {
        .target = target,
        .options = {.chip = chip_from_name("gfx1010"), .ignore_mitigations = ignore_mitigations},
    };
    assert_non_null(counts.options.chip);
    path_count(path, suffix, &counts);
    return counts;
}

static void print_counts(const char *path, const struct counts *counts)
{
    print_message("# %s, %s, clang %u: %lu functions, %lu instructions\n", path, counts->target,
                  counts->compiler, (unsigned long)counts->found.kernels,
                  (unsigned long)counts->found.instructions);
    for (int kind = 0; kind < FINDING_COUNT; kind++)
        if (counts->found.sites[kind] > 0)
            print_message("#   %s: %lu (%lu)\n", finding_id((enum finding_kind)kind),
                          (unsigned long)counts->found.sites[kind],
                          (unsigned long)counts->found.kernels_by_kind[kind]);
}

static void native_code_has_no_finding(void **state)
{
    (void)state;
    int with = 0;
    for (int i = 0; i < paths_count; i++) {
        const struct counts counts = library_count(paths[i], "", "gfx1010", false);
        with += counts.found.kernels > 0;
        print_counts(paths[i], &counts);
        assert_int_equal(counts.undecoded, 0);
        for (int kind = 0; kind < FINDING_COUNT; kind++)
            assert_int_equal(counts.found.sites[kind], 0);
    }
    if (with == 0)
        skip();
}

static void workarounds_in_native_code_are_found_again(void **state)
{
    (void)state;
    uint64_t depctr = 0;
    uint64_t null_moves = 0;
    for (int i = 0; i < paths_count; i++) {
        const struct counts counts = library_count(paths[i], "", "gfx1010", true);
        print_counts(paths[i], &counts);
        assert_int_equal(counts.depctr_found, counts.depctr);
        assert_int_equal(counts.null_moves_found, counts.null_moves);
        depctr += counts.depctr;
        null_moves += counts.null_moves;
        if (counts.found.kernels > 0) {
            assert_true(counts.found.sites[FINDING_LDS_BRANCH] > 0);
            assert_true(counts.found.sites[FINDING_VMEM_TO_SCALAR] >= counts.depctr);
        }
    }
    if (depctr == 0)
        skip();
    print_message("# %lu s_waitcnt_depctr, %lu s_mov_b32 null\n", (unsigned long)depctr,
                  (unsigned long)null_moves);
}

/* .../rocrand/5.3.3-4/librocrand.so.1.1 is of rocrand/5.3.3. */
static bool is_release(const char *path, const char *release)
{
    char part[64];
    snprintf(part, sizeof(part), "/%s-", release);
    return strstr(path, part);
}

static void counts_check(const struct counts *counts, const struct expected *wanted)
{
    assert_int_equal(counts->undecoded, 0);
    assert_int_equal(counts->found.kernels, wanted->kernels);
    assert_int_equal(counts->found.instructions, wanted->instructions);
    for (int kind = 0; kind < FINDING_COUNT; kind++) {
        assert_int_equal(counts->found.sites[kind], wanted->sites[kind]);
        assert_int_equal(counts->found.kernels_by_kind[kind], wanted->kernels_by_kind[kind]);
    }
}

static void code_for_gfx1030_has_the_known_findings(void **state)
{
    (void)state;
    int known = 0;
    for (int i = 0; i < paths_count; i++)
        for (size_t j = 0; j < sizeof(expected) / sizeof(expected[0]); j++) {
            if (!is_release(paths[i], expected[j].release))
                continue;
            const struct counts counts =
                library_count(paths[i], expected[j].suffix, expected[j].target, false);
            print_counts(paths[i], &counts);
            counts_check(&counts, &expected[j]);
            known++;
        }
    if (known == 0)
        skip();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(native_code_has_no_finding),
        cmocka_unit_test(workarounds_in_native_code_are_found_again),
        cmocka_unit_test(code_for_gfx1030_has_the_known_findings),
    };
    if (argc < 2) {
        puts("1..0 # SKIP none were fetched: sim/fetch-rocrand");
        return 0;
    }
    for (size_t i = 0; i < ORACLES_COUNT; i++)
        if (!(oracles[i].oracle = oracle_open(oracles[i].chip, false))) {
            fprintf(stderr, "this LLVM has no %s\n", oracles[i].chip);
            return 1;
        }
    paths = argv + 1;
    paths_count = argc - 1;
    return cmocka_run_group_tests_name("libraries", tests, NULL, NULL);
}
