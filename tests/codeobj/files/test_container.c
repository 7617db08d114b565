/* Every container that LLVM's tools write is taken apart; what is damaged in any place harms
 * nobody. */
#include "sample.h"
#include "walked.h"

#include "base/cleanup.h"

static const struct {
    const char *name;
    enum container_kind kind;
    const char *objects;
} files[] = {
    {"gfx1010.co", CONTAINER_CODE_OBJECT, "gfx1010:2@; "},
    {"gfx1012.co", CONTAINER_CODE_OBJECT, "gfx1012:2@; "},
    {"gfx1030.hsaco", CONTAINER_CODE_OBJECT, "gfx1030:2@; "},
    {"gfx1030.o", CONTAINER_CODE_OBJECT, "gfx1030:2@; "},
    {"gfx900.co", CONTAINER_CODE_OBJECT, "gfx900:2@; "},
    {"generic.co", CONTAINER_CODE_OBJECT, "gfx10-1-generic:2@; "},
    {"old.o", CONTAINER_CODE_OBJECT, "gfx1010:1@; "},
    {"stripped.co", CONTAINER_CODE_OBJECT, "gfx1010:2@; "},
    {"both.bundle", CONTAINER_BUNDLE, "gfx1010:2@bundle 1; gfx1030:2@bundle 1; "},
    {"aligned.bundle", CONTAINER_BUNDLE, "gfx1010:2@bundle 1; gfx1030:2@bundle 1; "},
    {"later.bundle", CONTAINER_BUNDLE, "gfx1030:2@bundle 1; "},
    {"both.ccob", CONTAINER_COMPRESSED, "gfx1010:2@bundle 1; gfx1030:2@bundle 1; "},
    {"zlib-1.ccob", CONTAINER_COMPRESSED, "gfx1010:2@bundle 1; gfx1030:2@bundle 1; "},
    {"zlib-2.ccob", CONTAINER_COMPRESSED, "gfx1010:2@bundle 1; gfx1030:2@bundle 1; "},
    {"zlib-3.ccob", CONTAINER_COMPRESSED, "gfx1010:2@bundle 1; gfx1030:2@bundle 1; "},
    {"zstd-1.ccob", CONTAINER_COMPRESSED, "gfx1010:2@bundle 1; gfx1030:2@bundle 1; "},
    {"zstd-3.ccob", CONTAINER_COMPRESSED, "gfx1010:2@bundle 1; gfx1030:2@bundle 1; "},
    {"both.so", CONTAINER_HOST, "gfx1010:2@bundle 1; gfx1030:2@bundle 1; gfx1030:2@bundle 2; "},
    {"packed.so", CONTAINER_HOST,
     "gfx1010:2@bundle 1; gfx1030:2@bundle 1; gfx1010:2@bundle 2; gfx1030:2@bundle 2; "
     "gfx1010:2@bundle 3; gfx1030:2@bundle 3; "},
    {"bare.so", CONTAINER_HOST, ""},
    {"entry.o", CONTAINER_HOST, "gfx1030:2@hip-amdgcn-amd-amdhsa--gfx1030; "},
    {"kernels.ukdb", CONTAINER_DATABASE,
     "gfx1010:2@one.cl.o; gfx1030:2@two.cl.o; gfx1010:2@three.cl.o, bundle 1; "
     "gfx1030:2@three.cl.o, bundle 1; "},
    {"ahead.ukdb", CONTAINER_DATABASE, "gfx1010:2@one.cl.o; "},
    {"other.kdb", CONTAINER_DATABASE, ""},
    {"amdgpu-compiler-1", CONTAINER_ENTRY, "gfx1030:2@; "},
    {"plain.kpack", CONTAINER_PACK, "gfx1010:2@kernel 1; gfx1012:2@kernel 2; "},
    {"packed.kpack", CONTAINER_PACK, "gfx1010:2@kernel 1; gfx1030:2@kernel 2; "},
    {"text", CONTAINER_NONE, ""},
    {"empty", CONTAINER_NONE, ""},
};

#define FILES (sizeof(files) / sizeof(files[0]))

static void every_container_is_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        struct walked walked;
        size_t size;
        cleanup_free uint8_t *bytes = sample_read(files[i].name, &size);
        print_message("# %s\n", files[i].name);
        assert_int_equal(container_kind((struct span){bytes, size}), files[i].kind);
        walk_bytes(bytes, size, &walked);
        assert_string_equal(walked.objects, files[i].objects);
        assert_string_equal(walked.notes, "");
    }
}

/* Every place where headers are, and behind that only some. */
static size_t next_step(size_t at, size_t every, size_t step)
{
    return at < every ? step : 9 * step;
}

static void what_is_cut_off_anywhere_is_noted(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        size_t size;
        struct walked whole, walked;
        cleanup_free uint8_t *bytes = sample_read(files[i].name, &size);
        if (size == 0)
            continue;
        /* SQLite's first page is a whole one, or none. */
        const size_t least = files[i].kind == CONTAINER_DATABASE ? 512 : 64;
        /* Of what is long by its padding, the beginning will do. */
        const size_t end = (size < 6200 ? size : 6200) - 1;
        const size_t step = files[i].kind == CONTAINER_DATABASE ? 7 : 1;
        walk_bytes(bytes, size, &whole);
        for (size_t cut = 0; cut <= end; cut += next_step(cut, 1500, step)) {
            walk_bytes(bytes, cut, &walked);
            assert_true(walked.objects_count <= whole.objects_count);
            /* Where less was found somebody says why, unless it does not even begin as what it is.
             */
            const bool is_known =
                container_kind((struct span){bytes, cut}) == files[i].kind && cut >= least;
            if (walked.objects_count < whole.objects_count && walked.notes_count == 0 && is_known)
                fail_msg("%s cut at %zu: found less, without a note", files[i].name, cut);
        }
    }
}

/* Neither the size of what is found nor the time is without bounds when any one byte is another. */
static void any_byte_may_be_another(void **state)
{
    static const uint8_t others[] = {0x80, 0x00, 0xff};
    (void)state;
    for (size_t i = 0; i < FILES; i++) {
        size_t size;
        struct walked walked;
        cleanup_free uint8_t *bytes = sample_read(files[i].name, &size);
        if (size == 0)
            continue;
        const size_t end = (size < 3100 ? size : 3100) - 1;
        for (size_t at = 0; at <= end; at += next_step(at, 256, 1)) {
            const uint8_t kept = bytes[at];
            for (size_t k = 0; k < (at < 256 ? sizeof(others) : 1); k++) {
                bytes[at] = k == 0 ? (uint8_t)(kept ^ others[k]) : others[k];
                walk_bytes(bytes, size, &walked);
                assert_true(walked.objects_count <= 8);
            }
            bytes[at] = kept;
        }
    }
}

static void functions_are_what_the_symbols_say(void **state)
{
    (void)state;
    static const char *const names[] = {"gfx1030.hsaco", "gfx1030.o"};
    for (size_t i = 0; i < 2; i++) {
        size_t size;
        struct code_object object;
        const char *why;
        cleanup_free uint8_t *bytes = sample_read(names[i], &size);
        assert_int_equal(code_object_open((struct span){bytes, size}, &object, &why), 0);
        assert_int_equal(object.functions_count, 3);
        assert_int_equal(object.kernels_count, 2);
        const struct function *functions = object.functions;
        assert_string_equal(functions[0].name, "plain");
        assert_string_equal(functions[1].name, "_ZN6sample6absentILi3EEEvPf");
        assert_string_equal(functions[2].name, "helper");
        assert_true(functions[0].kernel && functions[1].kernel && !functions[2].kernel);
        assert_int_equal(functions[0].code.size, 8);
        assert_int_equal(functions[1].code.size, 8);
        assert_int_equal(functions[2].code.size, 4);
        assert_int_equal(functions[1].code.address - functions[0].code.address, 256);
        /* s_endpgm ends both kernels. */
        assert_int_equal(read_u32(functions[0].code.bytes + 4), 0xbf810000);
        assert_int_equal(read_u32(functions[1].code.bytes + 4), 0xbf810000);
        code_object_close(&object);
    }
}

static void old_kernels_begin_behind_their_descriptor(void **state)
{
    size_t size;
    struct code_object object;
    const char *why;
    (void)state;
    cleanup_free uint8_t *bytes = sample_read("old.o", &size);
    assert_int_equal(code_object_open((struct span){bytes, size}, &object, &why), 0);
    assert_int_equal(object.functions_count, 1);
    assert_true(object.functions[0].kernel);
    assert_int_equal(object.functions[0].code.address, 256);
    assert_int_equal(object.functions[0].code.size, 8);
    assert_int_equal(read_u32(object.functions[0].code.bytes + 4), 0xbf810000);
    code_object_close(&object);
}

static void damaged_elfs_are_refused(void **state)
{
    (void)state;
    size_t size;
    struct code_object object;
    const char *why = NULL;
    cleanup_free uint8_t *bytes = sample_read("both.so", &size);
    assert_int_equal(code_object_open((struct span){bytes, size}, &object, &why), -EBADMSG);
    assert_string_equal(why, "it is no AMDGPU ELF");
    free(bytes);
    bytes = sample_read("gfx1010.co", &size);
    assert_int_equal(code_object_open((struct span){bytes, 64}, &object, &why), -EBADMSG);
    assert_non_null(strstr(why, "damaged"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_container_is_taken_apart),
        cmocka_unit_test(what_is_cut_off_anywhere_is_noted),
        cmocka_unit_test(any_byte_may_be_another),
        cmocka_unit_test(functions_are_what_the_symbols_say),
        cmocka_unit_test(old_kernels_begin_behind_their_descriptor),
        cmocka_unit_test(damaged_elfs_are_refused),
    };
    if (!samples_are_there(argc, argv))
        return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
