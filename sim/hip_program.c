/*
 * What a program's own GPU code calls: code that was compiled with the program is registered when
 * it is loaded. The simulated card has no use for such code; to launch it is a call without a
 * stand-in.
 */
#include "hip.h"

void **__hipRegisterFatBinary(const void *data);
void __hipUnregisterFatBinary(void **modules);
void __hipRegisterFunction(void **modules, const void *host_function, char *device_function,
                           const char *name, unsigned int thread_limit, void *thread, void *block,
                           void *block_size, void *grid_size, int *size);

void **__hipRegisterFatBinary(const void *data)
{
    static void *modules;

    (void)data;
    return &modules;
}

void __hipUnregisterFatBinary(void **modules)
{
    (void)modules;
}

void __hipRegisterFunction(void **modules, const void *host_function, char *device_function,
                           const char *name, unsigned int thread_limit, void *thread, void *block,
                           void *block_size, void *grid_size, int *size)
{
    (void)modules;
    (void)host_function;
    (void)device_function;
    (void)name;
    (void)thread_limit;
    (void)thread;
    (void)block;
    (void)block_size;
    (void)grid_size;
    (void)size;
}
