#include "cli/problem_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct words {
    char *text;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void say(struct words *words, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length =
        vsnprintf(words->text + words->used, PROBLEM_TEXT_SIZE - words->used, format, arguments);
    va_end(arguments);
    if (length > 0)
        words->used += (size_t)length;
    if (words->used >= PROBLEM_TEXT_SIZE)
        words->used = PROBLEM_TEXT_SIZE - 1;
}

/* A number where all dimensions have the same one, or else each of them. */
static void say_each(struct words *words, char letter, unsigned count, const int *numbers)
{
    bool same = true;
    for (unsigned i = 1; i < count; i++)
        same = same && numbers[i] == numbers[0];
    say(words, " %c", letter);
    for (unsigned i = 0; i < (same ? 1 : count); i++)
        say(words, "%s%d", i ? "x" : "", numbers[i]);
}

static void say_lengths(struct words *words, unsigned from, const struct tensor *tensor)
{
    for (unsigned i = from; i < tensor->rank; i++)
        say(words, "%s%" PRId64, i > from ? "x" : "", tensor->lengths[i]);
}

void problem_text(const struct problem *problem, struct version miopen,
                  char ret_text[PROBLEM_TEXT_SIZE])
{
    static const char *const directions[DIRECTION_COUNT] = {
        [DIRECTION_FORWARD] = "fwd",
        [DIRECTION_BACKWARD_DATA] = "bwd",
        [DIRECTION_BACKWARD_WEIGHTS] = "wrw",
    };
    struct problem caller = *problem;
    problem_transpose(&caller);
    struct words words = {.text = ret_text};
    bool dilated = false;
    for (unsigned i = 0; i < caller.spatial; i++)
        dilated = dilated || caller.dilation[i] != 1;

    say_lengths(&words, 0, &caller.x);
    say(&words, " k%" PRId64 " ", caller.y.lengths[1]);
    say_lengths(&words, 2, &caller.w);
    say_each(&words, 's', caller.spatial, caller.stride);
    say_each(&words, 'p', caller.spatial, caller.pad);
    if (dilated)
        say_each(&words, 'd', caller.spatial, caller.dilation);
    if (caller.groups != 1)
        say(&words, " g%d", caller.groups);
    const enum layout layout = problem_layout(problem, miopen);
    if (layout != LAYOUT_DEFAULT)
        say(&words, " %s",
            layout == LAYOUT_OTHER ? "mixed-layout" : layout_name(layout, caller.spatial));
    if (!problem_is_packed(problem))
        say(&words, " gaps");
    if (caller.transposed)
        say(&words, " transposed");
    say(&words, " %s %s", data_type_name(caller.w.type), directions[caller.direction]);
}
