/*
 * HIP's device language for the host's C++ compiler, as far as MIOpen's convolution kernels use it.
 * Included before a kernel's source. Only the kernel that is asked for is compiled: __global__
 * functions are inline, and inline functions that nothing uses emit no code.
 */
#pragma once

#include "launch.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#define __global__ inline
#define __device__
#define __host__
#define __constant__ static
#define __shared__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __HIPCC__ 1
#define __HIP__ 1
#define __HIP_DEVICE_COMPILE__ 1
#define __HIPCC_RTC__ 1

struct dim3 {
    unsigned x, y, z;
};

static dim3 threadIdx, blockIdx, blockDim, gridDim;
static void (*sim_barrier)();

/*
 * The index is the running thread's: a fiber takes its own with it over the barrier. The function
 * is in the object only where the kernel uses it, which tells that threads must run as fibers.
 */
extern "C" __attribute__((noinline, visibility("default"))) inline void sim_barrier_used()
{
    const dim3 own = threadIdx;
    sim_barrier();
    threadIdx = own;
}

#define __syncthreads sim_barrier_used

typedef _Float16 half;
typedef _Float16 half_t;
typedef _Float16 __half;
typedef unsigned int uint;
typedef unsigned short ushort;
typedef unsigned char uchar;

static inline float __half2float(half value)
{
    return static_cast<float>(value);
}

static inline half __float2half(float value)
{
    return static_cast<half>(value);
}

namespace sim
{
constexpr size_t align(size_t offset, size_t alignment)
{
    return (offset + alignment - 1) / alignment * alignment;
}

template <class... A> struct layout {
    size_t offsets[sizeof...(A) + 1] = {};
    constexpr layout()
    {
        const size_t sizes[] = {sizeof(A)..., 1}, alignments[] = {alignof(A)..., 1};
        size_t end = 0;
        for (size_t i = 0; i < sizeof...(A); i++) {
            offsets[i] = align(end, alignments[i]);
            end = offsets[i] + sizes[i];
        }
    }
};

template <class T> T argument(const char *at)
{
    T value;
    memcpy(&value, at, sizeof(value));
    return value;
}

template <class F> struct caller;
template <class... A> struct caller<void (*)(A...)> {
    static constexpr layout<A...> places{};
    static constexpr unsigned count = sizeof...(A);
    static constexpr unsigned sizes[count + 1] = {sizeof(A)..., 0};

    template <void (*K)(A...), size_t... I>
    static void group(const sim_launch *launch, std::index_sequence<I...>)
    {
        const char *at = launch->arguments;
        const dim3 extent = {launch->extent[0], launch->extent[1], launch->extent[2]};
        for (unsigned z = 0; z < extent.z; z++)
            for (unsigned y = 0; y < extent.y; y++)
                for (unsigned x = 0; x < extent.x; x++) {
                    threadIdx = {x, y, z};
                    K(argument<A>(at + places.offsets[I])...);
                }
    }

    template <void (*K)(A...), size_t... I>
    static void thread(const sim_launch *launch, std::index_sequence<I...>)
    {
        const char *at = launch->arguments;
        K(argument<A>(at + places.offsets[I])...);
    }
};

static inline void enter(const sim_launch *launch)
{
    blockIdx = {launch->group[0], launch->group[1], launch->group[2]};
    blockDim = {launch->local_size[0], launch->local_size[1], launch->local_size[2]};
    gridDim = {launch->groups[0], launch->groups[1], launch->groups[2]};
    sim_barrier = launch->barrier;
}
} // namespace sim

#define SIM_EXPORT __attribute__((visibility("default")))
#define SIM_KERNEL(name)                                                                           \
    using sim_caller = sim::caller<decltype(&name)>;                                               \
    extern "C" {                                                                                   \
    SIM_EXPORT extern const unsigned sim_arguments_count = sim_caller::count;                      \
    SIM_EXPORT unsigned sim_arguments[sim_caller::count + 1][2];                                   \
    SIM_EXPORT void sim_group(const sim_launch *launch)                                            \
    {                                                                                              \
        sim::enter(launch);                                                                        \
        sim_caller::group<name>(launch, std::make_index_sequence<sim_caller::count>());            \
    }                                                                                              \
    SIM_EXPORT void sim_thread(const sim_launch *launch, unsigned index)                           \
    {                                                                                              \
        sim::enter(launch);                                                                        \
        threadIdx = {index % launch->extent[0], index / launch->extent[0] % launch->extent[1],     \
                     index / launch->extent[0] / launch->extent[1]};                               \
        sim_caller::thread<name>(launch, std::make_index_sequence<sim_caller::count>());           \
    }                                                                                              \
    __attribute__((constructor)) static void sim_arguments_fill()                                  \
    {                                                                                              \
        for (unsigned i = 0; i < sim_caller::count; i++) {                                         \
            sim_arguments[i][0] = static_cast<unsigned>(sim_caller::places.offsets[i]);            \
            sim_arguments[i][1] = sim_caller::sizes[i];                                            \
        }                                                                                          \
    }                                                                                              \
    }
