/* Problems in a few words, for tables. */
#pragma once

#include "policy/problem.h"

#define PROBLEM_TEXT_SIZE 160

/*
 * "1x64x56x56 k64 3x3 s1 p1 fp32 fwd": x, output channels, filter, stride, padding, as the caller
 * of MIOpen describes it; dilation ("d2"), groups ("g64"), layout and "transposed" where they are
 * not the usual; the data type and the direction, "fwd", "bwd" (data) or "wrw" (weights).
 */
void problem_text(const struct problem *problem, struct version miopen,
                  char ret_text[PROBLEM_TEXT_SIZE]);
