/*
 * popen() and pclose() in front of libc's: a MIOpen that is built without the run-time compilers
 * starts clang with "cd DIR; /path/clang… OPTIONS SOURCE -o OBJECT". Such a command writes a code
 * object of ours, since the compiler it names is not needed here; any other goes on to libc.
 */
#include "base/cleanup.h"
#include "code_object.h"
#include "log.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#define STREAMS_MAX 16

/* Streams that stand for a command which has already run. */
static FILE *own_streams[STREAMS_MAX];
static int own_results[STREAMS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Takes the next word of a shell command line apart in place; quotes and backslashes are undone. */
static char *word_next(char **rest)
{
    char *from = *rest + strspn(*rest, " \t");
    char *start = from, *to = from;
    if (!*from)
        return NULL;
    for (char quote = '\0'; *from && (quote || !strchr(" \t;", *from)); from++) {
        if (*from == quote)
            quote = '\0';
        else if (!quote && (*from == '"' || *from == '\''))
            quote = *from;
        else if (*from == '\\' && quote != '\'' && from[1])
            *to++ = *++from;
        else
            *to++ = *from;
    }
    *rest = *from ? from + 1 : from;
    *to = '\0';
    return start;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && !strcmp(text + length - end_length, end);
}

static const char *language_of(const char *source)
{
    static const struct {
        const char *ending, *language;
    } languages[] = {{".cpp", "hip"}, {".cl", "opencl"}, {".s", "assembly"}};
    for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
        if (ends_with(source, languages[i].ending))
            return languages[i].language;
    return NULL;
}

static int text_read(const char *dir, const char *name, char **ret_text, size_t *ret_size)
{
    char path[PATH_MAX];
    struct stat status;
    snprintf(path, sizeof(path), *name == '/' ? "%.0s%s" : "%s/%s", dir, name);
    cleanup_file FILE *file = fopen(path, "re");
    if (!file || fstat(fileno(file), &status))
        return -errno;
    if (!S_ISREG(status.st_mode))
        return -EISDIR;
    char *text = malloc((size_t)status.st_size + 1);
    if (!text)
        return -ENOMEM;
    *ret_size = fread(text, 1, (size_t)status.st_size, file);
    text[*ret_size] = '\0';
    *ret_text = text;
    return 0;
}

/* The files beside the source: MIOpen writes all headers of its kernels there. */
static json_t *headers_read(const char *dir, const char *source)
{
    json_t *headers = json_object();
    cleanup_dir DIR *stream = opendir(dir);
    for (const struct dirent *entry; stream && (entry = readdir(stream));) {
        cleanup_free char *text = NULL;
        size_t size = 0;
        if (strcmp(entry->d_name, source) != 0 && !text_read(dir, entry->d_name, &text, &size) &&
            text)
            json_object_set_new(headers, entry->d_name, json_stringn(text, strnlen(text, size)));
    }
    return headers;
}

struct command {
    char *dir;
    char *compiler;
    const char *source; /* NULL where the compiler would read standard input */
    const char *output;
    json_t *options;
};

/* Takes a command apart; false where it is not one of MIOpen's compilations. */
static bool command_parse(char *text, struct command *ret_command)
{
    struct command command = {.dir = (char[]){"."}};
    char *word = word_next(&text);
    if (word && !strcmp(word, "cd")) {
        command.dir = word_next(&text);
        word = word_next(&text);
    }
    command.compiler = word;
    const char *base = word ? strrchr(word, '/') : NULL;
    if (!base || strncmp(base, "/clang", 6) != 0)
        return false;
    command.options = json_array();
    while ((word = word_next(&text))) {
        if (!strcmp(word, "-o"))
            command.output = word_next(&text);
        else if (*word != '-' && language_of(word))
            command.source = word;
        else if (*word)
            json_array_append_new(command.options, json_string(word));
    }
    if (!command.source || !command.output) {
        json_decref(command.options);
        return false;
    }
    *ret_command = command;
    return true;
}

static int command_run(const struct command *command)
{
    cleanup_free char *source = NULL;
    cleanup_free char *image = NULL;
    size_t source_size = 0, image_size = 0;
    const char *language = language_of(command->source);
    const char *slash = strrchr(command->source, '/');
    const char *name = slash ? slash + 1 : command->source;
    log_event("compile", "{s:s, s:s, s:s, s:O}", "name", name, "language", language, "by",
              command->compiler, "options", command->options);
    int result = text_read(command->dir, command->source, &source, &source_size);
    if (result)
        return result;
    json_t *headers =
        strcmp(language, "hip") != 0 ? json_object() : headers_read(command->dir, command->source);
    result = code_object_pack(name, language, command->options, headers, source, source_size,
                              &image, &image_size);
    json_decref(headers);
    if (result)
        return result;
    char path[PATH_MAX];
    snprintf(path, sizeof(path), *command->output == '/' ? "%.0s%s" : "%s/%s", command->dir,
             command->output);
    cleanup_file FILE *file = fopen(path, "we");
    if (!file)
        return -errno;
    return fwrite(image, 1, image_size, file) == image_size ? 0 : -EIO;
}

static FILE *stream_make(int result, const char *mode)
{
    FILE *stream = fopen("/dev/null", *mode == 'r' ? "re" : "we");
    pthread_mutex_lock(&lock);
    size_t i = 0;
    while (i < STREAMS_MAX && own_streams[i])
        i++;
    if (stream && i < STREAMS_MAX) {
        own_streams[i] = stream;
        own_results[i] = result;
    }
    pthread_mutex_unlock(&lock);
    return stream;
}

FILE *popen(const char *text, const char *mode)
{
    cleanup_free char *copy = strdup(text);
    struct command command;
    if (copy && command_parse(copy, &command)) {
        int result = command_run(&command);
        if (result)
            fprintf(stderr, "simulated card: %s: %s\n", command.source, strerror(-result));
        json_decref(command.options);
        return stream_make(result, mode);
    }
    FILE *(*real)(const char *, const char *) =
        (FILE * (*)(const char *, const char *))(uintptr_t)dlsym(RTLD_NEXT, "popen");
    return real ? real(text, mode) : NULL;
}

int pclose(FILE *stream)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < STREAMS_MAX; i++)
        if (own_streams[i] == stream) {
            int result = own_results[i];
            own_streams[i] = NULL;
            pthread_mutex_unlock(&lock);
            fclose(stream);
            return result ? 1 << 8 : 0;
        }
    pthread_mutex_unlock(&lock);
    int (*real)(FILE *) = (int (*)(FILE *))(uintptr_t)dlsym(RTLD_NEXT, "pclose");
    return real ? real(stream) : -1;
}
