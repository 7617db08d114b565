/*
 * The least that a library in front of MIOpen can do: every function that the shim wraps, forwarded
 * by its pointer and nothing else. To be preloaded where the shim's own instructions are counted.
 */
#include <dlfcn.h>
#include <stddef.h>

/* A jump leaves arguments and the return address as they are: one instruction a call. */
#define CALLED(name, ...)
#define WRAPPED(name, ...)                                                                         \
    extern void *forward_##name;                                                                   \
    __attribute__((visibility("hidden"))) void *forward_##name;                                    \
    __asm__(".pushsection .text\n"                                                                 \
            ".globl " #name "\n"                                                                   \
            ".type " #name ", @function\n" #name ":\n"                                             \
            "    jmp *forward_" #name "(%rip)\n"                                                   \
            ".size " #name ", .-" #name "\n"                                                       \
            ".popsection\n");
#include "shim/symbols.list"
#undef WRAPPED

__attribute__((constructor)) static void forward_find(void)
{
#define WRAPPED(name, ...) forward_##name = dlsym(RTLD_NEXT, #name);
#include "shim/symbols.list"
#undef WRAPPED
}
