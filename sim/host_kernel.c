#include "host_kernel.h"

#include "base/cleanup.h"
#include "fnv.h"
#include "log.h"
#include "opencl_thunk.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define ARGUMENTS_MAX 256

/* What stands before a kernel's source on the host. */
static const char hip_header[] = SIM_KERNEL_DIR "/hip.h";
static const char hip_include[] = "-I" SIM_KERNEL_DIR "/include";
static const char opencl_header[] = SIM_KERNEL_DIR "/opencl.h";

struct arguments {
    const char *words[ARGUMENTS_MAX];
    size_t count;
};

static void arguments_add(struct arguments *arguments, const char *word)
{
    if (arguments->count < ARGUMENTS_MAX - 1)
        arguments->words[arguments->count++] = word;
    arguments->words[arguments->count] = NULL;
}

static void arguments_add_all(struct arguments *arguments, const char *const *words)
{
    for (; *words; words++)
        arguments_add(arguments, *words);
}

/*
 * Of the options for the GPU's compiler only those that change the meaning of the source matter to
 * the host: definitions and the language standard.
 */
static void arguments_add_options(struct arguments *arguments, const json_t *options)
{
    size_t index;
    json_t *option;
    json_array_foreach(options, index, option)
    {
        const char *word = json_string_value(option);
        bool takes_next = !strcmp(word, "-D") || !strcmp(word, "-U");
        if (!strncmp(word, "-D", 2) || !strncmp(word, "-U", 2)) {
            arguments_add(arguments, word);
            if (takes_next && json_array_get(options, index + 1))
                arguments_add(arguments, json_string_value(json_array_get(options, ++index)));
        }
    }
}

/* Runs a compiler in `dir`, its messages into the file "log" there. Its exit status or -errno. */
static int compiler_run(const char *dir, const struct arguments *arguments)
{
    char temporary[PATH_MAX + 8];
    snprintf(temporary, sizeof(temporary), "TMPDIR=%s", dir);
    /* Nothing of the program's environment: it names libraries that the compiler must not load. */
    char *const environment[] = {(char[]){"PATH=/usr/bin:/bin"}, (char[]){"LC_ALL=C"}, temporary,
                                 NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, dir);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "log", O_WRONLY | O_CREAT | O_APPEND, 0666);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    pid_t child;
    char *const *words = (char *const *)(uintptr_t)arguments->words;
    int result = posix_spawn(&child, words[0], &actions, NULL, words, environment);
    posix_spawn_file_actions_destroy(&actions);
    if (result)
        return -result;
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

static int file_write(const char *dir, const char *name, const char *text)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path) || strchr(name, '/'))
        return -EINVAL;
    cleanup_file FILE *file = fopen(path, "we");
    if (!file)
        return -errno;
    fputs(text, file);
    return ferror(file) ? -EIO : 0;
}

/* The file's text, with a NUL behind it. */
static char *file_read(const char *dir, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    cleanup_file FILE *file = fopen(path, "re");
    cleanup_free char *text = NULL;
    size_t room = 0;
    if (!file)
        return NULL;
    if (getdelim(&text, &room, '\0', file) < 0)
        return strdup("");
    return take_ptr(text);
}

static int hip_compile(const json_t *object, const char *kernel, const char *dir)
{
    char wrapper[512];
    snprintf(wrapper, sizeof(wrapper), "#include \"source.cpp\"\nSIM_KERNEL(%.400s)\n", kernel);
    int result =
        file_write(dir, "source.cpp", json_string_value(json_object_get(object, "source")));
    if (!result)
        result = file_write(dir, "wrapper.cpp", wrapper);
    if (result)
        return result;
    struct arguments arguments = {.count = 0};
    arguments_add_all(&arguments, (const char *const[]){SIM_CXX,
                                                        "-x",
                                                        "c++",
                                                        "-std=gnu++17",
                                                        "-O2",
                                                        "-march=native",
                                                        "-fPIC",
                                                        "-shared",
                                                        "-fvisibility=hidden",
                                                        "-fno-gnu-unique",
                                                        "-fno-strict-aliasing",
                                                        "-fpermissive",
                                                        "-w",
                                                        "-include",
                                                        hip_header,
                                                        "-I.",
                                                        hip_include,
                                                        "wrapper.cpp",
                                                        "-o",
                                                        "kernel.so",
                                                        "-Wl,-Bsymbolic",
                                                        "-Wl,-z,defs",
                                                        NULL});
    arguments_add_options(&arguments, json_object_get(object, "options"));
    return compiler_run(dir, &arguments);
}

/* Writes wrapper.cl: the source and the functions to call its kernel from the host. 0 or -errno. */
static int opencl_wrap(const char *kernel, const char *dir)
{
    cleanup_free char *plain = file_read(dir, "plain.cl");
    cleanup_free char *wrapper = NULL;
    size_t wrapper_size;
    FILE *out = open_memstream(&wrapper, &wrapper_size);
    if (!out)
        return -ENOMEM;
    fputs("#include \"source.cl\"\n", out);
    int result = plain ? opencl_thunk_write(plain, kernel, out) : -ENOMEM;
    fclose(out);
    return result ? result : file_write(dir, "wrapper.cl", wrapper);
}

static int opencl_compile(const json_t *object, const char *kernel, const char *dir)
{
    static const char *const common[] = {SIM_CLANG,
                                         "-x",
                                         "cl",
                                         "--target=x86_64-linux-gnu",
                                         "-cl-std=CL2.0",
                                         "-O2",
                                         "-march=native",
                                         "-fPIC",
                                         "-w",
                                         "-Xclang",
                                         "-cl-ext=+cl_khr_fp16,+__cl_clang_function_pointers",
                                         "-include",
                                         opencl_header,
                                         NULL};
    int result = file_write(dir, "source.cl", json_string_value(json_object_get(object, "source")));
    if (result)
        return result;
    struct arguments arguments = {.count = 0};
    arguments_add_all(&arguments, common);
    arguments_add_options(&arguments, json_object_get(object, "options"));
    size_t common_count = arguments.count;
    arguments_add_all(&arguments,
                      (const char *const[]){"-E", "-P", "source.cl", "-o", "plain.cl", NULL});
    result = compiler_run(dir, &arguments);
    if (result)
        return result;
    result = opencl_wrap(kernel, dir);
    if (result == -ENOENT || result == -EINVAL) {
        file_write(dir, "log", "no such kernel, or its parameters are not understood\n");
        return 1;
    }
    if (result)
        return result;
    arguments.count = common_count;
    arguments_add_all(&arguments,
                      (const char *const[]){"-c", "wrapper.cl", "-o", "kernel.o", NULL});
    result = compiler_run(dir, &arguments);
    if (result)
        return result;
    arguments.count = 0;
    arguments_add_all(&arguments,
                      (const char *const[]){SIM_CC, "-shared", "kernel.o", "-o", "kernel.so",
                                            "-Wl,-Bsymbolic", "-lm", NULL});
    return compiler_run(dir, &arguments);
}

/* All that decides how a kernel is compiled besides its own text: our sources, compilers, CPU. */
static fnv_t toolchain_hash;

/* Below SIM_KERNEL_DIR: what is compiled with every kernel, and what makes the compilers' lines. */
static const char *const toolchain_sources[] = {
    "hip.h",
    "opencl.h",
    "launch.h",
    "include/hip/hip_runtime.h",
    "include/hip/hip_runtime_api.h",
    "include/hip/hip_bfloat16.h",
    "include/hip/hip_fp16.h",
    "../host_kernel.c",
    "../opencl_thunk.c",
};

static fnv_t file_hash(fnv_t hash, const char *dir, const char *name)
{
    cleanup_free char *text = file_read(dir, name);
    return text ? fnv_add(hash, text, strlen(text)) : hash;
}

static void toolchain_read(void)
{
    fnv_t hash = fnv_add(FNV_START, SIM_CXX " " SIM_CLANG " " SIM_CC, sizeof(SIM_CXX SIM_CLANG));
    for (size_t i = 0; i < sizeof(toolchain_sources) / sizeof(toolchain_sources[0]); i++)
        hash = file_hash(hash, SIM_KERNEL_DIR, toolchain_sources[i]);
    for (const char *const *compiler = (const char *const[]){SIM_CXX, SIM_CLANG, NULL}; *compiler;
         compiler++) {
        struct stat status;
        if (!stat(*compiler, &status)) {
            hash = fnv_add(hash, &status.st_size, sizeof(status.st_size));
            hash = fnv_add(hash, &status.st_mtim, sizeof(status.st_mtim));
        }
    }
    cleanup_free char *cpu = file_read("/proc", "cpuinfo");
    const char *flags = cpu ? strstr(cpu, "\nflags") : NULL;
    if (flags)
        hash = fnv_add(hash, flags, strcspn(flags + 1, "\n"));
    toolchain_hash = hash;
}

/* The cache directory, made where it is missing. 0 or -errno. */
static int cache_directory(char *ret_dir, size_t size)
{
    const char *given = getenv("SIM_CACHE");
    const char *base = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int length;
    if (given && *given)
        length = snprintf(ret_dir, size, "%s", given);
    else if (base && *base == '/')
        length = snprintf(ret_dir, size, "%s/rocm-rdna1/kernels", base);
    else
        length = snprintf(ret_dir, size, "%s/.cache/rocm-rdna1/kernels", home ? home : "/tmp");
    if (length >= (int)size)
        return -ENAMETOOLONG;
    for (char *slash = ret_dir + 1;; slash++) {
        slash = strchrnul(slash, '/');
        char kept = *slash;
        *slash = '\0';
        if (mkdir(ret_dir, 0777) && errno != EEXIST)
            return -errno;
        *slash = kept;
        if (!kept)
            return 0;
    }
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

/*
 * Compiles into the cache: <name>.so, or <name>.failed with the compiler's messages, which are
 * there to be read: what failed for want of memory or room on disk is tried again by the next
 * process. 0, what the compiler exits with, or -errno.
 */
static int kernel_build(const json_t *object, const char *kernel, const char *cache,
                        const char *name)
{
    char dir[PATH_MAX], from[PATH_MAX + 16], to[PATH_MAX + 64];
    snprintf(dir, sizeof(dir), "%.2000s/build-XXXXXX", cache);
    if (!mkdtemp(dir))
        return -errno;
    const char *header;
    json_t *text;
    int result = 0;
    json_object_foreach(json_object_get(object, "headers"), header, text) if (!result) result =
        file_write(dir, header, json_string_value(text));
    if (!result)
        result = !strcmp(json_string_value(json_object_get(object, "language")), "hip")
                     ? hip_compile(object, kernel, dir)
                     : opencl_compile(object, kernel, dir);
    if (result >= 0) {
        snprintf(from, sizeof(from), "%s/%s", dir, result ? "log" : "kernel.so");
        snprintf(to, sizeof(to), "%.2000s/%s.%s", cache, name, result ? "failed" : "so");
        if (rename(from, to))
            result = -errno;
    }
    nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    return result;
}

static int kernel_open(const char *path, struct host_kernel *ret_kernel)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "simulated card: %s\n", dlerror());
        return -ENOEXEC;
    }
    const unsigned *count = dlsym(library, "sim_arguments_count");
    struct host_kernel kernel = {
        .group = (void (*)(const struct sim_launch *))(uintptr_t)dlsym(library, "sim_group"),
        .thread =
            (void (*)(const struct sim_launch *, unsigned))(uintptr_t)dlsym(library, "sim_thread"),
        .has_barrier = dlsym(library, "sim_barrier_used"),
        .arguments_count = count ? *count : 0,
        .arguments = dlsym(library, "sim_arguments"),
    };
    if (!kernel.group || !kernel.thread || !count)
        return -ENOEXEC;
    *ret_kernel = kernel;
    return 0;
}

int host_kernel_load(const json_t *object, const char *kernel, struct host_kernel *ret_kernel,
                     char *ret_reason, size_t reason_size)
{
    const char *language = json_string_value(json_object_get(object, "language"));
    if (strcmp(language, "hip") != 0 && strcmp(language, "opencl") != 0) {
        snprintf(ret_reason, reason_size, "%s code", language);
        return -ENOTSUP;
    }
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, toolchain_read);
    cleanup_free char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
    if (!text)
        return -ENOMEM;
    fnv_t hash = fnv_add(toolchain_hash, text, strlen(text));
    hash = fnv_add(hash, kernel, strlen(kernel));
    char name[40], cache[PATH_MAX / 2], path[PATH_MAX];
    snprintf(name, sizeof(name), "%016llx%016llx", (unsigned long long)(hash >> 64),
             (unsigned long long)hash);
    int result = cache_directory(cache, sizeof(cache));
    if (result) {
        snprintf(ret_reason, reason_size, "no directory for compiled kernels: %s",
                 strerror(-result));
        return result;
    }
    snprintf(path, sizeof(path), "%s/%s.so", cache, name);
    if (access(path, R_OK)) {
        struct timespec before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        result = kernel_build(object, kernel, cache, name);
        clock_gettime(CLOCK_MONOTONIC, &after);
        log_event("build", "{s:s, s:i, s:f}", "kernel", kernel, "result", result, "seconds",
                  (double)(after.tv_sec - before.tv_sec) +
                      (double)(after.tv_nsec - before.tv_nsec) * 1e-9);
        if (result < 0) {
            snprintf(ret_reason, reason_size, "cannot compile in %s: %s", cache, strerror(-result));
            return result;
        }
        if (result) {
            snprintf(ret_reason, reason_size,
                     "%s source that this CPU's compiler refuses: %s/%s.failed", language, cache,
                     name);
            return -ENOTSUP;
        }
    }
    result = kernel_open(path, ret_kernel);
    if (result)
        snprintf(ret_reason, reason_size, "%s cannot be loaded", path);
    return result;
}
