/* A convolution as a program does it, for programs that the shim is preloaded into. */
#pragma once

/* Runs it, and prints one line of what came of it. 0, or 1 where MIOpen gave no handle. */
int preload_convolve(void);
