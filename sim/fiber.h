/*
 * Fibers for the threads of one work-group: each runs until its next barrier, then the next one,
 * round and round. Switching is a dozen instructions and no system call.
 */
#pragma once

/*
 * Runs entry(0, context) … entry(count - 1, context) as fibers of the calling thread; returns when
 * all have returned. A fiber that returns early does not hold up the barriers of the others.
 * 0, or -ENOMEM. Stacks of 64 KiB are kept for the next call of this thread.
 */
int fibers_run(unsigned count, void (*entry)(unsigned index, void *context), void *context);

/* Called inside a fiber: waits until every other fiber has come to a barrier or returned. */
void fiber_barrier(void);
