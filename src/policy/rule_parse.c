/*
 * The text of a rule file: sections of Key=value lines. A mistake costs the section that it is in,
 * never more; each is kept as a message with its place.
 */
#include "policy/rule_section.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Limits that no file of people's comes near, so that a file of anything else costs little. */
#define LINE_BYTES_MAX  4096
#define MESSAGES_MAX    50
#define HEADING_SHOWN   80
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct parser {
    struct rule_set *set;
    const char *file;
    unsigned line;
    unsigned messages;
    int error; /* -ENOMEM, and nothing more is done */

    /* The section that is being read. */
    struct rule rule;
    bool in_section;
    bool bad;
    unsigned heading_line;
    unsigned keys_seen; /* bit i stands for rule_keys[i] */
};

/* Keeps a message about a line, and lets the section go. */
__attribute__((format(printf, 3, 4))) static void complain(struct parser *parser, unsigned line,
                                                           const char *format, ...)
{
    parser->bad = true;
    if (parser->error < 0 || parser->messages++ > MESSAGES_MAX)
        return;
    char text[512];
    if (parser->messages > MESSAGES_MAX) {
        snprintf(text, sizeof(text), "more mistakes are not shown");
    } else {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
    }
    cleanup_free char *message = NULL;
    const int length = asprintf(&message, "%s:%u: %s", parser->file, line, text);
    if (length < 0) {
        message = NULL;
        parser->error = -ENOMEM;
        return;
    }
    parser->error = rule_set_add_error(parser->set, message);
}

/* The bytes of the UTF-8 character at the start of the text; 0 where there is none. */
static size_t character_length(const unsigned char *text, size_t size)
{
    static const struct {
        unsigned char mask, lead;
        size_t length;
        uint32_t least; /* a smaller code in that many bytes is another spelling of it: refused */
    } forms[] = {{0x80, 0x00, 1, 0},
                 {0xe0, 0xc0, 2, 0x80},
                 {0xf0, 0xe0, 3, 0x800},
                 {0xf8, 0xf0, 4, 0x10000}};
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if ((text[0] & forms[i].mask) != forms[i].lead)
            continue;
        if (forms[i].length > size)
            return 0;
        uint32_t code = (uint32_t)(text[0] & ~forms[i].mask);
        for (size_t j = 1; j < forms[i].length; j++) {
            if ((text[j] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (text[j] & 0x3f);
        }
        const bool surrogate = code >= 0xd800 && code <= 0xdfff;
        return code < forms[i].least || code > 0x10ffff || surrogate ? 0 : forms[i].length;
    }
    return 0;
}

/* Whether a line can be shown to people and put into JSON: UTF-8 without control characters. */
static bool line_is_text(const char *line, size_t length)
{
    const unsigned char *at = (const unsigned char *)line;
    for (size_t i = 0; i < length;) {
        const size_t step = character_length(at + i, length - i);
        if (step == 0 || (at[i] < 0x20 && at[i] != '\t') || at[i] == 0x7f)
            return false;
        i += step;
    }
    return true;
}

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    text[length] = '\0';
    return text;
}

static bool key_seen(const struct parser *parser, const char *name)
{
    const char *meant;
    const struct rule_key *key = rule_key_find(name, &meant);
    return key && parser->keys_seen & 1U << (key - rule_keys);
}

/* What can be said only when a section is complete. */
static void section_check(struct parser *parser)
{
    const char *heading = parser->rule.name;
    const unsigned line = parser->heading_line;
    if (!key_seen(parser, "Why"))
        complain(parser, line,
                 "[%.*s] has no Why: add a line Why= with the reason and its evidence",
                 HEADING_SHOWN, heading);
    const bool denies_or_prefers = key_seen(parser, "Deny") || key_seen(parser, "Prefer");
    if (!key_seen(parser, "Allow") && !denies_or_prefers)
        complain(parser, line, "[%.*s] does nothing: add Allow=, Deny= or Prefer=", HEADING_SHOWN,
                 heading);
    if (parser->rule.allows_any && denies_or_prefers)
        complain(parser, line,
                 "[%.*s] leaves every choice to MIOpen by Allow=any: take Deny and Prefer out",
                 HEADING_SHOWN, heading);
}

static void section_end(struct parser *parser)
{
    if (parser->in_section && !parser->bad)
        section_check(parser);
    if (parser->in_section && !parser->bad && parser->error == 0)
        parser->error = rule_set_add(parser->set, &parser->rule);
    rule_clear(&parser->rule);
    parser->in_section = false;
    parser->bad = false;
    parser->keys_seen = 0;
}

static void section_begin(struct parser *parser, char *line)
{
    section_end(parser);
    parser->in_section = true;
    parser->heading_line = parser->line;

    const size_t length = strlen(line);
    if (line[length - 1] != ']') {
        complain(parser, parser->line,
                 "the heading has no ] at its end: expected [what it is about]");
        return;
    }
    line[length - 1] = '\0';
    const char *heading = trim(line + 1);
    if (*heading == '\0') {
        complain(parser, parser->line, "the heading is empty: expected [what it is about]");
        return;
    }
    parser->rule.name = strdup(heading);
    if (!parser->rule.name ||
        asprintf(&parser->rule.origin, "%s:%u", parser->file, parser->line) < 0) {
        parser->rule.origin = NULL;
        parser->error = -ENOMEM;
    }
}

static void assignment(struct parser *parser, char *line)
{
    /* Nothing that this line holds could be told any more, or save its section. */
    if (parser->bad && parser->messages > MESSAGES_MAX)
        return;
    char *equals = strchr(line, '=');
    if (!equals || equals == line) {
        complain(parser, parser->line,
                 "expected [heading], Key=value or a comment that starts with #");
        return;
    }
    *equals = '\0';
    const char *name = trim(line);
    char *value = trim(equals + 1);
    if (!parser->in_section) {
        complain(parser, parser->line, "%.*s= stands before any section: put a [heading] above it",
                 HEADING_SHOWN, name);
        parser->bad = false;
        return;
    }
    const char *meant = NULL;
    const struct rule_key *key = rule_key_find(name, &meant);
    if (!key) {
        complain(parser, parser->line, "%.*s is not a key%s%s%s", HEADING_SHOWN, name,
                 meant ? ": did you mean " : ": see rocm-rdna1-rules(5) for the keys there are",
                 meant ? meant : "", meant ? "?" : "");
        return;
    }
    const unsigned bit = 1U << (key - rule_keys);
    if (parser->keys_seen & bit) {
        complain(parser, parser->line,
                 "%s is there twice in one section: put all its values on one line", key->name);
        return;
    }
    parser->keys_seen |= bit;
    if (*value == '\0') {
        complain(parser, parser->line, "%s has no value: expected %s", key->name, key->help);
        return;
    }
    struct rule_complaint complaint;
    const int r = key->parse(&parser->rule, value, &complaint);
    if (r == -EINVAL)
        complain(parser, parser->line, "%s: %s", key->name, complaint.text);
    else if (r < 0)
        parser->error = r;
}

static void line_parse(struct parser *parser, const char *text, size_t length)
{
    if (length > 0 && text[length - 1] == '\r')
        length--;
    while (length > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        length--;
    }
    if (length == 0 || *text == '#')
        return;
    if (length > LINE_BYTES_MAX) {
        complain(parser, parser->line, "the line is longer than %d bytes", LINE_BYTES_MAX);
        return;
    }
    if (!line_is_text(text, length)) {
        complain(parser, parser->line,
                 "the line is not text: expected UTF-8 without control characters");
        return;
    }
    char copy[LINE_BYTES_MAX + 1];
    memcpy(copy, text, length);
    copy[length] = '\0';
    char *line = trim(copy);
    if (*line == '[')
        section_begin(parser, line);
    else
        assignment(parser, line);
}

int rule_set_parse(struct rule_set *set, const char *file, const char *text, size_t length)
{
    struct parser parser = {.set = set, .file = file, .line = 1};
    if (length > RULE_FILE_BYTES_MAX) {
        complain(&parser, 1, "the file is larger than %d bytes: none of it is used",
                 RULE_FILE_BYTES_MAX);
        return parser.error;
    }
    const char *at = text;
    const char *const end = text + length;
    if (length >= strlen(BYTE_ORDER_MARK) && memcmp(at, BYTE_ORDER_MARK, 3) == 0)
        at += strlen(BYTE_ORDER_MARK);
    while (at < end && parser.error == 0) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = newline ? newline : end;
        line_parse(&parser, at, (size_t)(line_end - at));
        at = newline ? newline + 1 : end;
        parser.line++;
    }
    section_end(&parser);
    return parser.error;
}
