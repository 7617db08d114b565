/* The bench's rows, for people. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

void table_print(FILE *to, const json_t *rows, bool color);
