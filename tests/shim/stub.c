/* What both stub libraries share: counts, records, faults. No lock, which would hide races. */
#include "stub.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static atomic_uint calls[STUB_FUNCTIONS];
static atomic_uint calls_total;
static atomic_uint fail_at;
static atomic_uint calls_of[STUB_LIBRARIES];
static struct stub_fault faults[STUB_LIBRARIES]; /* nth by calls_of; set while nothing is called */
static atomic_uint failed = STUB_FUNCTIONS;
static atomic_int answers[STUB_FUNCTIONS]; /* STUB_NORMAL moved to 0, so that 0 is the default */
static _Atomic(void (*)(void)) interruptions[STUB_FUNCTIONS];
static atomic_uint violations;
static _Thread_local struct stub_record records[STUB_FUNCTIONS];

const char *stub_name(enum stub_function function)
{
    static const char *const names[] = {
#define WRAPPED(name, ...) #name,
#define CALLED(name, ...)  #name,
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
#define HIP(name, parameters) #name,
#include "shim/hip.list"
#undef HIP
    };
    return names[function];
}

void stub_reset_calls(void)
{
    for (unsigned i = 0; i < STUB_FUNCTIONS; i++) {
        atomic_store(&calls[i], 0);
        atomic_store(&answers[i], 0);
        atomic_store(&interruptions[i], NULL);
    }
    atomic_store(&calls_total, 0);
    atomic_store(&fail_at, 0);
    memset(faults, 0, sizeof(faults));
    atomic_store(&violations, 0);
    atomic_store(&failed, STUB_FUNCTIONS);
    memset(records, 0, sizeof(records));
}

unsigned stub_calls(enum stub_function function)
{
    return atomic_load_explicit(&calls[function], memory_order_relaxed);
}

unsigned stub_calls_total(void)
{
    return atomic_load_explicit(&calls_total, memory_order_relaxed);
}

const struct stub_record *stub_last(enum stub_function function)
{
    return &records[function];
}

void stub_answer(enum stub_function function, int status)
{
    atomic_store(&answers[function], (int)((unsigned)status - (unsigned)STUB_NORMAL));
}

void stub_interrupt(enum stub_function function, void (*with)(void))
{
    atomic_store(&interruptions[function], with);
}

void stub_fail_at(unsigned nth)
{
    atomic_store(&failed, STUB_FUNCTIONS);
    atomic_store(&fail_at, nth ? stub_calls_total() + nth : 0);
}

void stub_fail(enum stub_library library, struct stub_fault fault)
{
    atomic_store(&failed, STUB_FUNCTIONS);
    if (fault.nth > 0)
        fault.nth += atomic_load(&calls_of[library]);
    faults[library] = fault;
}

enum stub_function stub_failed(void)
{
    return (enum stub_function)atomic_load(&failed);
}

static atomic_bool errno_disturbed;

void stub_disturb_errno(bool disturb)
{
    atomic_store(&errno_disturbed, disturb);
}

static bool is_of_its_own_accord(enum stub_function function)
{
    static const bool called[STUB_FUNCTIONS] = {
#define WRAPPED(name, ...)
#define CALLED(name, ...) [STUB_##name] = true,
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
    };
    return called[function] || function >= STUB_FIRST_HIP ||
           strstr(stub_name(function), "GetSolutionWorkspaceSize") ||
           strstr(stub_name(function), "CompileSolution");
}

static const void *base_of(const void *code)
{
    Dl_info info;

    return code && dladdr(code, &info) ? info.dli_fbase : NULL;
}

static _Thread_local const void *expected_base;

void stub_expect_copy(const void *code)
{
    expected_base = base_of(code);
}

int stub_enter(enum stub_function function, const uint64_t *arguments, unsigned count)
{
    struct stub_record *record = &records[function];

    if (expected_base && function < STUB_FIRST_HIP &&
        base_of(__builtin_return_address(0)) != expected_base) {
        stub_violation(stub_name(function));
        stub_violation("came to another copy of MIOpen than it should");
    }
    record->count = count;
    memcpy(record->arguments, arguments, count * sizeof(*arguments));
    atomic_fetch_add_explicit(&calls[function], 1, memory_order_relaxed);

    void (*interruption)(void) =
        atomic_load_explicit(&interruptions[function], memory_order_relaxed);
    if (interruption)
        interruption();

    if (atomic_load_explicit(&errno_disturbed, memory_order_relaxed) &&
        is_of_its_own_accord(function))
        errno = ENOTTY;

    const unsigned nth = atomic_fetch_add_explicit(&calls_total, 1, memory_order_relaxed) + 1;
    if (nth == atomic_load_explicit(&fail_at, memory_order_relaxed)) {
        atomic_store(&failed, function);
        return function >= STUB_FIRST_HIP ? 2 /* hipErrorOutOfMemory */ : miopenStatusUnknownError;
    }

    const enum stub_library library = function >= STUB_FIRST_HIP ? STUB_HIP : STUB_MIOPEN;
    const struct stub_fault *fault = &faults[library];
    const unsigned number =
        atomic_fetch_add_explicit(&calls_of[library], 1, memory_order_relaxed) + 1;
    if (fault->nth > 0 && (number == fault->nth || (fault->lasts && number > fault->nth))) {
        atomic_store(&failed, function);
        return fault->status;
    }
    return (int)((unsigned)atomic_load_explicit(&answers[function], memory_order_relaxed) +
                 (unsigned)STUB_NORMAL);
}

void stub_violation(const char *what)
{
    fprintf(stderr, "stub: %s\n", what);
    atomic_fetch_add_explicit(&violations, 1, memory_order_relaxed);
}

unsigned stub_violations(void)
{
    return atomic_load_explicit(&violations, memory_order_relaxed);
}
