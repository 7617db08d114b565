#include "codeobj/symbol_name.h"

#include <ctype.h>
#include <fnmatch.h>
#include <libiberty/demangle.h>
#include <setjmp.h>
#include <string.h>

struct name_buffer {
    char *text;
    size_t used;
    jmp_buf full;
};

static void take_part(const char *part, size_t size, void *context)
{
    struct name_buffer *buffer = context;
    /* The caller has all its memory on the stack, so that it can be left at any point. */
    if (size >= SYMBOL_NAME_SIZE - buffer->used)
        longjmp(buffer->full, 1);
    memcpy(buffer->text + buffer->used, part, size);
    buffer->used += size;
    buffer->text[buffer->used] = '\0';
}

bool symbol_demangle(const char *symbol, char ret_name[SYMBOL_NAME_SIZE])
{
    struct name_buffer buffer = {.text = ret_name};
    ret_name[0] = '\0';
    if (strncmp(symbol, "_Z", 2) != 0 || strlen(symbol) >= SYMBOL_NAME_SIZE)
        return false;
    if (setjmp(buffer.full) != 0)
        return false;
    return cplus_demangle_v3_callback(symbol, DMGL_PARAMS | DMGL_ANSI, take_part, &buffer) != 0;
}

static bool is_word(char character)
{
    return isalnum((unsigned char)character) || character == '_';
}

/* Leaves spaces only where they keep two words apart. */
static void spaces_drop(const char *text, size_t length, char *ret_text)
{
    char *end = ret_text;
    for (size_t i = 0; i < length; i++) {
        if (!isspace((unsigned char)text[i])) {
            *end++ = text[i];
            continue;
        }
        while (i + 1 < length && isspace((unsigned char)text[i + 1]))
            i++;
        if (end > ret_text && is_word(end[-1]) && i + 1 < length && is_word(text[i + 1]))
            *end++ = ' ';
    }
    *end = '\0';
}

/* Whether a name is another, apart from what stands before its own name or behind it. */
static bool name_has(const char *name, const char *wanted)
{
    const size_t length = strlen(wanted);
    unsigned depth = 0;
    for (const char *at = name; *at; at++) {
        const bool begins = at == name || at[-1] == ' ' || at[-1] == ':';
        if (depth == 0 && begins && strncmp(at, wanted, length) == 0 &&
            (at[length] == '\0' || at[length] == '(' || at[length] == '<'))
            return true;
        depth += *at == '<' || *at == '(';
        depth -= depth > 0 && (*at == '>' || *at == ')');
    }
    return false;
}

/* The last word before template arguments and parameters, which a symbol has as it is. */
static size_t base_word(const char *wanted, const char **ret_word)
{
    const char *at = wanted;
    while (strncmp(at, "(anonymous namespace)", 21) == 0 || (*at && *at != '<' && *at != '('))
        at += *at == '(' ? 21 : 1;
    const char *end = at;
    while (at > wanted && is_word(at[-1]))
        at--;
    *ret_word = at;
    return (size_t)(end - at);
}

/* The length of a name without what marks it as that of a kernel's descriptor. */
static size_t length_without(const char *name, size_t length)
{
    static const char *const marks[] = {".kd", " [clone .kd]"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        const size_t mark = strlen(marks[i]);
        if (length > mark && memcmp(name + length - mark, marks[i], mark) == 0)
            return length - mark;
    }
    return length;
}

bool symbol_is(const char *symbol, const char *wanted)
{
    const size_t length = length_without(wanted, strlen(wanted));
    if (strncmp(symbol, wanted, length) == 0 && symbol[length] == '\0')
        return true;
    const bool is_pattern = strpbrk(wanted, "*?") != NULL;
    if (is_pattern && fnmatch(wanted, symbol, 0) == 0)
        return true;
    if (length >= SYMBOL_NAME_SIZE)
        return false;

    const char *word;
    const size_t word_length = base_word(wanted, &word);
    if (!is_pattern && (word_length == 0 || !memmem(symbol, strlen(symbol), word, word_length)))
        return false;
    char name[SYMBOL_NAME_SIZE];
    char plain[SYMBOL_NAME_SIZE];
    char wanted_plain[SYMBOL_NAME_SIZE];
    if (!symbol_demangle(symbol, name))
        return false;
    spaces_drop(name, strlen(name), plain);
    spaces_drop(wanted, length, wanted_plain);
    return name_has(plain, wanted_plain) || (is_pattern && fnmatch(wanted, name, 0) == 0);
}
