/*
 * The stand-in for the code object manager: the first action on a source packs it into a code
 * object, the later ones hand it on.
 */
#include "code_object.h"
#include "log.h"

#include <amd_comgr/amd_comgr.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SET_MAX                        64

/* The enumerator is deprecated and will go; releases that know the action use this number. */
#define ACTION_ADD_PRECOMPILED_HEADERS 1

struct data {
    unsigned references;
    amd_comgr_data_kind_t kind;
    char *name;
    char *bytes;
    size_t size;
};

struct data_set {
    struct data *members[SET_MAX];
    size_t count;
};

struct action {
    amd_comgr_language_t language;
    char isa[128];
    json_t *options;
};

/* Handles are addresses of ours. */
static struct data *data_from(amd_comgr_data_t handle)
{
    return (struct data *)(uintptr_t)handle.handle;
}

static struct data_set *set_from(amd_comgr_data_set_t handle)
{
    return (struct data_set *)(uintptr_t)handle.handle;
}

static struct action *action_from(amd_comgr_action_info_t handle)
{
    return (struct action *)(uintptr_t)handle.handle;
}

amd_comgr_status_t amd_comgr_status_string(amd_comgr_status_t status, const char **text)
{
    if (!text)
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    *text = status == AMD_COMGR_STATUS_SUCCESS                  ? "SUCCESS"
            : status == AMD_COMGR_STATUS_ERROR                  ? "ERROR"
            : status == AMD_COMGR_STATUS_ERROR_OUT_OF_RESOURCES ? "ERROR_OUT_OF_RESOURCES"
                                                                : "ERROR_INVALID_ARGUMENT";
    return AMD_COMGR_STATUS_SUCCESS;
}

void amd_comgr_get_version(size_t *major, size_t *minor)
{
    *major = AMD_COMGR_INTERFACE_VERSION_MAJOR;
    *minor = AMD_COMGR_INTERFACE_VERSION_MINOR;
}

static struct data *data_new(amd_comgr_data_kind_t kind)
{
    struct data *data = calloc(1, sizeof(*data));
    if (data) {
        data->references = 1;
        data->kind = kind;
    }
    return data;
}

static void data_release(struct data *data)
{
    if (--data->references)
        return;
    free(data->name);
    free(data->bytes);
    free(data);
}

static bool set_add(struct data_set *set, struct data *data)
{
    if (set->count == SET_MAX)
        return false;
    data->references++;
    set->members[set->count++] = data;
    return true;
}

amd_comgr_status_t amd_comgr_create_data(amd_comgr_data_kind_t kind, amd_comgr_data_t *handle)
{
    struct data *data = handle ? data_new(kind) : NULL;
    if (!data)
        return handle ? AMD_COMGR_STATUS_ERROR_OUT_OF_RESOURCES
                      : AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    handle->handle = (uintptr_t)data;
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_release_data(amd_comgr_data_t handle)
{
    if (!data_from(handle))
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    data_release(data_from(handle));
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_set_data(amd_comgr_data_t handle, size_t size, const char *bytes)
{
    struct data *data = data_from(handle);
    if (!data || (size && !bytes))
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    char *copy = malloc(size + 1);
    if (!copy)
        return AMD_COMGR_STATUS_ERROR_OUT_OF_RESOURCES;
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    free(data->bytes);
    data->bytes = copy;
    data->size = size;
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_set_data_name(amd_comgr_data_t handle, const char *name)
{
    struct data *data = data_from(handle);
    char *copy = data && name ? strdup(name) : NULL;
    if (!copy)
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    free(data->name);
    data->name = copy;
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_get_data(amd_comgr_data_t handle, size_t *size, char *bytes)
{
    const struct data *data = data_from(handle);
    if (!data || !size)
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    if (bytes && data->size)
        memcpy(bytes, data->bytes, *size < data->size ? *size : data->size);
    else
        *size = data->size;
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_create_data_set(amd_comgr_data_set_t *handle)
{
    struct data_set *set = handle ? calloc(1, sizeof(*set)) : NULL;
    if (!set)
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    handle->handle = (uintptr_t)set;
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_destroy_data_set(amd_comgr_data_set_t handle)
{
    struct data_set *set = set_from(handle);
    if (!set)
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    for (size_t i = 0; i < set->count; i++)
        data_release(set->members[i]);
    free(set);
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_data_set_add(amd_comgr_data_set_t handle, amd_comgr_data_t data)
{
    if (!set_from(handle) || !data_from(data))
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    return set_add(set_from(handle), data_from(data)) ? AMD_COMGR_STATUS_SUCCESS
                                                      : AMD_COMGR_STATUS_ERROR_OUT_OF_RESOURCES;
}

amd_comgr_status_t amd_comgr_action_data_count(amd_comgr_data_set_t handle,
                                               amd_comgr_data_kind_t kind, size_t *count)
{
    const struct data_set *set = set_from(handle);
    if (!set || !count)
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    *count = 0;
    for (size_t i = 0; i < set->count; i++)
        *count += set->members[i]->kind == kind;
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_action_data_get_data(amd_comgr_data_set_t handle,
                                                  amd_comgr_data_kind_t kind, size_t index,
                                                  amd_comgr_data_t *data)
{
    const struct data_set *set = set_from(handle);
    for (size_t i = 0; set && data && i < set->count; i++)
        if (set->members[i]->kind == kind && index-- == 0) {
            set->members[i]->references++;
            data->handle = (uintptr_t)set->members[i];
            return AMD_COMGR_STATUS_SUCCESS;
        }
    return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
}

amd_comgr_status_t amd_comgr_create_action_info(amd_comgr_action_info_t *handle)
{
    struct action *action = handle ? calloc(1, sizeof(*action)) : NULL;
    if (!action)
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    action->options = json_array();
    handle->handle = (uintptr_t)action;
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_destroy_action_info(amd_comgr_action_info_t handle)
{
    struct action *action = action_from(handle);
    if (!action)
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    json_decref(action->options);
    free(action);
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_action_info_set_isa_name(amd_comgr_action_info_t handle,
                                                      const char *isa)
{
    if (!action_from(handle) || !isa || strncmp(isa, "amdgcn-amd-amdhsa--gfx", 22) != 0)
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    snprintf(action_from(handle)->isa, sizeof(action_from(handle)->isa), "%s", isa);
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_action_info_set_language(amd_comgr_action_info_t handle,
                                                      amd_comgr_language_t language)
{
    if (!action_from(handle))
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    action_from(handle)->language = language;
    return AMD_COMGR_STATUS_SUCCESS;
}

amd_comgr_status_t amd_comgr_action_info_set_logging(amd_comgr_action_info_t handle, bool logging)
{
    (void)logging;
    return action_from(handle) ? AMD_COMGR_STATUS_SUCCESS : AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
}

amd_comgr_status_t amd_comgr_action_info_set_option_list(amd_comgr_action_info_t handle,
                                                         const char *words[], size_t count)
{
    struct action *action = action_from(handle);
    if (!action || (count && !words))
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    json_array_clear(action->options);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(action->options, json_string(words[i]));
    return AMD_COMGR_STATUS_SUCCESS;
}

static const char *action_language(const struct action *action, bool assembly)
{
    if (assembly)
        return "assembly";
    return action->language == AMD_COMGR_LANGUAGE_HIP ? "hip" : "opencl";
}

/* Packs one source of the input into a code object of kind `to`. */
static amd_comgr_status_t source_pack(const struct action *action, const struct data_set *in,
                                      const struct data *source, bool assembly,
                                      amd_comgr_data_kind_t to, struct data_set *out)
{
    const char *name = source->name ? source->name : "?";
    json_t *headers = json_object();
    for (size_t i = 0; i < in->count; i++)
        if (in->members[i]->kind == AMD_COMGR_DATA_KIND_INCLUDE && in->members[i]->name)
            json_object_set_new(headers, in->members[i]->name, json_string(in->members[i]->bytes));
    const char *language = action_language(action, assembly);
    log_event("compile", "{s:s, s:s, s:s, s:s, s:O}", "name", name, "language", language, "by",
              "comgr", "isa", action->isa, "options", action->options);
    struct data *packed = data_new(to);
    int result = packed ? code_object_pack(name, language, action->options, headers, source->bytes,
                                           source->size, &packed->bytes, &packed->size)
                        : -ENOMEM;
    json_decref(headers);
    bool added = !result && set_add(out, packed);
    if (packed)
        data_release(packed);
    if (added)
        return AMD_COMGR_STATUS_SUCCESS;
    return result == -EILSEQ ? AMD_COMGR_STATUS_ERROR : AMD_COMGR_STATUS_ERROR_OUT_OF_RESOURCES;
}

/* Hands every member of kind `from` on as kind `to`. */
static amd_comgr_status_t pass_on(const struct data_set *in, amd_comgr_data_kind_t from,
                                  amd_comgr_data_kind_t to, struct data_set *out)
{
    for (size_t i = 0; i < in->count; i++) {
        const struct data *old = in->members[i];
        if (old->kind != from)
            continue;
        struct data *copy = data_new(to);
        amd_comgr_data_t handle = {(uintptr_t)copy};
        if (!copy ||
            amd_comgr_set_data(handle, old->size, old->bytes) != AMD_COMGR_STATUS_SUCCESS ||
            !set_add(out, copy))
            return AMD_COMGR_STATUS_ERROR_OUT_OF_RESOURCES;
        if (old->name)
            amd_comgr_set_data_name(handle, old->name);
        data_release(copy);
    }
    return AMD_COMGR_STATUS_SUCCESS;
}

/* What the actions do with which kinds of data. */
static const struct {
    amd_comgr_action_kind_t kind;
    bool packs, assembly;
    amd_comgr_data_kind_t from, to;
} actions[] = {
    {AMD_COMGR_ACTION_COMPILE_SOURCE_TO_RELOCATABLE, true, false, AMD_COMGR_DATA_KIND_SOURCE,
     AMD_COMGR_DATA_KIND_RELOCATABLE},
    {AMD_COMGR_ACTION_COMPILE_SOURCE_WITH_DEVICE_LIBS_TO_BC, true, false,
     AMD_COMGR_DATA_KIND_SOURCE, AMD_COMGR_DATA_KIND_BC},
    {AMD_COMGR_ACTION_ASSEMBLE_SOURCE_TO_RELOCATABLE, true, true, AMD_COMGR_DATA_KIND_SOURCE,
     AMD_COMGR_DATA_KIND_RELOCATABLE},
    {AMD_COMGR_ACTION_LINK_BC_TO_BC, false, false, AMD_COMGR_DATA_KIND_BC, AMD_COMGR_DATA_KIND_BC},
    {AMD_COMGR_ACTION_CODEGEN_BC_TO_RELOCATABLE, false, false, AMD_COMGR_DATA_KIND_BC,
     AMD_COMGR_DATA_KIND_RELOCATABLE},
    {AMD_COMGR_ACTION_LINK_RELOCATABLE_TO_EXECUTABLE, false, false, AMD_COMGR_DATA_KIND_RELOCATABLE,
     AMD_COMGR_DATA_KIND_EXECUTABLE},
};

amd_comgr_status_t amd_comgr_do_action(amd_comgr_action_kind_t kind,
                                       amd_comgr_action_info_t action_handle,
                                       amd_comgr_data_set_t in_handle,
                                       amd_comgr_data_set_t out_handle)
{
    const struct action *action = action_from(action_handle);
    const struct data_set *in = set_from(in_handle);
    struct data_set *out = set_from(out_handle);
    if (!action || !in || !out)
        return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
    if ((unsigned)kind == ACTION_ADD_PRECOMPILED_HEADERS) {
        for (size_t i = 0; i < in->count; i++)
            if (!set_add(out, in->members[i]))
                return AMD_COMGR_STATUS_ERROR_OUT_OF_RESOURCES;
        return AMD_COMGR_STATUS_SUCCESS;
    }
    for (size_t a = 0; a < sizeof(actions) / sizeof(actions[0]); a++) {
        if (actions[a].kind != kind)
            continue;
        if (!actions[a].packs)
            return pass_on(in, actions[a].from, actions[a].to, out);
        amd_comgr_status_t status = AMD_COMGR_STATUS_SUCCESS;
        for (size_t i = 0; i < in->count && status == AMD_COMGR_STATUS_SUCCESS; i++)
            if (in->members[i]->kind == actions[a].from)
                status = source_pack(action, in, in->members[i], actions[a].assembly, actions[a].to,
                                     out);
        return status;
    }
    return AMD_COMGR_STATUS_ERROR_INVALID_ARGUMENT;
}
