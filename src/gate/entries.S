/*
 * The gate's functions: each goes where its entry says, with all arguments where they are, so that
 * the shim's function returns to whoever called, and can tell who that was. They are written for
 * x86-64, the one architecture that AMD builds ROCm for, by its System V calling convention.
 *
 * An entry is empty until the shim has come. Were it to lead to gate_first() by itself, each would
 * have to be relocated at the start of every process: 1 % of a small one's instructions.
 */
#ifndef __x86_64__
#error "The gate's functions are written for x86-64."
#endif

        .set    index, 0

        .macro  ENTRY name
        .globl  \name
        .type   \name, @function
        .p2align 4
\name:
        .cfi_startproc
        movq    gate_entries + 8 * index(%rip), %r11
        testq   %r11, %r11
        jz      first_\@
        jmp     *%r11
first_\@:
        movl    $index, %r11d
        jmp     first
        .cfi_endproc
        .size   \name, . - \name
        .set    index, index + 1
        .endm

        .text
#define WRAPPED(name, ...) ENTRY name
#define CALLED(name, ...)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED

/* gate_first(index), between the caller and the function that it gives. */
        .type   first, @function
first:
        .cfi_startproc
        pushq   %rbp
        .cfi_def_cfa_offset 16
        .cfi_offset %rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register %rbp
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushq   %rcx
        pushq   %r8
        pushq   %r9
        subq    $128, %rsp
        movaps  %xmm0, (%rsp)
        movaps  %xmm1, 16(%rsp)
        movaps  %xmm2, 32(%rsp)
        movaps  %xmm3, 48(%rsp)
        movaps  %xmm4, 64(%rsp)
        movaps  %xmm5, 80(%rsp)
        movaps  %xmm6, 96(%rsp)
        movaps  %xmm7, 112(%rsp)
        movl    %r11d, %edi
        call    gate_first
        movq    %rax, %r11
        movaps  (%rsp), %xmm0
        movaps  16(%rsp), %xmm1
        movaps  32(%rsp), %xmm2
        movaps  48(%rsp), %xmm3
        movaps  64(%rsp), %xmm4
        movaps  80(%rsp), %xmm5
        movaps  96(%rsp), %xmm6
        movaps  112(%rsp), %xmm7
        addq    $128, %rsp
        popq    %r9
        popq    %r8
        popq    %rcx
        popq    %rdx
        popq    %rsi
        popq    %rdi
        popq    %rbp
        .cfi_def_cfa %rsp, 8
        jmp     *%r11
        .cfi_endproc
        .size   first, . - first

        .section .note.GNU-stack, "", @progbits
