#include "module.h"

#include "code_object.h"
#include "log.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int module_load(const void *image, struct module **ret_module)
{
    struct module *module = calloc(1, sizeof(*module));
    size_t size;
    if (!module)
        return -ENOMEM;
    int result = code_object_unpack(image, &module->object, &size);
    if (result) {
        free(module);
        return result;
    }
    log_event("load", "{s:s, s:O}", "name", module_name(module), "language",
              json_object_get(module->object, "language"));
    *ret_module = module;
    return 0;
}

struct function *module_function(struct module *module, const char *name)
{
    struct function *function;
    pthread_mutex_lock(&lock);
    for (function = module->functions; function; function = function->next)
        if (!strcmp(function->name, name))
            goto out;
    function = calloc(1, sizeof(*function));
    char *copy = strdup(name);
    if (!function || !copy) {
        free(function);
        free(copy);
        function = NULL;
        goto out;
    }
    function->module = module;
    function->name = copy;
    function->next = module->functions;
    module->functions = function;
out:
    pthread_mutex_unlock(&lock);
    return function;
}

void module_free(struct module *module)
{
    while (module->functions) {
        struct function *function = module->functions;
        module->functions = function->next;
        free(function->name);
        free(function);
    }
    json_decref(module->object);
    free(module);
}

const char *module_name(const struct module *module)
{
    return json_string_value(json_object_get(module->object, "name"));
}
