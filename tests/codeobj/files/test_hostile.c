/* Files made to do harm: sizes that overflow, parts over each other, and much that is packed small.
 */
#include "sample.h"
#include "walked.h"

#include "base/cleanup.h"

#include <bzlib.h>
#include <elf.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <time.h>
#include <zlib.h>

static const char magic[] = "__CLANG_OFFLOAD_BUNDLE__";

/* Bytes that are put together. */
struct bytes {
    uint8_t *data;
    size_t size;
};

static void put(struct bytes *bytes, const void *data, size_t size)
{
    bytes->data = realloc(bytes->data, bytes->size + size + 1);
    assert_non_null(bytes->data);
    if (size > 0)
        memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

static void put_number(struct bytes *bytes, uint64_t number, size_t size)
{
    put(bytes, &number, size); /* tests run where the files' order of bytes is the machine's */
}

static void put_entry(struct bytes *bytes, uint64_t offset, uint64_t size, uint64_t length)
{
    static const char target[] = "hip-amdgcn-amd-amdhsa--gfx1030";
    put_number(bytes, offset, 8);
    put_number(bytes, size, 8);
    put_number(bytes, length, 8);
    if (length <= sizeof(target) - 1)
        put(bytes, target, length);
}

static void put_bundle(struct bytes *bytes, uint64_t count)
{
    put(bytes, magic, sizeof(magic) - 1);
    put_number(bytes, count, 8);
}

/* A compressed bundle of version 2 with zlib, of so many bytes. */
static void put_packed(struct bytes *bytes, const void *data, size_t size, uint64_t claimed)
{
    uLong packed_size = compressBound(size);
    cleanup_free uint8_t *packed = malloc(packed_size);
    assert_int_equal(compress2(packed, &packed_size, data, size, 9), Z_OK);
    put(bytes, "CCOB\2\0\0\0", 8);
    put_number(bytes, 24 + packed_size, 4);
    put_number(bytes, claimed, 4);
    put_number(bytes, 0, 8);
    put(bytes, packed, packed_size);
}

static void expect(const struct bytes *bytes, size_t objects, const char *note)
{
    struct walked walked;
    walk_bytes(bytes->data, bytes->size, &walked);
    assert_int_equal(walked.objects_count, objects);
    if (!strstr(walked.notes, note))
        fail_msg("no \"%s\" in \"%s\"", note, walked.notes);
}

static void bundles_of_any_numbers(void **state)
{
    static const struct {
        uint64_t count, offset, size, length;
        const char *note;
    } rows[] = {
        {UINT64_MAX, 0, 0, 0, "of 18446744073709551615 entries only "},
        {1, UINT64_MAX, 1, 4, "entry 1 of 1 lies outside of it"},
        {1, 64, UINT64_MAX, 4, "entry 1 of 1 lies outside of it"},
        {1, UINT64_MAX - 1, 4, 4, "entry 1 of 1 lies outside of it"},
        {1, 0, 0, UINT64_MAX, "of 1 entries only 0 are there"},
        {1, 0, 0, 1000, "of 1 entries only 0 are there"},
        /* A bundle that is its own entry would go round for ever. */
        {1, 0, 60, 4, "entry 1 of 1 lies outside of it"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes bytes = {0};
        put_bundle(&bytes, rows[i].count);
        put_entry(&bytes, rows[i].offset, rows[i].size, rows[i].length);
        expect(&bytes, 0, rows[i].note);
        free(bytes.data);
    }
}

static void entries_over_each_other(void **state)
{
    enum { ENTRIES = 1000 };
    (void)state;
    struct bytes bytes = {0};
    struct walked walked;
    size_t size;
    cleanup_free uint8_t *object = sample_read("gfx1030.hsaco", &size);
    put_bundle(&bytes, ENTRIES);
    const size_t end = bytes.size + ENTRIES * 28;
    for (unsigned i = 0; i < ENTRIES; i++)
        put_entry(&bytes, end, size, 4);
    put(&bytes, object, size);
    walk_bytes(bytes.data, bytes.size, &walked);
    assert_true(walked.objects_count < 20);
    assert_non_null(strstr(walked.notes, "its entries lie over each other"));
    free(bytes.data);
}

static void bundles_within_bundles(void **state)
{
    struct bytes inner = {0};
    (void)state;
    for (unsigned depth = 0; depth < 20; depth++) {
        struct bytes outer = {0};
        put_bundle(&outer, 1);
        put_entry(&outer, 60, inner.size, 4);
        put(&outer, inner.data, inner.size);
        free(inner.data);
        inner = outer;
    }
    expect(&inner, 0, "containers within containers: not looked at any deeper");
    struct walked walked;
    walk_bytes(inner.data, inner.size, &walked);
    assert_int_equal(walked.notes_count, 1);
    free(inner.data);
}

/* The magic words a million times take no more time than as many bytes. */
static void magic_words_without_end(void **state)
{
    struct bytes bytes = {0};
    struct walked walked;
    (void)state;
    bytes.data = malloc(4 * 1024 * 1024);
    for (bytes.size = 0; bytes.size + 32 <= 4 * 1024 * 1024; bytes.size += 4)
        memcpy(bytes.data + bytes.size, "CCOB", 4);
    memcpy(bytes.data, magic, sizeof(magic) - 1);
    const clock_t begin = clock();
    walk_bytes(bytes.data, bytes.size, &walked);
    assert_true((clock() - begin) / CLOCKS_PER_SEC < 10);
    assert_int_equal(walked.objects_count, 0);
    assert_true(walked.notes_count > 1000);
    free(bytes.data);
}

static size_t peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss;
}

static void compressed_headers_of_any_numbers(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *note;
    } rows[] = {
        {"CCOB", 4, "cut off in its header"},
        {"CCOB\2\0\0\0aaaa", 12, "cut off in its header"},
        {"CCOB\0\0\0\0aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 36, "of a version that is not known"},
        {"CCOB\4\0\0\0aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 36, "of a version that is not known"},
        {"CCOB\2\0\2\0aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 36, "by a method that is not known"},
        {"CCOB\2\0\0\0\xff\xff\xff\xff\1\0\0\0aaaaaaaaaa", 26, "it goes on past the end"},
        {"CCOB\2\0\0\0\1\0\0\0\1\0\0\0aaaaaaaaaa", 26, "it goes on past the end"},
        {"CCOB\2\0\0\0\x1a\0\0\0\1\0\0\0aaaaaaaaaa", 26, "cannot be unpacked: "},
        {"CCOB\2\0\1\0\x1a\0\0\0\1\0\0\0aaaaaaaaaa", 26, "cannot be unpacked: "},
        {"CCOB\1\0\1\0\0\0\0\0aaaaaaaa", 20, "cannot be unpacked: "},
        {"CCOB\3\0\1\0\x24\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80"
         "aaaaaaaaaaaa",
         36, "more than 1 GiB: not looked at"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct bytes bytes = {(uint8_t *)(uintptr_t)rows[i].bytes, rows[i].size};
        print_message("# row %zu\n", i);
        expect(&bytes, 0, rows[i].note);
    }
}

static void what_is_packed_small(void **state)
{
    enum { LARGE = 48 << 20, PIECES = 8 };
    (void)state;
    struct bytes bytes = {0};
    struct walked walked;
    cleanup_free uint8_t *zeros = calloc(LARGE, 1);
    const size_t before = peak_kib();

    /* One that is larger than it says stops there. */
    put_packed(&bytes, zeros, LARGE, 1000);
    expect(&bytes, 0, "bundle 1: cannot be unpacked: buffer error");
    free(bytes.data);

    /* One that says more than it is. */
    bytes = (struct bytes){0};
    put_packed(&bytes, zeros, 1000, 900 << 20);
    expect(&bytes, 0, "900 MiB when unpacked, which is more than a file of this size may come to");
    free(bytes.data);

    /* Many, each of which would pass by itself. */
    bytes = (struct bytes){0};
    for (unsigned i = 0; i < PIECES; i++)
        put_packed(&bytes, zeros, LARGE, LARGE);
    walk_bytes(bytes.data, bytes.size, &walked);
    assert_non_null(
        strstr(walked.notes, "bundle 8: 48 MiB when unpacked, which is more than a file"));
    free(bytes.data);
    /* At one time one of them, and not all. (The address sanitizer keeps what is freed.) */
#ifndef __SANITIZE_ADDRESS__
    assert_true(peak_kib() - before < 3 * LARGE / 1024);
#else
    (void)before;
#endif
}

/* Each layer unpacks to the next; nobody goes down for ever. */
static void what_is_packed_again_and_again(void **state)
{
    struct bytes inner = {0};
    (void)state;
    put(&inner, "CCOB", 4);
    for (unsigned depth = 0; depth < 12; depth++) {
        struct bytes outer = {0};
        put_packed(&outer, inner.data, inner.size, inner.size);
        free(inner.data);
        inner = outer;
    }
    expect(&inner, 0, "containers within containers");
    free(inner.data);
}

/* An ELF of the host with so many sections called .hip_fatbin, all of them the whole file. */
static void sections_over_each_other(void **state)
{
    enum { SECTIONS = 200, NAMES = 1 };
    static const char names[] = "\0.hip_fatbin\0";
    (void)state;
    struct bytes bytes = {0};
    size_t size;
    cleanup_free uint8_t *bundle = sample_read("later.bundle", &size);
    Elf64_Ehdr header = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_DYN,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_ehsize = sizeof(header),
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = SECTIONS + 2,
        .e_shstrndx = NAMES,
    };
    header.e_shoff = sizeof(header) + sizeof(names) + size;
    put(&bytes, &header, sizeof(header));
    put(&bytes, names, sizeof(names));
    put(&bytes, bundle, size);
    Elf64_Shdr section = {0};
    put(&bytes, &section, sizeof(section));
    section =
        (Elf64_Shdr){.sh_type = SHT_STRTAB, .sh_offset = sizeof(header), .sh_size = sizeof(names)};
    put(&bytes, &section, sizeof(section));
    section = (Elf64_Shdr){.sh_name = 1,
                           .sh_type = SHT_PROGBITS,
                           .sh_offset = sizeof(header) + sizeof(names),
                           .sh_size = size};
    for (unsigned i = 0; i < SECTIONS; i++)
        put(&bytes, &section, sizeof(section));
    struct walked walked;
    walk_bytes(bytes.data, bytes.size, &walked);
    assert_in_range(walked.objects_count, 1, 10);
    assert_non_null(strstr(walked.notes, "its sections lie over each other"));

    /* And one that goes past the end. */
    Elf64_Shdr *first = (Elf64_Shdr *)(void *)(bytes.data + header.e_shoff) + 2;
    section.sh_size = UINT64_MAX - 4;
    memcpy(first, &section, sizeof(section));
    section.sh_type = SHT_NULL;
    section.sh_name = 0;
    for (unsigned i = 1; i < SECTIONS; i++)
        memcpy(first + i, &section, sizeof(section));
    expect(&bytes, 0, "its section .hip_fatbin goes past the end of the file");
    free(bytes.data);
}

/* A database that somebody made with these words of SQL. */
static void database_make(const char *sql, struct bytes *ret_bytes)
{
    sqlite3 *database;
    sqlite3_int64 size;
    assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    unsigned char *data = sqlite3_serialize(database, "main", &size, 0);
    assert_non_null(data);
    *ret_bytes = (struct bytes){0};
    put(ret_bytes, data, (size_t)size);
    sqlite3_free(data);
    sqlite3_close(database);
}

static void databases_of_all_kinds(void **state)
{
    static const struct {
        const char *sql, *note;
    } rows[] = {
        {"CREATE TABLE kern_db (kernel_name, kernel_blob, uncompressed_size);"
         "INSERT INTO kern_db VALUES ('a', x'00', 1000), ('b', 'text', -1), (NULL, NULL, 0), "
         "('c', 5, 'x'), ('d', x'00', 1000000000)",
         "a: cannot be unpacked: damaged (bzip2 -5)"},
        {"CREATE TABLE kern_db (kernel_name, kernel_blob, uncompressed_size);"
         "INSERT INTO kern_db VALUES ('d', x'00', 1000000000)",
         "d: 953 MiB when unpacked, which is more than a file of this size may come to"},
        {"CREATE TABLE kern_db (kernel_name, kernel_blob, uncompressed_size);"
         "INSERT INTO kern_db VALUES (NULL, NULL, 0)",
         "a kernel without a name: damaged: no kernel in it"},
        /* Rows without end, and rows without bounds. */
        {"CREATE VIEW kern_db AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
         "SELECT 'x' || i AS kernel_name, 'text' AS kernel_blob, 0 AS uncompressed_size FROM n",
         "the database cannot be read: interrupted"},
        {"CREATE VIEW kern_db AS SELECT 'x' AS kernel_name, zeroblob(900000000) AS kernel_blob, 0 "
         "AS uncompressed_size",
         "the database cannot be read: string or blob too big"},
        {"CREATE TABLE other (a)", ""},
        {"CREATE TABLE kern_db (kernel_name)", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes bytes;
        print_message("# row %zu\n", i);
        database_make(rows[i].sql, &bytes);
        expect(&bytes, 0, rows[i].note);
        free(bytes.data);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundles_of_any_numbers),
        cmocka_unit_test(entries_over_each_other),
        cmocka_unit_test(bundles_within_bundles),
        cmocka_unit_test(magic_words_without_end),
        cmocka_unit_test(compressed_headers_of_any_numbers),
        cmocka_unit_test(what_is_packed_small),
        cmocka_unit_test(what_is_packed_again_and_again),
        cmocka_unit_test(sections_over_each_other),
        cmocka_unit_test(databases_of_all_kinds),
    };
    if (!samples_are_there(argc, argv))
        return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
