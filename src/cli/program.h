/* The program that `run` starts: where it is, and whether the loader would preload anything. */
#pragma once

/*
 * Finds a program as execvp() does: a name with a slash is a path, others are looked for in PATH.
 * 0; -ENOENT where there is none; -EACCES where all that bear the name cannot be executed; -ENOMEM.
 * free() the path.
 */
int program_find(const char *name, char **ret_path);

/*
 * Why the dynamic loader would ignore LD_PRELOAD in that program: "set-user-ID program", …; NULL
 * where it would not. Such programs run in secure-execution mode (ld.so(8)).
 */
const char *program_privilege(const char *path);

/* Becomes the program; a file without a known format is given to /bin/sh. Returns -errno. */
int program_exec(const char *path, char **argv);
