/*
 * A library of MIOpen's name that passes every call on to the MIOpen which it opens, as vendors'
 * thin wrappers do. The jump leaves no trace of it on the stack.
 */
#include <dlfcn.h>
#include <stdlib.h>

/* It needs HIP, as MIOpen does: the shim looks HIP up in what a MIOpen needs. */
int hipGetDevice(int *device);
extern void *const proxy_needs;
void *const proxy_needs = (void *)hipGetDevice;

#define WRAPPED(name, ...)                                                                         \
    void *proxy_##name;                                                                            \
    __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n\tmov proxy_" #name  \
            "@GOTPCREL(%rip), %rax\n\tjmp *(%rax)\n");
#define CALLED(name, ...) WRAPPED(name)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED

__attribute__((constructor)) static void proxy_open(void)
{
    void *library = dlopen(PROXY_TARGET, RTLD_NOW | RTLD_LOCAL);

    if (!library)
        abort();
#define WRAPPED(name, ...) proxy_##name = dlsym(library, #name);
#define CALLED(name, ...)  WRAPPED(name)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
}
