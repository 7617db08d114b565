/* The library that the client `deepbind` opens. */
#pragma once

#include "trial.h"

/* A forward convolution, by immediate mode or by Find. */
void engine_convolve(struct trial *trial, bool immediate);
