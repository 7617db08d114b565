/* The stand-in for HIP's run-time compiler: it packs source and options into a code object. */
#include "code_object.h"
#include "log.h"

#include <errno.h>
#include <hip/hip_version.h>
#include <hip/hiprtc.h>
#include <stdlib.h>
#include <string.h>

/* Its header has one const more from HIP 7 on. */
#if HIP_VERSION_MAJOR < 7
typedef const char **texts;
#else
typedef const char *const *texts;
#endif

struct program {
    char *name;
    char *source;
    json_t *headers;
    char *image;
    size_t image_size;
};

static struct program *program_from(hiprtcProgram handle)
{
    return (struct program *)(void *)handle;
}

hiprtcResult hiprtcVersion(int *major, int *minor)
{
    if (!major || !minor)
        return HIPRTC_ERROR_INVALID_INPUT;
    *major = HIP_VERSION_MAJOR;
    *minor = HIP_VERSION_MINOR;
    return HIPRTC_SUCCESS;
}

const char *hiprtcGetErrorString(hiprtcResult result)
{
    switch ((int)result) {
    case HIPRTC_SUCCESS:
        return "HIPRTC_SUCCESS";
    case HIPRTC_ERROR_OUT_OF_MEMORY:
        return "HIPRTC_ERROR_OUT_OF_MEMORY";
    case HIPRTC_ERROR_INVALID_INPUT:
        return "HIPRTC_ERROR_INVALID_INPUT";
    case HIPRTC_ERROR_INVALID_PROGRAM:
        return "HIPRTC_ERROR_INVALID_PROGRAM";
    case HIPRTC_ERROR_COMPILATION:
        return "HIPRTC_ERROR_COMPILATION";
    default:
        return "HIPRTC_ERROR_INTERNAL_ERROR";
    }
}

hiprtcResult hiprtcCreateProgram(hiprtcProgram *handle, const char *source, const char *name,
                                 int headers_count, texts headers, texts include_names)
{
    if (!handle || !source || headers_count < 0 || (headers_count && (!headers || !include_names)))
        return HIPRTC_ERROR_INVALID_INPUT;
    struct program *program = calloc(1, sizeof(*program));
    if (!program)
        return HIPRTC_ERROR_OUT_OF_MEMORY;
    program->name = strdup(name ? name : "CompileSource");
    program->source = strdup(source);
    program->headers = json_object();
    for (int i = 0; i < headers_count; i++)
        json_object_set_new(program->headers, include_names[i], json_string(headers[i]));
    *handle = (hiprtcProgram)(void *)program;
    return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcDestroyProgram(hiprtcProgram *handle)
{
    if (!handle || !*handle)
        return HIPRTC_ERROR_INVALID_INPUT;
    struct program *program = program_from(*handle);
    free(program->name);
    free(program->source);
    free(program->image);
    json_decref(program->headers);
    free(program);
    *handle = NULL;
    return HIPRTC_SUCCESS;
}

/* The words of a variable that the real compiler adds to every program's options. */
static void options_append(json_t *options, const char *variable)
{
    const char *value = getenv(variable);
    char *copy = value ? strdup(value) : NULL;
    char *save = NULL;
    for (const char *word = copy ? strtok_r(copy, " ", &save) : NULL; word;
         word = strtok_r(NULL, " ", &save))
        json_array_append_new(options, json_string(word));
    free(copy);
}

hiprtcResult hiprtcCompileProgram(hiprtcProgram handle, int count, texts words)
{
    struct program *program = program_from(handle);
    if (!program || count < 0 || (count && !words))
        return HIPRTC_ERROR_INVALID_INPUT;
    json_t *options = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(options, json_string(words[i]));
    options_append(options, "HIPRTC_COMPILE_OPTIONS_APPEND");
    log_event("compile", "{s:s, s:s, s:s, s:O}", "name", program->name, "language", "hip", "by",
              "hiprtc", "options", options);
    free(program->image);
    program->image = NULL;
    int result = code_object_pack(program->name, "hip", options, program->headers, program->source,
                                  strlen(program->source), &program->image, &program->image_size);
    json_decref(options);
    if (result == -EILSEQ)
        return HIPRTC_ERROR_COMPILATION;
    return result ? HIPRTC_ERROR_OUT_OF_MEMORY : HIPRTC_SUCCESS;
}

hiprtcResult hiprtcGetCodeSize(hiprtcProgram handle, size_t *size)
{
    if (!handle || !size)
        return HIPRTC_ERROR_INVALID_INPUT;
    if (!program_from(handle)->image)
        return HIPRTC_ERROR_INVALID_PROGRAM;
    *size = program_from(handle)->image_size;
    return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcGetCode(hiprtcProgram handle, char *code)
{
    if (!handle || !code)
        return HIPRTC_ERROR_INVALID_INPUT;
    const struct program *program = program_from(handle);
    if (!program->image)
        return HIPRTC_ERROR_INVALID_PROGRAM;
    memcpy(code, program->image, program->image_size);
    return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcGetProgramLogSize(hiprtcProgram handle, size_t *size)
{
    if (!handle || !size)
        return HIPRTC_ERROR_INVALID_INPUT;
    *size = 0; /* no byte for an end of text: callers take the log as that many characters */
    return HIPRTC_SUCCESS;
}

hiprtcResult hiprtcGetProgramLog(hiprtcProgram handle, char *log)
{
    return handle && log ? HIPRTC_SUCCESS : HIPRTC_ERROR_INVALID_INPUT;
}
