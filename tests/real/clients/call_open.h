/* A trial's problem as a client gives it to MIOpen. */
#pragma once

#include "calls.h"
#include "trial.h"

/* Makes the descriptors; each call is a step of the trial. Always end it with call_close(). */
bool call_open(struct trial *trial, miopenHandle_t handle, struct call *ret_call);

void call_close(const struct call *call);
