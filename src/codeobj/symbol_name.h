/* Names of kernels as a symbol table has them, and as people and logs write them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SYMBOL_NAME_SIZE 16384

/*
 * The C++ name that a symbol stands for. False where it stands for none, or for one that does not
 * fit: symbols of a few bytes can be made to stand for names without end.
 */
bool symbol_demangle(const char *symbol, char ret_name[SYMBOL_NAME_SIZE]);

/*
 * Whether somebody who writes `wanted` may mean the symbol: the symbol itself, with or without
 * ".kd" or "[clone .kd]"; its C++ name, with or without result, namespaces, template arguments and
 * parameters, spaces put anyhow; or a pattern with * and ? that fits the symbol or the whole C++
 * name.
 */
bool symbol_is(const char *symbol, const char *wanted);
