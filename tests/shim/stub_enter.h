/* STUB_ENTER(name, arguments…): how each function of the stub libraries begins. */
#pragma once

#include "stub.h"

#define WORD(x)                                                                 ((uint64_t)(uintptr_t)(x))
#define W1(x)                                                                   WORD(x)
#define W2(x, ...)                                                              WORD(x), W1(__VA_ARGS__)
#define W3(x, ...)                                                              WORD(x), W2(__VA_ARGS__)
#define W4(x, ...)                                                              WORD(x), W3(__VA_ARGS__)
#define W5(x, ...)                                                              WORD(x), W4(__VA_ARGS__)
#define W6(x, ...)                                                              WORD(x), W5(__VA_ARGS__)
#define W7(x, ...)                                                              WORD(x), W6(__VA_ARGS__)
#define W8(x, ...)                                                              WORD(x), W7(__VA_ARGS__)
#define W9(x, ...)                                                              WORD(x), W8(__VA_ARGS__)
#define W10(x, ...)                                                             WORD(x), W9(__VA_ARGS__)
#define W11(x, ...)                                                             WORD(x), W10(__VA_ARGS__)
#define W12(x, ...)                                                             WORD(x), W11(__VA_ARGS__)
#define W13(x, ...)                                                             WORD(x), W12(__VA_ARGS__)
#define W14(x, ...)                                                             WORD(x), W13(__VA_ARGS__)
#define W15(x, ...)                                                             WORD(x), W14(__VA_ARGS__)
#define W16(x, ...)                                                             WORD(x), W15(__VA_ARGS__)
#define W17(x, ...)                                                             WORD(x), W16(__VA_ARGS__)
#define W18(x, ...)                                                             WORD(x), W17(__VA_ARGS__)

#define PICK(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, picked, ...) picked
#define WORDS(...)                                                                                 \
    PICK(__VA_ARGS__, W18, W17, W16, W15, W14, W13, W12, W11, W10, W9, W8, W7, W6, W5, W4, W3, W2, \
         W1, 0)                                                                                    \
    (__VA_ARGS__)

#define STUB_STATUS(name, ...)                                                                     \
    stub_enter(STUB_##name, (const uint64_t[]){WORDS(__VA_ARGS__)},                                \
               sizeof((const uint64_t[]){WORDS(__VA_ARGS__)}) / sizeof(uint64_t))

#define STUB_ENTER(name, ...)                                                                      \
    do {                                                                                           \
        const int status_ = STUB_STATUS(name, __VA_ARGS__);                                        \
        if (status_ != STUB_NORMAL)                                                                \
            return (miopenStatus_t)status_;                                                        \
    } while (0)

/* Exported under the node that the real library's symbols have. */
#define EXPORT __attribute__((visibility("default")))
