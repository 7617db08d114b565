/* Functions that MIOpen does by itself, and that the shim takes note of. */
#pragma once

#include "shim/export.h"
#include "shim/process.h"
#include "shim/real.h"

/*
 * SHIM_NOTED(name, (parameters), (arguments), note): defines `name`. `note` is the end of the
 * function where MIOpen succeeded and the shim has something to do: it returns the answer.
 */
#define SHIM_NOTED(name, parameters, arguments, ...)                                               \
    SHIM_ENTRY miopenStatus_t name parameters                                                      \
    {                                                                                              \
        const struct real *real = real_get();                                                      \
        if (!real || !real->name)                                                                  \
            return miopenStatusNotInitialized;                                                     \
                                                                                                   \
        const miopenStatus_t status = real->name arguments;                                        \
        if (status != miopenStatusSuccess || !machine_get())                                       \
            return status;                                                                         \
        __VA_ARGS__                                                                                \
    }
