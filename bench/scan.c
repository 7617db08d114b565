/*
 * scan SECONDS OBJDUMP LIBRARY: the time that the scan takes for the code for gfx1030 in a library,
 * all detectors on, beside a disassembler on the same code objects; as a JSON array of one row.
 * Processor time of one core on both sides, reading the files included.
 */
#include "base/cleanup.h"
#include "codeobj/code_object.h"
#include "codeobj/container.h"
#include "codeobj/mapping.h"
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

static int object_disassemble(const char *objdump, const char *path)
{
    const pid_t child = fork();
    if (child == 0) {
        const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (null >= 0 && dup2(null, STDOUT_FILENO) >= 0)
            execl(objdump, objdump, "-d", "--mcpu=" TARGET, path, NULL);
        _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return -errno;
    return status == 0 ? 0 : -EIO;
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

static json_t *work_measure(const struct work *work, double seconds, const char *objdump)
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
    if (other < 0 || work->code_bytes == 0)
        return NULL;
    const double megabytes = (double)work->code_bytes / 1e6;
    return row_new("scan", "code for " TARGET ", against llvm-objdump -d",
                   1e6 * median(turns, count) / megabytes, 1e6 * other / megabytes, 1.0 / 40,
                   "us/MB");
}

int main(int argc, char **argv)
{
    struct work work = {.directory = "/tmp/bench-scan-XXXXXX"};
    const struct container_visitor visitor = {
        .code_object = object_keep, .note = note_ignore, .context = &work};
    struct mapping mapping;
    if (argc != 4) {
        fputs("scan SECONDS OBJDUMP LIBRARY\n", stderr);
        return 2;
    }
    const double seconds = strtod(argv[1], NULL);
    /* A moment is enough to see that it runs. */
    work.objects_most = seconds < 0.01 ? 1 : OBJECTS_MAX;
    if (mapping_open(argv[3], &mapping) < 0 || !mkdtemp(work.directory)) {
        perror(argv[3]);
        return 1;
    }
    json_t *row = NULL;
    if (container_walk(mapping.file, &visitor) == 0)
        row = work_measure(&work, seconds, argv[2]);
    mapping_close(&mapping);
    for (unsigned i = 0; i < work.objects; i++) {
        char path[128];
        object_path(&work, i, path);
        unlink(path);
    }
    rmdir(work.directory);
    if (!row) {
        fprintf(stderr, "scan: %s gave no row\n", argv[3]);
        return 1;
    }
    json_t *rows = json_pack("[o]", row);
    json_dumpf(rows, stdout, 0);
    json_decref(rows);
    return 0;
}
