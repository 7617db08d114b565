/* A handle for each test, and what must hold once it is gone; and further handles. */
#pragma once

#include "cmocka_all.h"
#include "convolution.h"

static miopenHandle_t handle;

static int setup(void **state)
{
    (void)state;
    stub_reset();
    return miopenCreate(&handle) == miopenStatusSuccess && handle ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    if (miopenDestroy(handle) != miopenStatusSuccess)
        return -1;
    stub_reuse_addresses(false);
    assert_int_equal(stub_violations(), 0);
    assert_int_equal(stub_failed_probes(), 0);
    assert_int_equal(stub_memory_live(), 0);
    return 0;
}

/* A handle on a device; the thread is left on device 0. */
static inline miopenHandle_t handle_on(int device)
{
    miopenHandle_t made = NULL;

    assert_int_equal(hipSetDevice(device), 0);
    assert_int_equal(miopenCreate(&made), miopenStatusSuccess);
    assert_int_equal(hipSetDevice(0), 0);
    return made;
}
