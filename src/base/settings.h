/* The ROCM_RDNA1_* environment variables: the one place where they are read. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Strings point into the environment, or at constants. All are at their defaults in a program that
 * gained privileges when it was started (AT_SECURE), since its caller must not steer it.
 */
struct settings {
    bool off;                     /* ROCM_RDNA1=off: nothing is forced, shown or set */
    const char *sysroot;          /* ROCM_RDNA1_SYSROOT: root for sysfs and rules; "/" */
    const char *rules;            /* ROCM_RDNA1_RULES: DIR[:DIR], lowest priority first; NULL */
    const char *shim;             /* ROCM_RDNA1_SHIM: path of libmiopen_rdna1.so; NULL */
    const char *audit;            /* ROCM_RDNA1_AUDIT: path of libmiopen_rdna1_audit.so; NULL */
    const char *trace;            /* ROCM_RDNA1_TRACE: the file that the shim notes in; NULL */
    uint64_t max_workspace_bytes; /* ROCM_RDNA1_MAX_WORKSPACE, "512M"; UINT64_MAX where not set */
    char problem[160]; /* the first malformed variable, for people; "" where all is well */
};

/* Reads the settings. A malformed value counts as not set, and is named in `problem`. */
void settings_read(struct settings *ret_settings);

/*
 * The rule directories, lowest priority first, NULL-terminated, as rule_set_read() takes them:
 * those of ROCM_RDNA1_RULES, or the installed ones. One allocation: free() it. 0 or -ENOMEM.
 */
int settings_rule_dirs(const struct settings *settings, const char ***ret_dirs);

/* The shim and the audit library where they are installed. */
extern const char settings_installed_shim[];
extern const char settings_installed_audit[];

/*
 * This user's cache directory of the project, ${XDG_CACHE_HOME:-~/.cache}/rocm-rdna1, which may not
 * be there yet: free() it. NULL where the environment names none, or memory is short.
 */
char *settings_cache_dir(void);
