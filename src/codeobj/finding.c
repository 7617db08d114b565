#include "codeobj/code.h"

static const struct {
    enum finding_class class;
    const char *id;
    const char *text;
} findings[FINDING_COUNT] = {
#define FINDING(symbol, class_, id_, text_)                                                        \
    [FINDING_##symbol] = {.class = (class_), .id = (id_), .text = (text_)},
#include "codeobj/findings.list"
#undef FINDING
};

enum finding_class finding_class(enum finding_kind kind)
{
    return findings[kind].class;
}

const char *finding_id(enum finding_kind kind)
{
    return findings[kind].id;
}

const char *finding_text(enum finding_kind kind)
{
    return findings[kind].text;
}
