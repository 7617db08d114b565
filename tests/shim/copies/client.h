/* What a library that is linked with a copy of MIOpen can be asked to do with it. */
#pragma once

#include "stub.h"

struct copies_client {
    const void *copy; /* code of the copy that the dynamic linker binds this library to */
    void (*set_version)(size_t major, size_t minor, size_t patch); /* of that copy */

    miopenStatus_t (*create)(miopenHandle_t *handle);
    miopenStatus_t (*destroy)(miopenHandle_t handle);

    /* A whole session; NULL where all is well, else what was wrong. */
    const char *(*session)(void);

    /* Descriptors of one convolution; to run it on any handle; to destroy them. */
    bool (*open)(void);
    miopenStatus_t (*run)(miopenHandle_t handle);
    void (*close)(void);

    /* One of the functions that the shim exports, with zero for each argument. */
    void (*call)(enum stub_function function);
};

/* The function by which a client is found. */
#define COPIES_CLIENT "copies_client"
typedef const struct copies_client *copies_client_function(void);
