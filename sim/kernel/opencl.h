/*
 * OpenCL's work-item functions for the host, as far as MIOpen's kernels use them. Included before a
 * kernel's source; clang's own header declares the types.
 */
#pragma OPENCL EXTENSION __cl_clang_function_pointers : enable
#pragma OPENCL EXTENSION cl_khr_fp16 : enable

#include "launch.h"

__global struct sim_launch sim_now;
__global unsigned sim_local[3];

/* The index is the running thread's: a fiber takes its own with it over the barrier. */
static inline void sim_barrier(void)
{
    const unsigned x = sim_local[0], y = sim_local[1], z = sim_local[2];
    sim_now.barrier();
    sim_local[0] = x;
    sim_local[1] = y;
    sim_local[2] = z;
}

#define barrier(flags)            sim_barrier()
#define work_group_barrier(flags) sim_barrier()
#define mem_fence(flags)
#define get_local_id(d)      ((size_t)sim_local[d])
#define get_group_id(d)      ((size_t)sim_now.group[d])
#define get_local_size(d)    ((size_t)sim_now.local_size[d])
#define get_num_groups(d)    ((size_t)sim_now.groups[d])
#define get_global_size(d)   ((size_t)sim_now.global_size[d])
#define get_global_id(d)     (get_group_id(d) * get_local_size(d) + get_local_id(d))
#define get_global_offset(d) ((size_t)0)

/* clang declares the functions of OpenCL's library; here they have to be defined as well. */
#define SIM_ORDER(type)                                                                            \
    static inline __attribute__((overloadable)) type sim_min(type a, type b)                       \
    {                                                                                              \
        return b < a ? b : a;                                                                      \
    }                                                                                              \
    static inline __attribute__((overloadable)) type sim_max(type a, type b)                       \
    {                                                                                              \
        return a < b ? b : a;                                                                      \
    }
SIM_ORDER(int)
SIM_ORDER(uint)
SIM_ORDER(long)
SIM_ORDER(ulong)
SIM_ORDER(float)

/*
 * The compiler's own function for this hands the result over in another register than clang 14
 * expects it in. The number in between is made odd where it is not the same, so that only the last
 * rounding counts.
 */
ushort __truncdfhf2(double number)
{
    float between = (float)number;

    if (between == number || number != number)
        return as_ushort((half)between);
    const uint bits = as_uint(between) - (__builtin_fabs((double)between) > __builtin_fabs(number));
    return as_ushort((half)as_float(bits | 1));
}

/* Half precision is computed in single and rounded once. */
#define SIM_MATH(type, suffix)                                                                     \
    SIM_FUNCTION(type, fabs, __builtin_fabs##suffix)                                               \
    SIM_FUNCTION(type, sqrt, __builtin_sqrt##suffix)                                               \
    SIM_FUNCTION(type, rsqrt, 1 / __builtin_sqrt##suffix)                                          \
    SIM_FUNCTION(type, exp, __builtin_exp##suffix)                                                 \
    SIM_FUNCTION(type, log, __builtin_log##suffix)                                                 \
    SIM_FUNCTION(type, tanh, __builtin_tanh##suffix)                                               \
    SIM_FUNCTION_OF_TWO(type, pow, __builtin_pow##suffix)                                          \
    SIM_FUNCTION_OF_TWO(type, fmin, __builtin_fmin##suffix)                                        \
    SIM_FUNCTION_OF_TWO(type, fmax, __builtin_fmax##suffix)
#define SIM_FUNCTION(type, name, call)                                                             \
    static inline __attribute__((overloadable)) type sim_##name(type a)                            \
    {                                                                                              \
        return (type)(call(a));                                                                    \
    }
#define SIM_FUNCTION_OF_TWO(type, name, call)                                                      \
    static inline __attribute__((overloadable)) type sim_##name(type a, type b)                    \
    {                                                                                              \
        return (type)(call(a, b));                                                                 \
    }
SIM_MATH(half, f)
SIM_MATH(float, f)
SIM_MATH(double, )

/* Those that batch norms use of several numbers at once. */
#define SIM_VECTOR(type, count)                                                                    \
    SIM_FUNCTION_OF_VECTOR(type, count, fabs)                                                      \
    SIM_FUNCTION_OF_VECTOR(type, count, sqrt)                                                      \
    SIM_FUNCTION_OF_VECTOR(type, count, rsqrt)
#define SIM_FUNCTION_OF_VECTOR(type, count, name)                                                  \
    static inline __attribute__((overloadable)) type##count sim_##name(type##count a)              \
    {                                                                                              \
        for (int i = 0; i < count; i++)                                                            \
            a[i] = sim_##name(a[i]);                                                               \
        return a;                                                                                  \
    }
SIM_VECTOR(half, 2)
SIM_VECTOR(half, 4)
SIM_VECTOR(half, 8)
SIM_VECTOR(float, 2)
SIM_VECTOR(float, 4)
SIM_VECTOR(float, 8)
#define fabs           sim_fabs
#define sqrt           sim_sqrt
#define rsqrt          sim_rsqrt
#define exp            sim_exp
#define log            sim_log
#define tanh           sim_tanh
#define pow            sim_pow
#define fmin           sim_fmin
#define fmax           sim_fmax

#define min            sim_min
#define max            sim_max
#define mad24(a, b, c) ((a) * (b) + (c))
#define mul24(a, b)    ((a) * (b))
#define mad(a, b, c)   ((a) * (b) + (c))
