/* A session's conversations by fusion plans, the call with bias and activation, and graphs. */
#pragma once

#include "session.h"

/* What was wrong, or NULL. A convolution of a shape that goes forward, on that handle. */
const char *fused_converse(miopenHandle_t handle, const char *shape, enum session_trust trust);
