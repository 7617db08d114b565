/* What the commands say: messages, colour, numbers for people, and stdout's fate. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Writes "rocm-rdna1: …" and a newline to stderr, with control characters escaped. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* Writes text that came from outside; what the locale cannot print becomes \xNN. */
void text_print(FILE *file, const char *text);

/* Writes such text to stdout as an indented paragraph of lines that are 100 columns at most. */
void text_print_paragraph(const char *text, unsigned indent);

/*
 * Whether stdout gets colour: `when` is "always", "never" or "auto" (NULL is auto: a terminal that
 * is not dumb, and NO_COLOR not set to anything).
 */
bool color_wanted(const char *when);

/* "8.0 GiB", as ret_text[BYTES_TEXT_SIZE]. */
#define BYTES_TEXT_SIZE 32
void bytes_format(uint64_t bytes, char ret_text[BYTES_TEXT_SIZE]);

/* Flushes and closes stdout. False after a message where not all could be written. */
bool output_close(void);
