/*
 * The hazards' states solved over the flow of a function: what may be under way where each block
 * begins, on all ways that lead there.
 */
#pragma once

#include "codeobj/flow.h"
#include "codeobj/hazard.h"

/* An array by block, for the caller to free. Returns 0 or -ENOMEM. */
int solution_find(const struct code *code, const struct flow *flow,
                  const struct hazard_options *options, struct hazard_state **ret_states);
