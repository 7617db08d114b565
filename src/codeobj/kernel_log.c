#include "codeobj/kernel_log.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A log of hours names few kernels, many times over; of more than these the last ones are kept. */
enum { NAME_LIMIT = 16384, NAMES_LIMIT = 256 };

/* Where a name stands in a line, by the words before and, where others follow, behind it. */
static const struct form {
    const char *before;
    const char *behind; /* NULL: it goes to the end of the line */
    bool fault;
} forms[] = {
    /* CLR, rocclr/device/rocm/rocdevice.cpp: what an aborted queue was at */
    {"Kernel Name: ", NULL, true},
    /* CLR, rocclr/device/rocm/rocvirtual.cpp, AMD_LOG_LEVEL=3 and more: what is launched */
    {"ShaderName : ", NULL, false},
    /* MIOpen, src/hipoc/hipoc_kernel.cpp, MIOPEN_LOG_LEVEL=6 */
    {"kernel_name = ", ", global_work_dim", false},
    /* ROCm's debug agent: the wave that stopped */
    {"Disassembly for function ", ":", true},
};

/* Words of a fault that no kernel is named with. */
static const char *const fault_words[] = {
    "Memory access fault by GPU", "HSA_STATUS_ERROR",    "hipErrorIllegalAddress",
    "hipErrorLaunchFailure",      "HW Exception by GPU",
};

struct text {
    const char *begin;
    const char *end;
};

static const char *text_find(struct text text, const char *words)
{
    return memmem(text.begin, (size_t)(text.end - text.begin), words, strlen(words));
}

static int name_add(struct kernel_log *log, struct text name, bool fault, size_t line)
{
    while (name.begin < name.end && isspace((unsigned char)*name.begin))
        name.begin++;
    while (name.begin < name.end && isspace((unsigned char)name.end[-1]))
        name.end--;
    const size_t length = (size_t)(name.end - name.begin);
    if (length == 0 || length > NAME_LIMIT || memchr(name.begin, '\0', length))
        return 0;
    struct logged_kernel kernel = {.fault = fault, .line = line};
    for (size_t i = log->kernels_count; i-- > 0;) {
        const struct logged_kernel *known = &log->kernels[i];
        if (strncmp(known->name, name.begin, length) != 0 || known->name[length] != '\0')
            continue;
        /* Moves to the end: of what was launched, the last counts. */
        kernel = *known;
        kernel.fault |= fault;
        memmove(&log->kernels[i], &log->kernels[i + 1],
                (log->kernels_count - i - 1) * sizeof(kernel));
        log->kernels[log->kernels_count - 1] = kernel;
        return 0;
    }
    if (log->kernels_count == NAMES_LIMIT) {
        free(log->kernels[0].name);
        log->kernels_count--;
        memmove(log->kernels, log->kernels + 1, log->kernels_count * sizeof(kernel));
    }
    kernel.name = strndup(name.begin, length);
    struct logged_kernel *larger =
        kernel.name ? reallocarray(log->kernels, log->kernels_count + 1, sizeof(kernel)) : NULL;
    if (!larger) {
        free(kernel.name);
        return -ENOMEM;
    }
    log->kernels = larger;
    log->kernels[log->kernels_count++] = kernel;
    return 0;
}

/* "file:///path#offset=1&size=2", as loaders name a code object. */
static int files_add(struct kernel_log *log, struct text line)
{
    static const char scheme[] = "file://";
    for (const char *at; (at = text_find(line, scheme)); line.begin = at) {
        at += sizeof(scheme) - 1;
        const char *end = at;
        while (end < line.end && !isspace((unsigned char)*end) && !strchr("#\"'>)", *end))
            end++;
        const size_t length = (size_t)(end - at);
        bool known = length == 0 || length > NAME_LIMIT || *at != '/';
        for (size_t i = 0; i < log->files_count; i++)
            known |= strncmp(log->files[i], at, length) == 0 && log->files[i][length] == '\0';
        if (known || log->files_count >= NAMES_LIMIT)
            continue;
        char *file = strndup(at, length);
        char **larger =
            file ? reallocarray(log->files, log->files_count + 1, sizeof(*larger)) : NULL;
        if (!larger) {
            free(file);
            return -ENOMEM;
        }
        log->files = larger;
        log->files[log->files_count++] = file;
    }
    return 0;
}

/* Words that are names by their looks. */
static int words_add(struct kernel_log *log, struct text line, size_t number)
{
    for (const char *at = line.begin; at < line.end;) {
        const char *end = at;
        while (end < line.end && (isalnum((unsigned char)*end) || *end == '_' || *end == '.'))
            end++;
        struct text word = {at, end};
        while (word.end > word.begin && word.end[-1] == '.')
            word.end--;
        const size_t length = (size_t)(word.end - word.begin);
        const bool is_name = (length > 4 && strncmp(at, "_Z", 2) == 0) ||
                             (length > 8 && strncmp(at, "Cijk_", 5) == 0);
        if (is_name && name_add(log, word, false, number) < 0)
            return -ENOMEM;
        at = end > at ? end : at + 1;
    }
    return 0;
}

/* "#0  0x00007fff in name<int> (this=…) from file://…": rocgdb's frames, of host code as well. */
static bool frame_name(struct text line, struct text *ret_name)
{
    const char *in = text_find(line, " in ");
    if (line.begin == line.end || *line.begin != '#' || !in)
        return false;
    struct text name = {in + 4, line.end};
    const char *behind = text_find(name, " (");
    if (behind)
        name.end = behind;
    *ret_name = name;
    return true;
}

static int line_parse(struct kernel_log *log, struct text line, size_t number)
{
    for (size_t i = 0; i < sizeof(fault_words) / sizeof(fault_words[0]); i++)
        log->fault |= text_find(line, fault_words[i]) != NULL;
    struct text name;
    int r = files_add(log, line);
    if (r < 0)
        return r;
    if (frame_name(line, &name))
        return name_add(log, name, true, number);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const struct form *form = &forms[i];
        const char *before = text_find(line, form->before);
        if (!before)
            continue;
        name = (struct text){before + strlen(form->before), line.end};
        const char *behind = form->behind ? text_find(name, form->behind) : NULL;
        /* A C++ name has colons, too: it ends at the last. */
        if (behind && strcmp(form->behind, ":") == 0)
            behind = memrchr(name.begin, ':', (size_t)(name.end - name.begin));
        if (behind)
            name.end = behind;
        return name_add(log, name, form->fault, number);
    }
    return words_add(log, line, number);
}

int kernel_log_parse(const char *text, size_t size, struct kernel_log *ret_log)
{
    struct kernel_log log = {0};
    const char *const end = text + size;
    size_t number = 0;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const struct text line = {text, newline ? newline : end};
        if (line_parse(&log, line, ++number) < 0) {
            kernel_log_free(&log);
            return -ENOMEM;
        }
        text = newline ? newline + 1 : end;
    }
    *ret_log = log;
    return 0;
}

void kernel_log_free(struct kernel_log *log)
{
    for (size_t i = 0; i < log->kernels_count; i++)
        free(log->kernels[i].name);
    for (size_t i = 0; i < log->files_count; i++)
        free(log->files[i]);
    free(log->kernels);
    free(log->files);
    *log = (struct kernel_log){0};
}
