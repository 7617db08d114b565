/* The program needs this library, so its constructor runs before that of a preloaded one. */
#include "preload_convolve.h"

int preload_early_result = -1;

__attribute__((constructor)) static void early(void)
{
    preload_early_result = preload_convolve();
}
