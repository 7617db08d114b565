/* The --profile option that several commands have. */
#pragma once

#include "cli/command.h"
#include "policy/environment.h"

#define PROFILE_OPTION                                                                             \
    {                                                                                              \
        "profile", "gemm|original|off",                                                            \
            "gemm (default); original: the recipe this grew from, to compare; off: nothing"        \
    }

/* The profile of an option's value, which options_parse() has checked; NULL is gemm. */
static inline enum profile profile_chosen(const char *value)
{
    enum profile profile = PROFILE_GEMM;
    if (value)
        profile_parse(value, &profile);
    return profile;
}
