#include "fiber.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

#define STACK_BYTES       65536U
/*
 * Stacks start at different places of their pages: were all tops congruent, they would compete for
 * the same few lines of the first-level cache.
 */
#define STACK_COLOURS     16U
#define STACK_COLOUR_STEP 192U

struct fibers {
    char *stacks; /* `room` stacks side by side, lowest page of each without access */
    unsigned room;
    unsigned count;       /* fibers of this run */
    unsigned started;     /* how many have been started */
    unsigned stacks_used; /* a fiber that follows one that returned takes its stack over */
    void **waiting;       /* stack pointers of the fibers at a barrier, a ring of `room` + 1 */
    unsigned head, tail;
    void *caller; /* stack pointer of fibers_run() */
    void (*entry)(unsigned index, void *context);
    void *context;
};

static _Thread_local struct fibers fibers;

/*
 * Both save the registers that a function must keep and the stack pointer at *save.
 * fiber_switch() goes on where `load` was saved; fiber_enter() calls start() on a fresh stack.
 * Floating-point control words are left alone: kernels do not change them.
 */
void fiber_switch(void **save, void *load);
void fiber_enter(void **save, void *stack, void (*start)(void));
__asm__(".text\n"
        ".macro save_registers\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        ".endm\n"
        ".p2align 4\n"
        ".hidden fiber_switch\n"
        ".globl fiber_switch\n"
        ".type fiber_switch, @function\n"
        "fiber_switch:\n"
        "    save_registers\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size fiber_switch, .-fiber_switch\n"
        ".p2align 4\n"
        ".hidden fiber_enter\n"
        ".globl fiber_enter\n"
        ".type fiber_enter, @function\n"
        "fiber_enter:\n"
        "    save_registers\n"
        "    xorl %ebp, %ebp\n" /* ends the chain of frames that debuggers follow */
        "    callq *%rdx\n"
        "    ud2\n"
        ".size fiber_enter, .-fiber_enter\n"
        ".purgem save_registers\n");

static unsigned ring_next(const struct fibers *all, unsigned place)
{
    return place == all->room ? 0 : place + 1;
}

/* Takes the fiber that has waited longest; its successor's stack is fetched meanwhile. */
static void *waiting_take(struct fibers *all)
{
    void *taken = all->waiting[all->head];
    all->head = ring_next(all, all->head);
    __builtin_prefetch(all->waiting[all->head]);
    return taken;
}

/* Runs fibers that are fresh one after the other on this stack; never returns. */
static void fiber_start(void)
{
    struct fibers *all = &fibers;
    void *ignored;
    while (all->started < all->count)
        all->entry(all->started++, all->context);
    fiber_switch(&ignored, all->head != all->tail ? waiting_take(all) : all->caller);
    __builtin_unreachable();
}

static void *stack_take(struct fibers *all)
{
    unsigned taken = all->stacks_used++;
    return all->stacks + (size_t)(taken + 1) * STACK_BYTES -
           (size_t)(taken % STACK_COLOURS) * STACK_COLOUR_STEP;
}

void fiber_barrier(void)
{
    struct fibers *all = &fibers;
    void **save = &all->waiting[all->tail];
    if (all->started < all->count) {
        all->tail = ring_next(all, all->tail);
        fiber_enter(save, stack_take(all), fiber_start);
    } else if (all->head != all->tail) {
        all->tail = ring_next(all, all->tail);
        fiber_switch(save, waiting_take(all));
    }
}

static int fibers_room(struct fibers *all, unsigned count)
{
    if (count <= all->room)
        return 0;
    size_t bytes = (size_t)count * STACK_BYTES;
    void **waiting = calloc((size_t)count + 1, sizeof(*waiting));
    char *stacks = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (!waiting || stacks == MAP_FAILED) {
        free(waiting);
        if (stacks != MAP_FAILED)
            munmap(stacks, bytes);
        return -ENOMEM;
    }
    for (unsigned i = 0; i < count; i++)
        mprotect(stacks + (size_t)i * STACK_BYTES, 4096, PROT_NONE);
    if (all->stacks)
        munmap(all->stacks, (size_t)all->room * STACK_BYTES);
    free(all->waiting);
    all->stacks = stacks;
    all->waiting = waiting;
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
    all->count = count;
    all->started = 0;
    all->stacks_used = 0;
    all->head = all->tail = 0;
    all->entry = entry;
    all->context = context;
    fiber_enter(&all->caller, stack_take(all), fiber_start);
    return 0;
}
