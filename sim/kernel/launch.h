/*
 * What the simulated card and a kernel that was compiled for the host tell each other. Included by
 * C, by HIP source as C++, and by OpenCL source, so it holds to what they share.
 */
#ifndef SIM_KERNEL_LAUNCH_H
#define SIM_KERNEL_LAUNCH_H

struct sim_launch {
    unsigned int group[3];       /* index of the work-group */
    unsigned int groups[3];      /* how many there are */
    unsigned int local_size[3];  /* threads of a full group */
    unsigned int extent[3];      /* threads of this group: fewer at the end of a partial grid */
    unsigned int global_size[3]; /* threads in all */
    const char *arguments;       /* packed as HIP_LAUNCH_PARAM_BUFFER_POINTER has them */
    void (*barrier)(void);
};

/*
 * Every compiled kernel exports:
 *   void sim_group(const struct sim_launch *)            runs all threads of a group in turn
 *   void sim_thread(const struct sim_launch *, unsigned) runs one thread of a group, by its number
 *   unsigned sim_arguments_count, sim_arguments[][2]     offset and size of each argument
 *   a function sim_barrier_used, where threads must run as fibers
 */
#endif
