/* popen() as MIOpen uses it to compile kernels, and as everything else uses it. */
#include "cmocka_all.h"
#include "code_object.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/sim-popen-XXXXXX";

static void write_text(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int run(const char *format, ...)
{
    char command[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    FILE *stream = popen(command, "w");
    assert_non_null(stream);
    return pclose(stream);
}

static json_t *object_read(const char *name)
{
    char path[128];
    static char image[4096];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    image[fread(image, 1, sizeof(image) - 1, file)] = '\0';
    fclose(file);
    json_t *object;
    size_t size;
    assert_int_equal(code_object_unpack(image, &object, &size), 0);
    assert_int_equal(size, strlen(image));
    return object;
}

static void test_compile(void **state)
{
    (void)state;
    write_text("kernel.cpp", "int x;\n");
    write_text("header.hpp", "int y;\n");
    assert_int_equal(run("cd %s; /usr/bin/clang++-21  -DA=1 '-DB=\"two words\"' -I. -O3 kernel.cpp "
                         "-o kernel.cpp.o",
                         dir),
                     0);
    json_t *object = object_read("kernel.cpp.o");
    assert_string_equal(json_string_value(json_object_get(object, "language")), "hip");
    assert_string_equal(json_string_value(json_object_get(object, "source")), "int x;\n");
    const json_t *headers = json_object_get(object, "headers");
    assert_int_equal(json_object_size(headers), 1);
    assert_string_equal(json_string_value(json_object_get(headers, "header.hpp")), "int y;\n");
    const json_t *options = json_object_get(object, "options");
    assert_int_equal(json_array_size(options), 4);
    assert_string_equal(json_string_value(json_array_get(options, 1)), "-DB=\"two words\"");
    json_decref(object);
}

static void test_languages(void **state)
{
    (void)state;
    write_text("kernel.cl", "__kernel void f() {}\n");
    write_text("kernel.s", "s_endpgm\n");
    assert_int_equal(run("cd %s; /opt/bin/clang-21 -x cl kernel.cl -o a.o", dir), 0);
    assert_int_equal(run("/opt/bin/clang -x assembler %s/kernel.s -o %s/b.o", dir, dir), 0);
    json_t *object = object_read("a.o");
    assert_string_equal(json_string_value(json_object_get(object, "language")), "opencl");
    json_decref(object);
    object = object_read("b.o");
    assert_string_equal(json_string_value(json_object_get(object, "language")), "assembly");
    assert_string_equal(json_string_value(json_object_get(object, "name")), "kernel.s");
    json_decref(object);
}

/* A source that is not there fails as the compiler would. */
static void test_failure(void **state)
{
    (void)state;
    assert_int_not_equal(run("cd %s; /usr/bin/clang++ none.cpp -o none.o", dir), 0);
}

static void test_other(void **state)
{
    (void)state;
    char text[64] = "";
    FILE *stream = popen("echo clang here; exit 3", "r");
    assert_non_null(stream);
    assert_non_null(fgets(text, sizeof(text), stream));
    assert_string_equal(text, "clang here\n");
    assert_int_equal(pclose(stream), 3 << 8);
    assert_int_equal(run("cd %s; cat > copied", dir), 0);
}

static int remove_dir(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", dir);
    return system(command);
}

int main(void)
{
    if (!mkdtemp(dir))
        return EXIT_FAILURE;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compile),
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_failure),
        cmocka_unit_test(test_other),
    };
    return cmocka_run_group_tests(tests, NULL, remove_dir);
}
