/* Numbers of MIOpen's data types in memory, to and from double. */
#pragma once

#include "policy/problem.h"

/* The number of that type at `bytes`; NaN for a type that is not known. */
double number_decode(enum data_type type, const void *bytes);

/*
 * Writes `value`, which must be one that the type can hold exactly (inputs.h draws such values):
 * nothing is rounded here.
 */
void number_encode(enum data_type type, double value, void *ret_bytes);

/* Bits of the significand: integers up to 2 to that power are exact. 0 for an unknown type. */
int number_precision(enum data_type type);
