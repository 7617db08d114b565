/* Modules and their functions, as hipModuleLoadData() and hipModuleGetFunction() hand them out. */
#pragma once

#include "host_kernel.h"

#include <jansson.h>

enum function_state {
    FUNCTION_UNTRIED, /* compiled at the first launch */
    FUNCTION_READY,
    FUNCTION_REFUSED, /* cannot run on this CPU: reason */
};

struct module;

struct function {
    struct module *module;
    struct function *next;
    char *name;
    enum function_state state;
    struct host_kernel kernel;
    char reason[256];
};

struct module {
    json_t *object; /* see code_object.h */
    struct function *functions;
};

/* Loads a code object. 0; -EINVAL where it is damaged; -ENOMEM. */
int module_load(const void *image, struct module **ret_module);

/*
 * The function of that name. For source that a compiler has not seen yet any name is taken: a wrong
 * one shows at the launch. Cheap: MIOpen asks before every launch. NULL where memory is short.
 */
struct function *module_function(struct module *module, const char *name);

void module_free(struct module *module);

/* "naive_conv.cpp": the source's name. */
const char *module_name(const struct module *module);
