/*
 * HIP's device language for the host's C++ compiler, as far as MIOpen's convolution kernels use it.
 * Included before a kernel's source. Only the kernel that is asked for is compiled: __global__
 * functions are inline, and inline functions that nothing uses emit no code.
 */
#pragma once

#include "launch.h"

/*
 * No header of the C++ library: under hiprtc there is none, and MIOpen's kernels bring their own
 * std::numeric_limits and the like.
 */
#define __global__ inline
#define __device__
#define __host__
#define __constant__    static
#define __shared__      static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __HIPCC__              1
#define __HIP__                1
#define __HIP_DEVICE_COMPILE__ 1
#define __HIPCC_RTC__          1

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

typedef decltype(sizeof(0)) size_t;
typedef _Float16 half;
typedef _Float16 half_t;
typedef _Float16 __half;
typedef unsigned int uint;
typedef unsigned short ushort;
typedef unsigned char uchar;

#define SIM_VECTORS(type)                                                                          \
    struct type##2                                                                                 \
    {                                                                                              \
        type x, y;                                                                                 \
    };                                                                                             \
    struct type##4                                                                                 \
    {                                                                                              \
        type x, y, z, w;                                                                           \
    };                                                                                             \
    static inline type##2 make_##type##2(type x, type y)                                           \
    {                                                                                              \
        return {x, y};                                                                             \
    }                                                                                              \
    static inline type##4 make_##type##4(type x, type y, type z, type w)                           \
    {                                                                                              \
        return {x, y, z, w};                                                                       \
    }
SIM_VECTORS(char)
SIM_VECTORS(uchar)
SIM_VECTORS(short)
SIM_VECTORS(ushort)
SIM_VECTORS(int)
SIM_VECTORS(uint)
SIM_VECTORS(float)
SIM_VECTORS(double)

template <class A, class B> static inline auto min(A a, B b) -> decltype(a + b)
{
    return b < a ? b : a;
}

template <class A, class B> static inline auto max(A a, B b) -> decltype(a + b)
{
    return a < b ? b : a;
}

static inline float __half2float(half value)
{
    return static_cast<float>(value);
}

static inline half __float2half(float value)
{
    return static_cast<half>(value);
}

/* Names that hiprtc declares by itself. */
namespace __hip_internal
{
typedef signed char int8_t;
typedef short int16_t;
typedef int int32_t;
typedef long int64_t;
typedef unsigned char uint8_t;
typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef unsigned long uint64_t;
} // namespace __hip_internal

struct hip_bfloat16 {
    unsigned short data;
    hip_bfloat16() = default;
    explicit hip_bfloat16(float value)
    {
        unsigned bits;
        __builtin_memcpy(&bits, &value, sizeof(bits));
        if (value != value)
            data = static_cast<unsigned short>(bits >> 16 | 0x40);
        else
            data = static_cast<unsigned short>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }
    operator float() const
    {
        const unsigned bits = static_cast<unsigned>(data) << 16;
        float value;
        __builtin_memcpy(&value, &bits, sizeof(value));
        return value;
    }
};

namespace sim
{
template <size_t... I> struct indices {
};
template <size_t N> struct indices_below {
    typedef indices<__integer_pack(N)...> type;
};

template <class... A> struct layout {
    size_t offsets[sizeof...(A) + 1] = {};
    constexpr layout()
    {
        const size_t sizes[] = {sizeof(A)..., 1}, alignments[] = {alignof(A)..., 1};
        size_t end = 0;
        for (size_t i = 0; i < sizeof...(A); i++) {
            offsets[i] = (end + alignments[i] - 1) / alignments[i] * alignments[i];
            end = offsets[i] + sizes[i];
        }
    }
};

template <class T> T argument(const char *at)
{
    T value;
    __builtin_memcpy(&value, at, sizeof(value));
    return value;
}

template <class F> struct caller;
template <class... A> struct caller<void (*)(A...)> {
    static constexpr layout<A...> places{};
    static constexpr unsigned count = sizeof...(A);
    static constexpr unsigned sizes[count + 1] = {sizeof(A)..., 0};
    typedef typename indices_below<count>::type all;

    template <void (*K)(A...), size_t... I>
    static void group(const sim_launch *launch, indices<I...>)
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
    static void thread(const sim_launch *launch, indices<I...>)
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
        sim_caller::group<name>(launch, sim_caller::all());                                        \
    }                                                                                              \
    SIM_EXPORT void sim_thread(const sim_launch *launch, unsigned index)                           \
    {                                                                                              \
        sim::enter(launch);                                                                        \
        threadIdx = {index % launch->extent[0], index / launch->extent[0] % launch->extent[1],     \
                     index / launch->extent[0] / launch->extent[1]};                               \
        sim_caller::thread<name>(launch, sim_caller::all());                                       \
    }                                                                                              \
    __attribute__((constructor)) static void sim_arguments_fill()                                  \
    {                                                                                              \
        for (unsigned i = 0; i < sim_caller::count; i++) {                                         \
            sim_arguments[i][0] = static_cast<unsigned>(sim_caller::places.offsets[i]);            \
            sim_arguments[i][1] = sim_caller::sizes[i];                                            \
        }                                                                                          \
    }                                                                                              \
    }
