/* Values in the words of shells. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* Whether a shell can assign to a variable of that name. */
bool quote_is_name(const char *name);

/* Writes a value as one word of a POSIX shell that stands for exactly these bytes. */
void quote_sh(FILE *file, const char *value);
