#include "cli/html.h"

#include "base/text.h"

#include <stdbool.h>

/* U+0080 to 9F, U+200E and F, U+202A to E, U+2066 to 9, U+FFFE and F; XML has not even all. */
static bool is_control(const unsigned char *at)
{
    if (at[0] < 0x20 || at[0] == 0x7f)
        return true;
    if (at[0] == 0xc2 && at[1] < 0xa0)
        return true;
    if (at[0] == 0xe2 && at[1] == 0x80 &&
        (at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xaa && at[2] <= 0xae)))
        return true;
    if (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9)
        return true;
    return at[0] == 0xef && at[1] == 0xbf && at[2] >= 0xbe;
}

void html_text(FILE *file, const char *text)
{
    static const struct {
        char character;
        const char *entity;
    } entities[] = {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

    if (!text)
        text = "N/A";
    while (*text) {
        size_t length = text_character_length(text);
        const char *entity = NULL;
        for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
            if (*text == entities[i].character)
                entity = entities[i].entity;
        if (entity) {
            fputs(entity, file);
        } else if (length == 0 || is_control((const unsigned char *)text)) {
            length = length ? length : 1;
            for (size_t i = 0; i < length; i++)
                fprintf(file, "\\x%02x", (unsigned char)text[i]);
        } else {
            fwrite(text, 1, length, file);
        }
        text += length;
    }
}
