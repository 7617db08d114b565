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
#define min            sim_min
#define max            sim_max
#define mad24(a, b, c) ((a) * (b) + (c))
#define mul24(a, b)    ((a) * (b))
#define mad(a, b, c)   ((a) * (b) + (c))
