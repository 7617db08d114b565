#include "copies/client.h"

#include "session.h"

/* Calls that come last in a function leave no trace of it on the stack: none of these must. */
#define STAY() __asm__ volatile("" ::: "memory")

static miopenStatus_t client_create(miopenHandle_t *handle)
{
    const miopenStatus_t status = miopenCreate(handle);
    STAY();
    return status;
}

static miopenStatus_t client_destroy(miopenHandle_t handle)
{
    const miopenStatus_t status = miopenDestroy(handle);
    STAY();
    return status;
}

static const char *client_session(void)
{
    const char *wrong = session_run(SESSION_STRICT);
    STAY();
    return wrong;
}

static struct convolution it;

static bool client_open(void)
{
    const bool opened = convolution_try_open(&it, shape_named("3x3"), NULL);
    STAY();
    return opened;
}

static miopenStatus_t client_run(miopenHandle_t handle)
{
    miopenConvAlgoPerf_t result = {0};
    size_t bytes = 0;
    int returned = 0;

    it.handle = handle;
    miopenStatus_t status = call_workspace_size(&it, &bytes);
    if (status == miopenStatusSuccess)
        status = call_find(&it, 1, &returned, &result, NULL, 0);
    if (status == miopenStatusSuccess)
        status = call_run_plain(&it, result.algorithm, NULL, 0);
    if (status == miopenStatusSuccess)
        status = call_immediate(&it, NULL, 0, STUB_WINOGRAD_ID);
    return status;
}

static void client_close(void)
{
    convolution_close(&it);
    STAY();
}

static void client_call(enum stub_function function)
{
    typedef miopenStatus_t any(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                               uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                               uint64_t, uint64_t);
    static void (*const functions[STUB_FUNCTIONS])(void) = {
#define WRAPPED(name, ...) [STUB_##name] = (void (*)(void))name,
#define CALLED(name, ...)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
    };

    if (functions[function])
        (void)((any *)functions[function])(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    STAY();
}

__attribute__((visibility("default"))) copies_client_function copies_client;

const struct copies_client *copies_client(void)
{
    static struct copies_client client = {
        .set_version = stub_set_version,
        .create = client_create,
        .destroy = client_destroy,
        .session = client_session,
        .open = client_open,
        .run = client_run,
        .close = client_close,
        .call = client_call,
    };

    /* The shim has no such function, so this is what is bound without it. */
    client.copy = (const void *)miopenGetVersion;
    return &client;
}
