/*
 * A stub of MIOpen, and of the HIP that it stands on, which a test can look into: it counts calls,
 * keeps their arguments, fails where it is told to, and notices what must never happen. Descriptors
 * hold what was set, a handle knows what was compiled on it, a launch needs its workspace and
 * writes to its ends. Which solver applies, and how much workspace it needs, follows MIOpen's own
 * formulas (src/solver/conv/gemm*.cpp), written apart from the policy's so that each can prove the
 * other.
 */
#pragma once

#include "shim/miopen_api.h"

enum stub_function {
#define WRAPPED(name, ...) STUB_##name,
#define CALLED(name, ...)  STUB_##name,
#include "shim/symbols.list"
#undef WRAPPED
#undef CALLED
#define HIP(name, parameters) STUB_##name,
#include "shim/hip.list"
#undef HIP
    STUB_FUNCTIONS,
};

#define STUB_FIRST_HIP STUB_hipGetLastError

/* The name of a function, "miopenCreate". */
const char *stub_name(enum stub_function function);

/* Forgets counts, records, answers, faults and violations; keeps what is allocated. */
void stub_reset(void);
void stub_reset_calls(void); /* the part of it that is about calls */

/* How often a function was called, in all threads; stub_calls_total(): all functions together. */
unsigned stub_calls(enum stub_function function);
unsigned stub_calls_total(void);

#define STUB_ARGUMENTS 18

/* The arguments of this thread's latest call of a function, as 64-bit words; doubles left out. */
struct stub_record {
    unsigned count;
    uint64_t arguments[STUB_ARGUMENTS];
};

const struct stub_record *stub_last(enum stub_function function);

/* From now on the function does nothing but return this status. STUB_NORMAL ends that. */
#define STUB_NORMAL (-4711)
void stub_answer(enum stub_function function, int status);

/* From now on each call of the function calls this before all else; NULL ends that. */
void stub_interrupt(enum stub_function function, void (*with)(void));

/* The nth call from now on of any function fails and does nothing; 0: none does. */
void stub_fail_at(unsigned nth);

/*
 * The same for the calls of one library, with a status of the caller's. Where the fault lasts, all
 * later calls of the library fail as well. Both libraries may have one.
 */
enum stub_library { STUB_MIOPEN, STUB_HIP, STUB_LIBRARIES };
struct stub_fault {
    unsigned nth; /* 0: none */
    int status;
    bool lasts;
};
void stub_fail(enum stub_library library, struct stub_fault fault);

/* The function that failed last by one of these; STUB_FUNCTIONS: none did. */
enum stub_function stub_failed(void);

/*
 * From now on each call of MIOpen's functions in this thread must come to the copy that has `code`;
 * another one's is a violation. NULL: to any.
 */
void stub_expect_copy(const void *code);

/*
 * While this is on, what the shim calls of its own accord leaves a number in errno, as functions
 * may that succeed: descriptions, probes, compilation, HIP.
 */
void stub_disturb_errno(bool disturb);

/* For the stub's own functions: the status to return at once, or STUB_NORMAL to go on. */
int stub_enter(enum stub_function function, const uint64_t *arguments, unsigned count);

/* What must never happen, said on stderr and counted. */
void stub_violation(const char *what);
unsigned stub_violations(void);

/* HIP: devices by PCI address, current device of each thread, memory that is the host's. */
void stub_set_devices(const char *const *addresses, int count);
void stub_set_mixed_devices(void); /* of the machine "mixed": Navi 10, then Navi 31 */
void stub_set_free_memory(size_t bytes);
unsigned stub_memory_live(void); /* allocations that were not freed */
int stub_memory_device(const void *memory);
size_t stub_memory_bytes(const void *memory);
int stub_last_error(void); /* what hipGetLastError would say, without clearing it */

void stub_set_last_error(int error);

/* Events: how many there are, whether the device has not reached them yet, what lies between. */
unsigned stub_events_live(void);
void stub_hold_events(bool hold);
void stub_set_event_time(unsigned microseconds);

/*
 * Around the launches of one convolution: its kernels come to a stream one by one, and go on using
 * memory after that. Two convolutions must not be in the same block of hipMalloc() at once, and no
 * two streams ever: each is a violation. A pause between the kernels makes the first one show.
 */
void stub_memory_begin(const void *memory, miopenAcceleratorQueue_t stream);
void stub_memory_end(const void *memory);
void stub_set_launch_pause(unsigned microseconds);

struct ihipStream_t {
    int device;
    int capturing;
};

/* Whether any stream is being recorded: allocating and freeing is then a violation. */
void stub_set_capture(bool capturing);

/*
 * A launch computes: the first bytes of its output come of the problem and the first bytes of its
 * inputs. This computes the same from the descriptors and data of a call, in the order of
 * GetWorkSpaceSize, so that a test knows what must have come out.
 */
#define STUB_DATA_BYTES 8
void stub_compute(int direction, miopenTensorDescriptor_t a_descriptor, const void *a,
                  miopenTensorDescriptor_t b_descriptor, const void *b,
                  miopenConvolutionDescriptor_t convolution, miopenTensorDescriptor_t c_descriptor,
                  void *ret_c);

/* One launch of a convolution, the latest of this thread. */
struct stub_launch {
    uint64_t id;
    miopenHandle_t handle;
    const void *a, *b; /* in the order of GetWorkSpaceSize: forward w, x */
    void *c;
    void *workspace;
    size_t workspace_bytes;
};

const struct stub_launch *stub_last_launch(void);
void stub_set_last_launch(const struct stub_launch *launch);
unsigned stub_launches(void); /* of all threads */
unsigned stub_launches_of(uint64_t id);
unsigned stub_failed_probes(void); /* GetSolutionWorkspaceSize of a solver that does not apply */
void stub_set_workspace_limit(size_t bytes); /* a GEMM solver that needs more does not apply */
void stub_set_version(size_t major, size_t minor, size_t patch);

/* The release that this stub stands for, whatever version it tells. */
bool stub_is_before(unsigned major, unsigned minor);
bool stub_has(enum stub_function function); /* HIP has all of its own */

/* The value of an environment variable of MIOpen's at the first miopenCreate; NULL where unset. */
const char *stub_environment(const char *name);

#define STUB_WINOGRAD_ID UINT64_C(84)  /* what the stub's own Find and GetSolution offer */
#define STUB_BIAS_ID     UINT64_C(200) /* the solver of a problem without a convolution */

/*
 * While this is on, the next object takes the address of the one that was destroyed last, as heaps
 * do. Single-threaded.
 */
void stub_reuse_addresses(bool reuse);

/* Frees a handle without a call that could fail. */
void stub_destroy(miopenHandle_t handle);

/* Functions of MIOpen's that the shim does not know. */
miopenStatus_t miopenSetStream(miopenHandle_t handle, miopenAcceleratorQueue_t stream);
miopenStatus_t miopenDestroyTensorDescriptor(miopenTensorDescriptor_t tensor);
miopenStatus_t miopenDestroyConvolutionDescriptor(miopenConvolutionDescriptor_t convolution);
miopenStatus_t miopenCreateFindOptions(miopenFindOptions_t *options);
miopenStatus_t miopenCreateBiasProblem(miopenProblem_t *problem,
                                       miopenProblemDirection_t direction);
miopenStatus_t miopenGetSolutionTime(miopenSolution_t solution, float *time);

/* A solution of the stub's own search, and the end of one, without a call that anybody could see.
 */
miopenSolution_t stub_find_solution(miopenProblem_t problem);
void stub_destroy_solution(miopenSolution_t solution);

/* Problems, options and solutions that were not destroyed. */
unsigned stub_objects_live(void);
unsigned stub_descriptors_live(void); /* handles, and descriptors of tensors and convolutions */

/* HIP's, as a program calls them. */
#define HIP(name, parameters) int name parameters;
#include "shim/hip.list"
#undef HIP
