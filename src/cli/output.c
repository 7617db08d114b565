#include "cli/output.h"

#include "base/cleanup.h"
#include "cli/options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio_ext.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

void text_print(FILE *file, const char *text)
{
    mbstate_t state = {0};
    while (*text) {
        wchar_t character;
        size_t length = mbrtowc(&character, text, strlen(text), &state);
        const bool valid = length != (size_t)-1 && length != (size_t)-2;
        if (valid && iswprint((wint_t)character)) {
            fwrite(text, 1, length, file);
        } else {
            if (!valid) {
                length = 1;
                state = (mbstate_t){0};
            }
            for (size_t i = 0; i < length; i++)
                fprintf(file, "\\x%02x", (unsigned char)text[i]);
        }
        text += length;
    }
}

void text_print_paragraph(const char *text, unsigned indent)
{
    size_t column = 0;
    while (*text) {
        const size_t length = strcspn(text, " ");
        if (column > 0 && column + 1 + length <= 100) {
            putchar(' ');
            column += 1 + length;
        } else {
            printf("%s%*s", column > 0 ? "\n" : "", (int)indent, "");
            column = indent + length;
        }
        cleanup_free char *word = strndup(text, length);
        text_print(stdout, word ? word : "");
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

void complain(const char *format, ...)
{
    cleanup_free char *message = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vasprintf(&message, format, arguments);
    va_end(arguments);
    if (length < 0) {
        message = NULL; /* its value is undefined then */
        fputs(PROGRAM ": out of memory\n", stderr);
        return;
    }
    fputs(PROGRAM ": ", stderr);
    text_print(stderr, message);
    fputc('\n', stderr);
}

bool color_wanted(const char *when)
{
    if (when && strcmp(when, "always") == 0)
        return true;
    if (when && strcmp(when, "never") == 0)
        return false;
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return !(no_color && *no_color) && terminal && strcmp(terminal, "dumb") != 0 && isatty(1);
}

void bytes_format(uint64_t bytes, char ret_text[BYTES_TEXT_SIZE])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0]); unit++)
        value /= 1024;
    snprintf(ret_text, BYTES_TEXT_SIZE, "%.*f %s", unit > 2 ? 1 : 0, value, units[unit]);
}

bool output_close(void)
{
    const bool written = __fpending(stdout) > 0 || ftell(stdout) > 0;
    const bool failed_before = ferror(stdout) != 0;
    const bool failed_now = fclose(stdout) != 0;
    /* A program that was started without a stdout and wrote nothing has lost nothing. */
    if (!failed_before && (!failed_now || (errno == EBADF && !written)))
        return true;
    complain("standard output: %s", failed_now ? strerror(errno) : "not everything was written");
    return false;
}
