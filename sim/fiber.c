#include "fiber.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#ifndef __x86_64__
#error "fibers are written for x86-64"
#endif

#define STACK_BYTES 65536U
/*
 * Stacks start at different places of their pages: were all tops congruent, they would compete for
 * the same few lines of the first-level cache.
 */
#define STACK_COLOURS     16U
#define STACK_COLOUR_STEP 192U

struct fibers {
    char *stacks; /* `room` stacks side by side, lowest page of each without access */
    unsigned room;
    void **saved;         /* stack pointer of each fiber that waits */
    unsigned *next;       /* ring of the fibers that have not returned */
    unsigned current;     /* the running one */
    unsigned previous;    /* the one before it in the ring */
    void *caller;         /* stack pointer of fibers_run() */
    void (*entry)(unsigned index, void *context);
    void *context;
};

static _Thread_local struct fibers fibers;

/*
 * Saves the registers that a function must keep and the stack pointer at *save, and goes on where
 * `load` was saved. Floating-point control words are left alone: kernels do not change them.
 */
void fiber_switch(void **save, void *load);
__asm__(".text\n"
        ".p2align 4\n"
        ".hidden fiber_switch\n"
        ".globl fiber_switch\n"
        ".type fiber_switch, @function\n"
        "fiber_switch:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size fiber_switch, .-fiber_switch\n");

#define SAVED_REGISTERS 6

void fiber_barrier(void)
{
    struct fibers *all = &fibers;
    unsigned self = all->current;
    unsigned next = all->next[self];
    if (next == self)
        return;
    all->previous = self;
    all->current = next;
    fiber_switch(&all->saved[self], all->saved[next]);
}

/* Where a fiber starts: entered by the `ret` of fiber_switch(), never left. */
static void fiber_start(void)
{
    struct fibers *all = &fibers;
    all->entry(all->current, all->context);
    unsigned self = all->current;
    unsigned next = all->next[self];
    void *ignored;
    if (next == self)
        fiber_switch(&ignored, all->caller);
    all->next[all->previous] = next;
    all->current = next;
    fiber_switch(&ignored, all->saved[next]);
    __builtin_unreachable();
}

static int fibers_room(struct fibers *all, unsigned count)
{
    if (count <= all->room)
        return 0;
    char *stacks = mmap(NULL, (size_t)count * STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stacks == MAP_FAILED)
        return -ENOMEM;
    void **saved = reallocarray(all->saved, count, sizeof(*saved));
    if (saved)
        all->saved = saved;
    unsigned *next = reallocarray(all->next, count, sizeof(*next));
    if (next)
        all->next = next;
    if (!saved || !next) {
        munmap(stacks, (size_t)count * STACK_BYTES);
        return -ENOMEM;
    }
    for (unsigned i = 0; i < count; i++)
        mprotect(stacks + (size_t)i * STACK_BYTES, 4096, PROT_NONE);
    if (all->stacks)
        munmap(all->stacks, (size_t)all->room * STACK_BYTES);
    all->stacks = stacks;
    all->room = count;
    return 0;
}

int fibers_run(unsigned count, void (*entry)(unsigned index, void *context), void *context)
{
    struct fibers *all = &fibers;
    if (!count)
        return 0;
    int result = fibers_room(all, count);
    if (result)
        return result;
    all->entry = entry;
    all->context = context;
    for (unsigned i = 0; i < count; i++) {
        char *top = all->stacks + (size_t)(i + 1) * STACK_BYTES -
                    (size_t)(i % STACK_COLOURS) * STACK_COLOUR_STEP;
        uintptr_t *frame = (uintptr_t *)(void *)top;
        frame -= 2; /* keeps the alignment a called function expects */
        frame[0] = (uintptr_t)fiber_start;
        frame[1] = 0;
        all->saved[i] = frame - SAVED_REGISTERS;
        all->next[i] = i + 1 < count ? i + 1 : 0;
    }
    all->current = 0;
    all->previous = count - 1;
    fiber_switch(&all->caller, all->saved[0]);
    return 0;
}
