/*
 * Any bytes as a trace: no crash, every line is counted, and the page has nothing in it that a
 * line could have brought in but text.
 */
#include "cli/trace.h"
#include "cli/trace_html.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every "<" of the page is one of ours: its tags are few. */
static void page_check(const char *page, size_t length)
{
    static const char *const tags[] = {
        "!DOCTYPE html>",
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "h1>",
        "h2>",
        "p>",
        "p class",
        "main",
        "dl",
        "div",
        "dt>",
        "dd>",
        "span",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th ",
        "th>",
        "td ",
        "td>",
        "small",
        "a href",
        "a>",
        "details",
        "summary",
        "code",
        "ol>",
        "li",
        "ul>",
    };
    if (memchr(page, '\0', length) || length != strlen(page))
        abort();
    for (const char *at = page; (at = strchr(at, '<'));) {
        bool known = false;
        at += 1 + (at[1] == '/');
        for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
            known = known || strncmp(at, tags[i], strlen(tags[i])) == 0;
        if (!known)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct trace trace = {.rows = NULL};
    char *page = NULL;
    size_t page_length = 0, lines = size > 0 && data[size - 1] != '\n';
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';

    FILE *input = fmemopen((void *)(uintptr_t)data, size ? size : 1, "r");
    if (!input)
        return 0;
    /* The complaints about lines are not what is looked for. */
    const int messages = dup(2);
    if (!freopen("/dev/null", "w", stderr) || trace_read(&trace, input, "fuzz") < 0)
        abort();
    fflush(stderr);
    dup2(messages, 2);
    close(messages);
    fclose(input);
    if (trace_finish(&trace) < 0 || (size > 0 && trace.lines != lines) ||
        trace.skipped > trace.lines || trace.rows_count > trace.lines)
        abort();
    FILE *output = open_memstream(&page, &page_length);
    if (!output)
        abort();
    trace_print_html(&trace, output);
    fclose(output);
    page_check(page, page_length);
    free(page);
    trace_free(&trace);
    return 0;
}
