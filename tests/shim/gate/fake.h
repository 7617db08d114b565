/* Of the stand-in for the shim: which functions do more than give their number. */
#pragma once

#include "gate/gate.h"

#include <stddef.h>

#define FAKE_SUM    GATE_miopenSetOpArgsActivForward
#define FAKE_CALLER GATE_miopenCreate
#define FAKE_TIMES  GATE_miopenDestroy

typedef double fake_sum(int, const void *, long, unsigned, char, void *, double, float, double,
                        double, double, double, double, double, double, int, const void *);

/* What the gate gave. */
__attribute__((visibility("default"))) const struct gate *fake_gate(void);
