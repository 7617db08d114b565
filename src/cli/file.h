/* Whether files are what a command needs them to be. */
#pragma once

/*
 * 0 where the path is a regular file that may be used in that way (R_OK, X_OK); -EISDIR where it is
 * a directory, -EACCES where it is any other kind of file or may not be used; else stat()'s -errno.
 */
int file_check(const char *path, int mode);
