/* Quoted values go through real shells and must come back byte for byte. */
#include "base/cleanup.h"
#include "cli/quote.h"
#include "cmocka_all.h"

#include <string.h>
#include <sys/wait.h>

static const char *const shells[] = {"sh", "dash", "bash", "bash --posix", "zsh", "ksh"};

static const char *const hostile[] = {
    "",
    "plain",
    "two words",
    " leading and trailing ",
    "'",
    "''",
    "'\\''",
    "\"",
    "\\",
    "\\\\n\\",
    "a'b\"c\\d",
    "$HOME ${HOME} $(id) `id`",
    "$((1+1)) $'\\n'",
    "; rm -rf /; #",
    "a && b || c | d > e < f & g",
    "* ? [a-z] ~ {a,b} !!",
    "# comment",
    "-n",
    "-e \\t",
    "line one\nline two\n",
    "\n\n\n",
    "tab\there\rreturn",
    "\001\002\033[31m\177",
    "caf\303\251 \342\202\254",
    "\377\376 not UTF-8 \303",
    "%s %d %n",
    "=",
    "a=b c=d",
};

/* What the shell prints for the value in a file that assigns it; -1 where there is no such shell.
 */
static long value_through(const char *shell, const char *value, char *ret_text, size_t size)
{
    char command[128];
    snprintf(command, sizeof(command), "command -v %s >/dev/null", shell);
    if (system(command) != 0)
        return -1;

    char path[] = "/tmp/test_quote.XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *script = fdopen(fd, "w");
    assert_non_null(script);
    fputs("export VALUE=", script);
    quote_sh(script, value);
    fputs("\nprintf '%s|' \"$VALUE\"\n", script);
    assert_int_equal(fclose(script), 0);

    snprintf(command, sizeof(command), "%s %s", shell, path);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    const size_t length = fread(ret_text, 1, size, output);
    assert_int_equal(pclose(output), 0);
    unlink(path);
    return (long)length;
}

static void test_round_trip(void **state)
{
    (void)state;
    size_t tried = 0;
    for (size_t s = 0; s < sizeof(shells) / sizeof(shells[0]); s++) {
        for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
            char text[256];
            const long length = value_through(shells[s], hostile[i], text, sizeof(text));
            if (length < 0)
                break;
            const size_t expected = strlen(hostile[i]);
            assert_int_equal(length, expected + 1);
            assert_memory_equal(text, hostile[i], expected);
            assert_int_equal(text[expected], '|');
            tried += i == 0;
        }
    }
    print_message("# %zu shells\n", tried);
    assert_true(tried >= 2); /* every system that builds this has sh, Debian dash and bash too */
}

static void test_names(void **state)
{
    (void)state;
    assert_true(quote_is_name("A"));
    assert_true(quote_is_name("_a9_B"));
    assert_false(quote_is_name(""));
    assert_false(quote_is_name("9A"));
    assert_false(quote_is_name("A-B"));
    assert_false(quote_is_name("A=B"));
    assert_false(quote_is_name("A B"));
    assert_false(quote_is_name("A;id"));
    assert_false(quote_is_name("\303\251"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("quote", tests, NULL, NULL);
}
