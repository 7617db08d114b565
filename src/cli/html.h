/* Text in HTML. */
#pragma once

#include <stdio.h>

/*
 * Writes text that came from outside, so that it is nothing but text: markup is escaped, and what
 * is no character, or one that changes others (controls, directions), becomes \xNN. NULL is N/A.
 */
void html_text(FILE *file, const char *text);
