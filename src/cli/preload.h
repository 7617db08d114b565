/* The shim in LD_PRELOAD. */
#pragma once

#include "base/settings.h"

/*
 * Where the shim is: as the settings say, else beside this program in a build tree, else where it
 * is installed. An absolute path of a file that can be read and that LD_PRELOAD can hold. 0, or
 * -errno after a message on stderr. free() it.
 */
int preload_find_shim(const struct settings *settings, char **ret_path);

/*
 * LD_PRELOAD's value with the shim first: `before` (NULL: not set) as it was where a library of the
 * shim's file name is in it already. NULL where memory is short. free() it.
 */
char *preload_with_shim(const char *before, const char *shim);
