/* Small helpers for text that came from outside. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The number a whole text consists of, decimal or 0x-hexadecimal, white space around it allowed.
 * 0; -EINVAL where it is anything else (a sign, other characters, nothing), -ERANGE past 64 bits.
 */
int text_parse_u64(const char *text, uint64_t *ret_value);

/*
 * A number of bytes: as text_parse_u64(), with an optional K, M, G or T (powers of 1024), which may
 * be followed by "B" or "iB". 0, -EINVAL or -ERANGE.
 */
int text_parse_bytes(const char *text, uint64_t *ret_bytes);

/*
 * The bytes of the UTF-8 character that a text begins with, 0 where it begins with none. Overlong
 * forms, surrogates and what is past U+10FFFF are none: readers of JSON and XML refuse them.
 */
size_t text_character_length(const char *text);
