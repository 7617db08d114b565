/* The stub of libMIOpen: the library, its objects, handles. */
#include "stub_miopen.h"

#include "stub_enter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static size_t version[3] = {STUB_MAJOR, STUB_MINOR, 1};

bool stub_is_before(unsigned major, unsigned minor)
{
    return STUB_MAJOR < major || (STUB_MAJOR == major && STUB_MINOR < minor);
}

bool stub_has(enum stub_function function)
{
    static const struct {
        unsigned major, minor;
    } first[STUB_FUNCTIONS] = {
#define WRAPPED(name, major, minor) [STUB_##name] = {major, minor},
#define CALLED(name, major, minor)  [STUB_##name] = {major, minor},
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
    };
    return !stub_is_before(first[function].major, first[function].minor);
}

void stub_set_version(size_t major, size_t minor, size_t patch)
{
    version[0] = major;
    version[1] = minor;
    version[2] = patch;
}

miopenStatus_t miopenGetVersion(size_t *major, size_t *minor, size_t *patch)
{
    STUB_ENTER(miopenGetVersion, major, minor, patch);
    *major = version[0];
    *minor = version[1];
    *patch = version[2];
    return miopenStatusSuccess;
}

/* MIOpen keeps what it has read of the environment once: this is what it would have kept. */
static char environment[64][128];
static atomic_uint environment_state; /* 0 not read, 1 being read, 2 read */

static void environment_read(void)
{
    unsigned expected = 0, count = 0;

    if (!atomic_compare_exchange_strong(&environment_state, &expected, 1))
        return;
    for (char **entry = environ; *entry && count < 64; entry++) {
        if (strncmp(*entry, "MIOPEN_", 7) == 0)
            snprintf(environment[count++], sizeof(environment[0]), "%s", *entry);
    }
    atomic_store(&environment_state, 2);
}

const char *stub_environment(const char *name)
{
    const size_t length = strlen(name);

    for (unsigned i = 0; i < 64; i++) {
        if (strncmp(environment[i], name, length) == 0 && environment[i][length] == '=')
            return environment[i] + length + 1;
    }
    return NULL;
}

/* One spare object of each kind, for stub_reuse_addresses(). */
static void *spare[STUB_KINDS];
static bool reuse_addresses;

void stub_reuse_addresses(bool reuse)
{
    reuse_addresses = reuse;
    for (unsigned i = 0; i < STUB_KINDS && !reuse; i++) {
        free(spare[i]);
        spare[i] = NULL;
    }
}

static atomic_uint live[STUB_KINDS];

static unsigned live_between(enum stub_kind first, enum stub_kind last)
{
    unsigned sum = 0;

    for (enum stub_kind kind = first; kind <= last; kind++)
        sum += atomic_load_explicit(&live[kind], memory_order_relaxed);
    return sum;
}

unsigned stub_objects_live(void)
{
    return live_between(STUB_KIND_PROBLEM, STUB_KIND_SOLUTION);
}

unsigned stub_descriptors_live(void)
{
    return live_between(STUB_KIND_HANDLE, STUB_KIND_CONVOLUTION);
}

void *stub_object_new(enum stub_kind kind, size_t size)
{
    atomic_fetch_add_explicit(&live[kind], 1, memory_order_relaxed);
    if (!reuse_addresses || !spare[kind])
        return calloc(1, size);
    void *object = spare[kind];
    spare[kind] = NULL;
    memset(object, 0, size);
    return object;
}

void stub_object_free(enum stub_kind kind, void *object)
{
    if (object)
        atomic_fetch_sub_explicit(&live[kind], 1, memory_order_relaxed);
    if (!reuse_addresses || !object) {
        free(object);
        return;
    }
    free(spare[kind]);
    spare[kind] = object;
}

static miopenStatus_t handle_new(miopenHandle_t *handle, miopenAcceleratorQueue_t stream)
{
    environment_read();
    if (!handle)
        return miopenStatusBadParm;
    miopenHandle_t made = stub_object_new(STUB_KIND_HANDLE, sizeof(*made));
    if (!made)
        return miopenStatusAllocFailed;
    made->stream = stream;
    *handle = made;
    return miopenStatusSuccess;
}

miopenStatus_t miopenCreate(miopenHandle_t *handle)
{
    STUB_ENTER(miopenCreate, handle);
    return handle_new(handle, NULL);
}

miopenStatus_t miopenCreateWithStream(miopenHandle_t *handle, miopenAcceleratorQueue_t stream)
{
    STUB_ENTER(miopenCreateWithStream, handle, stream);
    return handle_new(handle, stream);
}

miopenStatus_t miopenDestroy(miopenHandle_t handle)
{
    const int status = STUB_STATUS(miopenDestroy, handle);
    if (status != STUB_NORMAL && status != miopenStatusSuccess)
        return (miopenStatus_t)status;
    if (!handle)
        return miopenStatusBadParm;
    stub_destroy(handle);
    return miopenStatusSuccess;
}

void stub_destroy(miopenHandle_t handle)
{
    while (handle->invokers) {
        struct stub_invoker *next = handle->invokers->next;
        free(handle->invokers);
        handle->invokers = next;
    }
    stub_object_free(STUB_KIND_HANDLE, handle);
}

miopenStatus_t miopenGetStream(miopenHandle_t handle, miopenAcceleratorQueue_t *stream)
{
    STUB_ENTER(miopenGetStream, handle, stream);
    if (!handle || !stream)
        return miopenStatusBadParm;
    *stream = handle->stream;
    return miopenStatusSuccess;
}

miopenStatus_t miopenSetStream(miopenHandle_t handle, miopenAcceleratorQueue_t stream)
{
    handle->stream = stream;
    return miopenStatusSuccess;
}

/* Every function of the shim's list is here: what is missing fails to link. */
EXPORT void *const stub_functions[] = {
#define WRAPPED(name, ...) (void *)name,
#define CALLED(name, ...)  (void *)name,
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
};
