/* Every wrapped function, to be called by number. */
#pragma once

#include "stub.h"

/*
 * One type calls them all on x86-64: integers and pointers take their places without regard to the
 * doubles between them, which hold anything.
 */
#define WORDS_OF(a)                                                                                \
    (a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5], (a)[6], (a)[7], (a)[8], (a)[9], (a)[10],       \
        (a)[11], (a)[12], (a)[13], (a)[14], (a)[15], (a)[16], (a)[17]

typedef miopenStatus_t function(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

static const struct {
    enum stub_function stub;
    void (*address)(void);
} functions[] = {
#define WRAPPED(name, ...) {STUB_##name, (void (*)(void))name},
#define CALLED(name, ...)
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
};

#define FUNCTIONS_COUNT (sizeof(functions) / sizeof(functions[0]))
