/*
 * scan SECONDS OBJDUMP PROGRAM LIBRARY: what the scan takes for the code for gfx1030 in a library,
 * all detectors on, beside a disassembler on the same code objects: processor time on one core,
 * time that passes with all cores at work, and memory, that of the whole PROGRAM on the whole
 * library. Reading the files is in all of it. A JSON array of rows.
 */
#include "base/cleanup.h"
#include "codeobj/code_object.h"
#include "codeobj/container.h"
#include "codeobj/mapping.h"
#include "codeobj/survey.h"
#include "row.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define OBJECTS_MAX 4096
#define TURNS_MAX   1000
#define TARGET      "gfx1030"

struct work {
    char directory[64];
    unsigned objects;
    unsigned objects_most;
    uint64_t code_bytes; /* of the functions in them */
};

static void object_path(const struct work *work, unsigned number, char ret_path[128])
{
    snprintf(ret_path, 128, "%s/%u.o", work->directory, number);
}

static int object_keep(struct span bytes, const char *place, void *context)
{
    (void)place;
    struct work *work = context;
    struct code_object object;
    const char *why;
    char path[128];
    if (work->objects == work->objects_most || code_object_open(bytes, &object, &why) < 0)
        return 0;
    const bool wanted = object.target && strcmp(object.target, TARGET) == 0;
    for (size_t i = 0; wanted && i < object.functions_count; i++)
        work->code_bytes += object.functions[i].code.size;
    code_object_close(&object);
    if (!wanted)
        return 0;
    object_path(work, work->objects++, path);
    cleanup_file FILE *file = fopen(path, "wb");
    return file && fwrite(bytes.bytes, 1, bytes.size, file) == bytes.size ? 0 : -EIO;
}

static void note_ignore(const char *text, void *context)
{
    (void)text;
    (void)context;
}

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double children_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static int object_scan(const char *path)
{
    const struct scan_options options = {.chip = chip_from_name("gfx1010")};
    struct mapping mapping;
    struct code_object object;
    const char *why;
    int r = mapping_open(path, &mapping);
    if (r < 0)
        return r;
    r = code_object_open(mapping.file, &object, &why);
    for (size_t i = 0; r == 0 && i < object.functions_count; i++) {
        struct scan_result result;
        r = scan_code(&object.functions[i].code, &options, &result);
        if (r == 0)
            scan_result_free(&result);
    }
    if (r == 0)
        code_object_close(&object);
    mapping_close(&mapping);
    return r;
}

/* Starts a program whose output nobody reads. */
static pid_t child_start(const char *program, const char *const arguments[])
{
    const pid_t child = fork();
    if (child == 0) {
        const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0)
            execv(program, (char *const *)(uintptr_t)arguments);
        _exit(127);
    }
    return child;
}

static const char target_flag[] = "--mcpu=" TARGET;

static pid_t objdump_start(const char *objdump, const char *path)
{
    return child_start(objdump, (const char *[]){objdump, "-d", target_flag, path, NULL});
}

/* Waits for any child. 0 or -errno; the most memory that it had is added to the maximum. */
static int child_end(long *most_kib)
{
    struct rusage usage;
    int status = 0;
    if (wait4(-1, &status, 0, &usage) < 0)
        return -errno;
    if (most_kib && usage.ru_maxrss > *most_kib)
        *most_kib = usage.ru_maxrss;
    return status == 0 ? 0 : -EIO;
}

static int object_disassemble(const char *objdump, const char *path)
{
    return objdump_start(objdump, path) < 0 ? -errno : child_end(NULL);
}

/* The time for all objects, by us or by the disassembler; negative where it failed. */
static double work_seconds(const struct work *work, const char *objdump)
{
    const double began = objdump ? children_seconds() : processor_seconds();
    for (unsigned i = 0; i < work->objects; i++) {
        char path[128];
        object_path(work, i, path);
        const int r = objdump ? object_disassemble(objdump, path) : object_scan(path);
        if (r < 0) {
            fprintf(stderr, "scan: %s: %s\n", path, strerror(-r));
            return -1;
        }
    }
    return (objdump ? children_seconds() : processor_seconds()) - began;
}

/* One core, by the processor's time. */
static json_t *core_row(const struct work *work, double seconds, const char *objdump)
{
    double turns[TURNS_MAX];
    double sum = 0;
    size_t count = 0;
    while (count < TURNS_MAX && (count < 3 || sum < seconds)) {
        turns[count] = work_seconds(work, NULL);
        if (turns[count] < 0)
            return NULL;
        sum += turns[count++];
    }
    const double other = work_seconds(work, objdump);
    if (other < 0)
        return NULL;
    const double megabytes = (double)work->code_bytes / 1e6;
    return row_new("scan", "code for " TARGET ", one core, against llvm-objdump -d",
                   1e6 * median(turns, count) / megabytes, 1e6 * other / megabytes, 1.0 / 40,
                   "us/MB");
}

static double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void show(const struct path *path, const struct report *report, int error, void *context)
{
    (void)path;
    (void)report;
    if (error < 0)
        *(int *)context = error;
}

/* The time that passes until all objects are scanned, by as many threads as there are cores. */
static double survey_seconds(const struct work *work)
{
    const struct report_request request = {.chip = chip_from_name("gfx1010"),
                                           .target = target_from_name(TARGET)};
    struct path_list paths = {0};
    int error = 0;
    const struct survey survey = {
        .paths = &paths, .request = &request, .show = show, .context = &error};
    int r = path_list_add(&paths, work->directory);
    const double began = now_seconds();
    if (r == 0)
        r = survey_run(&survey);
    const double passed = now_seconds() - began;
    path_list_free(&paths);
    return r < 0 || error < 0 ? -1 : passed;
}

/* The same by as many disassemblers; and the most memory that one of them had. */
static double disassemblers_seconds(const struct work *work, const char *objdump, long *most_kib)
{
    const unsigned cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    const double began = now_seconds();
    unsigned started = 0, ended = 0;
    int r = 0;
    while (ended < work->objects) {
        char path[128];
        if (started < work->objects && started - ended < cores) {
            object_path(work, started++, path);
            if (objdump_start(objdump, path) < 0)
                return -1;
            continue;
        }
        r |= child_end(most_kib);
        ended++;
    }
    return r < 0 ? -1 : now_seconds() - began;
}

static int rows_add(json_t *rows, json_t *row)
{
    return row ? json_array_append_new(rows, row) : -1;
}

static int work_measure(const struct work *work, double seconds, char **argv, json_t *rows)
{
    const char *objdump = argv[2], *program = argv[3], *library = argv[4];
    const double megabytes = (double)work->code_bytes / 1e6;
    long ours_kib = 0, other_kib = 0;
    if (work->code_bytes == 0 || rows_add(rows, core_row(work, seconds, objdump)) < 0)
        return -1;
    const double other = disassemblers_seconds(work, objdump, &other_kib);
    const double ours = survey_seconds(work);
    const char *const scan[] = {program,    "scan", "--no-cache", "--chip", "gfx1010",
                                "--target", TARGET, "--json",     library,  NULL};
    if (other < 0 || ours < 0 || child_start(program, scan) < 0 || child_end(&ours_kib) < 0)
        return -1;
    if (rows_add(rows,
                 row_new("scan", "code for " TARGET ", all cores, against llvm-objdump -d",
                         1e6 * ours / megabytes, 1e6 * other / megabytes, 1.0 / 40, "us/MB")) < 0)
        return -1;
    return rows_add(rows, row_new("scan", "peak memory, against llvm-objdump -d of one code object",
                                  (double)ours_kib, (double)other_kib, 1, "KiB"));
}

int main(int argc, char **argv)
{
    struct work work = {.directory = "/tmp/bench-scan-XXXXXX"};
    const struct container_visitor visitor = {
        .code_object = object_keep, .note = note_ignore, .context = &work};
    struct mapping mapping;
    if (argc != 5) {
        fputs("scan SECONDS OBJDUMP PROGRAM LIBRARY\n", stderr);
        return 2;
    }
    const double seconds = strtod(argv[1], NULL);
    /* A moment is enough to see that it runs. */
    work.objects_most = seconds < 0.01 ? 1 : OBJECTS_MAX;
    if (mapping_open(argv[4], &mapping) < 0 || !mkdtemp(work.directory)) {
        perror(argv[4]);
        return 1;
    }
    json_t *rows = json_array();
    int r = container_walk(mapping.file, &visitor);
    mapping_close(&mapping);
    if (r == 0)
        r = work_measure(&work, seconds, argv, rows);
    for (unsigned i = 0; i < work.objects; i++) {
        char path[128];
        object_path(&work, i, path);
        unlink(path);
    }
    rmdir(work.directory);
    if (r == 0)
        json_dumpf(rows, stdout, 0);
    else
        fprintf(stderr, "scan: %s gave no rows\n", argv[4]);
    json_decref(rows);
    return r == 0 ? 0 : 1;
}
