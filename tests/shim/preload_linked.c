#include "preload_convolve.h"

int main(void)
{
    return preload_convolve();
}
