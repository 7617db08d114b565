#include "audit/symbol.h"

#include "base/miopen_file.h"
#include "cmocka_all.h"

#include <dlfcn.h>
#include <string.h>

static const char *stub_path; /* of the stub of MIOpen */

/* Its link map is the first thing that a handle points at: dlinfo(3). */
static struct link_map *link_map_of(void *library)
{
    struct link_map *map = NULL;

    assert_non_null(library);
    assert_int_equal(dlinfo(library, RTLD_DI_LINKMAP, &map), 0);
    return map;
}

static void test_functions_are_found(void **state)
{
    (void)state;
    static const char *const names[] = {
#define WRAPPED(name, ...) #name,
#define CALLED(name, ...)  #name,
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
    };
    void *library = dlopen(stub_path, RTLD_LAZY | RTLD_LOCAL);
    struct symbol_table table;

    assert_true(symbol_table_read(link_map_of(library), &table));
    assert_string_equal(symbol_soname(&table), "libMIOpen.so.1");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(symbol_function(&table, names[i]), (uintptr_t)dlsym(library, names[i]));
    assert_int_equal(symbol_function(&table, "miopenCreat"), 0);
    assert_int_equal(symbol_function(&table, "miopenCreateX"), 0);
    assert_int_equal(symbol_function(&table, "miopenFunctionThatIsNot"), 0);
    assert_int_equal(symbol_function(&table, ""), 0);
    /* Used by it, but another library's. */
    assert_int_equal(symbol_function(&table, "calloc"), 0);
    /* No function. */
    assert_non_null(dlsym(library, "stub_functions"));
    assert_int_equal(symbol_function(&table, "stub_functions"), 0);
    dlclose(library);
}

/* Big tables with long chains and several versions of a name; one that is mapped read-only. */
static void test_every_object_of_the_process(void **state)
{
    (void)state;
    unsigned found = 0;

    for (const struct link_map *map = link_map_of(dlopen(NULL, RTLD_LAZY)); map;
         map = map->l_next) {
        struct symbol_table table;

        if (!symbol_table_read(map, &table))
            continue;
        const char *soname = symbol_soname(&table);
        if (soname && strcmp(soname, "linux-vdso.so.1") == 0) {
            /* The vDSO's symbols are weak ones too. */
            assert_int_not_equal(symbol_function(&table, "__vdso_gettimeofday"), 0);
            assert_int_not_equal(symbol_function(&table, "gettimeofday"), 0);
            found++;
        }
        if (soname && strcmp(soname, "libc.so.6") == 0) {
            /* By its own handle, since a sanitizer stands before it. */
            void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);

            assert_int_equal(symbol_function(&table, "qsort"), (uintptr_t)dlsym(libc, "qsort"));
            assert_int_equal(symbol_function(&table, "getenv"), (uintptr_t)dlsym(libc, "getenv"));
            assert_int_equal(symbol_function(&table, "environ"), 0);
            assert_int_equal(symbol_function(&table, "strlen"), 0); /* chosen at run time */
            found++;
        }
    }
    assert_int_equal(found, 2);
}

/* A table of one symbol, whose parts can be taken away. */
static char strings[] = "\0one\0name.so";
static ElfW(Sym) symbols[2];
static struct {
    uint32_t words[4];
    ElfW(Addr) bloom;
    uint32_t bucket, chain;
} hash;
static ElfW(Dyn) dynamic[8];
static struct link_map object;

static uint32_t hash_of(const char *name)
{
    uint32_t value = 5381;

    for (; *name; name++)
        value = value * 33 + (unsigned char)*name;
    return value;
}

static void one_one(ElfW(Addr) base)
{
    symbols[1] = (ElfW(Sym)){.st_name = 1,
                             .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
                             .st_shndx = 1,
                             .st_value = 0x1234};
    hash.words[0] = 1, hash.words[1] = 1, hash.words[2] = 1, hash.words[3] = 6;
    hash.bloom = ~(ElfW(Addr))0;
    hash.bucket = 1;
    hash.chain = hash_of("one") | 1;
    dynamic[0] = (ElfW(Dyn)){.d_tag = DT_STRTAB, .d_un.d_ptr = (ElfW(Addr))strings - base};
    dynamic[1] = (ElfW(Dyn)){.d_tag = DT_STRSZ, .d_un.d_val = sizeof(strings)};
    dynamic[2] = (ElfW(Dyn)){.d_tag = DT_SYMTAB, .d_un.d_ptr = (ElfW(Addr))symbols - base};
    dynamic[3] = (ElfW(Dyn)){.d_tag = DT_GNU_HASH, .d_un.d_ptr = (ElfW(Addr)) & hash - base};
    dynamic[4] = (ElfW(Dyn)){.d_tag = DT_SONAME, .d_un.d_val = 5};
    dynamic[5] = (ElfW(Dyn)){.d_tag = DT_NULL};
    object = (struct link_map){.l_addr = base, .l_ld = dynamic};
}

static uintptr_t one_found(void)
{
    struct symbol_table table;

    assert_true(symbol_table_read(&object, &table));
    return symbol_function(&table, "one");
}

static void test_one_symbol(void **state)
{
    (void)state;
    struct symbol_table table;

    one_one(0);
    assert_int_equal(one_found(), 0x1234);
    assert_true(symbol_table_read(&object, &table));
    assert_string_equal(symbol_soname(&table), "name.so");
    assert_int_equal(symbol_function(&table, "two"), 0);
    assert_int_equal(hash_of("ooD"), hash_of("one"));
    assert_int_equal(symbol_function(&table, "ooD"), 0);

    /* As the file has it, since the linker could not write there. */
    const ElfW(Addr) base = (ElfW(Addr))strings / 4 * 3;
    one_one(base);
    assert_int_equal(one_found(), base + 0x1234);

    /* As the linker has written it. */
    one_one(0);
    object.l_addr = 0x1000;
    assert_int_equal(one_found(), 0x2234);
}

static void test_what_is_no_function_of_its_own(void **state)
{
    (void)state;
    one_one(0);
    symbols[1].st_shndx = SHN_UNDEF;
    assert_int_equal(one_found(), 0);
    one_one(0);
    symbols[1].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT);
    assert_int_equal(one_found(), 0);
    one_one(0);
    symbols[1].st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC);
    assert_int_equal(one_found(), 0);
    one_one(0);
    symbols[1].st_info = ELF64_ST_INFO(STB_WEAK, STT_FUNC);
    assert_int_equal(one_found(), 0x1234);
    one_one(0);
    dynamic[1].d_un.d_val = 1; /* the name is behind the end of the names */
    dynamic[4].d_tag = DT_DEBUG;
    assert_int_equal(one_found(), 0);
}

static void test_the_hash_table_decides(void **state)
{
    (void)state;
    one_one(0);
    hash.bloom = 0;
    assert_int_equal(one_found(), 0);
    one_one(0);
    hash.bucket = 0;
    assert_int_equal(one_found(), 0);
    one_one(0);
    hash.chain = (hash_of("one") ^ 0x100) | 1;
    assert_int_equal(one_found(), 0);
    one_one(0);
    hash.words[0] = 0;
    assert_int_equal(one_found(), 0);
    one_one(0);
    hash.words[2] = 0;
    assert_int_equal(one_found(), 0);
}

/* A chain without an end is left some time: nothing else here is as long as that. */
static void test_a_chain_without_end(void **state)
{
    (void)state;
    static struct {
        uint32_t words[4];
        ElfW(Addr) bloom;
        uint32_t bucket, chain[8192];
    } endless;

    one_one(0);
    endless.words[0] = 1, endless.words[1] = 1, endless.words[2] = 1;
    endless.bloom = ~(ElfW(Addr))0;
    endless.bucket = 1;
    dynamic[3].d_un.d_ptr = (ElfW(Addr)) & endless;
    endless.chain[8191] = hash_of("one") | 1;
    assert_int_equal(one_found(), 0);
}

static void test_missing_parts(void **state)
{
    (void)state;
    struct symbol_table table;

    for (unsigned missing = 0; missing < 4; missing++) {
        one_one(0);
        dynamic[missing].d_tag = DT_DEBUG;
        assert_false(symbol_table_read(&object, &table));
    }
    one_one(0);
    dynamic[4].d_tag = DT_DEBUG;
    assert_true(symbol_table_read(&object, &table));
    assert_null(symbol_soname(&table));
    assert_int_equal(one_found(), 0x1234);
    one_one(0);
    dynamic[4].d_un.d_val = sizeof(strings);
    assert_true(symbol_table_read(&object, &table));
    assert_null(symbol_soname(&table));
    one_one(0);
    object.l_ld = NULL;
    assert_false(symbol_table_read(&object, &table));
}

static void test_dynamic_section_without_end(void **state)
{
    (void)state;
    static ElfW(Dyn) endless[1024];
    struct symbol_table table;

    one_one(0);
    for (size_t i = 0; i < 1024; i++)
        endless[i].d_tag = DT_DEBUG;
    memcpy(&endless[1016], dynamic, sizeof(dynamic));
    object.l_ld = endless;
    assert_false(symbol_table_read(&object, &table));
}

static void test_miopen_file_named(void **state)
{
    (void)state;
    static const char *const miopen[] = {
        "libMIOpen.so",
        "libMIOpen.so.1",
        "libMIOpen.so.1.0.60204",
        "/opt/lib/libMIOpen.so.1",
        "libMIOpen-0badcafe.so.1",
        "../libMIOpen.so.1",
    };
    static const char *const others[] = {
        "",
        "/",
        "libMIOpen",
        "libMIOpe",
        "libMIOpen_private.so.1",
        "libMIOpenDriver.so",
        "/libMIOpen.so.1/libfoo.so",
        "xlibMIOpen.so.1",
        "libmiopen.so.1",
        "libmiopen_rdna1.so",
    };

    for (size_t i = 0; i < sizeof(miopen) / sizeof(miopen[0]); i++)
        assert_true(miopen_file_named(miopen[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(miopen_file_named(others[i]));
    assert_string_equal(file_base_name("/a/b"), "b");
    assert_string_equal(file_base_name("b"), "b");
    assert_string_equal(file_base_name("/a/"), "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_are_found),
        cmocka_unit_test(test_every_object_of_the_process),
        cmocka_unit_test(test_one_symbol),
        cmocka_unit_test(test_what_is_no_function_of_its_own),
        cmocka_unit_test(test_the_hash_table_decides),
        cmocka_unit_test(test_a_chain_without_end),
        cmocka_unit_test(test_missing_parts),
        cmocka_unit_test(test_dynamic_section_without_end),
        cmocka_unit_test(test_miopen_file_named),
    };

    if (argc != 2)
        return 2;
    stub_path = argv[1];
    return cmocka_run_group_tests_name("symbol", tests, NULL, NULL);
}
