#include "policy/environment.h"

#include "policy/decision.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct assignment {
    const char *name;
    const char *value;
    const char *why;
};

/*
 * What switches a family off in Find, in immediate mode and in fusion. MIOPEN_DEBUG_CONV_DIRECT=0
 * is not among them: it takes the naive kernels along, without which much has no solver at all.
 * Sources: MIOpen src/conv/solver_finders.cpp, src/execution_context.cpp (use_asm_kernels,
 * use_opencl_convolutions), src/solver/conv/conv_direct_naive_conv_{fwd,bwd,wrw}.cpp,
 * src/solver/conv_winoRxS_fused.cpp.
 */
static const struct {
    enum family family;
    struct assignment assignment;
} switches[] = {
    {FAMILY_WINOGRAD,
     {"MIOPEN_DEBUG_CONV_WINOGRAD", "0",
      "Winograd kernels are assembly that RDNA1 fails on, and they can hide GEMM from Find"}},
    {FAMILY_WINOGRAD,
     {"MIOPEN_DEBUG_AMD_WINOGRAD_RXS_F2X3_G1", "0",
      "the one Winograd kernel of fused operations, where no other switch reaches it"}},
    {FAMILY_IMPLICIT_GEMM,
     {"MIOPEN_DEBUG_CONV_IMPLICIT_GEMM", "0",
      "implicit GEMM kernels are written for chips with other instructions"}},
    {FAMILY_FFT, {"MIOPEN_DEBUG_CONV_FFT", "0", "FFT is not among what is known to work on RDNA1"}},
    {FAMILY_DIRECT,
     {"MIOPEN_DEBUG_OPENCL_CONVOLUTIONS", "0",
      "direct OpenCL kernels, also inside fused operations; the naive ones are not OpenCL"}},
    {FAMILY_DIRECT,
     {"MIOPEN_DEBUG_GCN_ASM_KERNELS", "0",
      "assembly kernels of every kind, also inside fused operations"}},
    {FAMILY_GEMM, {"MIOPEN_DEBUG_CONV_GEMM", "0", "a rule denies GEMM on every card"}},
    {FAMILY_NAIVE,
     {"MIOPEN_DEBUG_CONV_DIRECT_NAIVE_CONV_FWD", "0",
      "a rule denies the naive kernels on every card"}},
    {FAMILY_NAIVE,
     {"MIOPEN_DEBUG_CONV_DIRECT_NAIVE_CONV_BWD", "0",
      "a rule denies the naive kernels on every card"}},
    {FAMILY_NAIVE,
     {"MIOPEN_DEBUG_CONV_DIRECT_NAIVE_CONV_WRW", "0",
      "a rule denies the naive kernels on every card"}},
};

/* As the recipe had them, in its order; what each really does is the reason here. */
static const struct assignment original[] = {
    {"HSA_OVERRIDE_GFX_VERSION", "10.3.0",
     "makes every GPU a gfx1030; needed only where the libraries have no code for the chip"},
    {"MIOPEN_DEBUG_CONV_IMPLICIT_GEMM", "0", "works: no implicit GEMM"},
    {"MIOPEN_FIND_ENFORCE", "3",
     "tunes every tunable solver, which can take half an hour; forces nothing"},
    {"MIOPEN_DEBUG_CONV_WINOGRAD", "0", "works: no Winograd"},
    {"MIOPEN_DEBUG_CONV_DIRECT", "0",
     "takes the naive kernels along: NHWC and dilated convolutions then have no solver"},
    {"MIOPEN_DEBUG_CONV_GEMM", "1", "is MIOpen's default: does nothing"},
    {"HIP_FORCE_COARSE_GRAIN", "1", "does not exist: nothing reads it"},
};

#define SWITCHES_COUNT (sizeof(switches) / sizeof(switches[0]))
#define ORIGINAL_COUNT (sizeof(original) / sizeof(original[0]))

_Static_assert(SWITCHES_COUNT <= VARIABLES_MAX && ORIGINAL_COUNT <= VARIABLES_MAX,
               "struct environment holds every profile");

static const char *const profile_names[] = {
    [PROFILE_GEMM] = "gemm",
    [PROFILE_ORIGINAL] = "original",
    [PROFILE_OFF] = "off",
};

int profile_parse(const char *text, enum profile *ret_profile)
{
    for (unsigned i = 0; i < sizeof(profile_names) / sizeof(profile_names[0]); i++) {
        if (strcmp(text, profile_names[i]) == 0) {
            *ret_profile = (enum profile)i;
            return 0;
        }
    }
    return -EINVAL;
}

/* Copies what somebody has set, so that it can be printed: cut to fit, other characters as "?". */
static void copy_printable(char *to, size_t size, const char *from)
{
    size_t i = 0;
    for (; i + 1 < size && from[i]; i++)
        to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
    to[i] = '\0';
}

static void environment_add(struct environment *environment, const struct assignment *assignment,
                            environment_get get, void *context)
{
    struct variable *variable = &environment->variables[environment->count++];
    const char *set = get(assignment->name, context);
    snprintf(variable->name, sizeof(variable->name), "%s", assignment->name);
    snprintf(variable->why, sizeof(variable->why), "%s", assignment->why);
    copy_printable(variable->value, sizeof(variable->value), set ? set : assignment->value);
    variable->kept = set != NULL;
}

/* What the cards together may run. False where one of them is left to MIOpen. */
static bool families_allowed(const struct rule_set *rules, const struct gpu_list *gpus,
                             environment_get get, void *context, bool ret_allowed[FAMILY_COUNT])
{
    memset(ret_allowed, 0, FAMILY_COUNT * sizeof(ret_allowed[0]));
    for (size_t i = 0; i < gpus->count; i++) {
        struct target target;
        target_read(&gpus->gpus[i], get, context, &target);
        const struct query query = {.chip = gpus->gpus[i].chip, .target = target.name};
        struct decision decision;
        decision_for(rules, &query, &decision);
        if (!decision.forced)
            return false;
        for (enum family family = 0; family < FAMILY_COUNT; family++)
            ret_allowed[family] |= decision.allowed[family];
    }
    return true;
}

static void gemm_profile(const struct rule_set *rules, const struct gpu_list *gpus,
                         environment_get get, void *context, struct environment *environment)
{
    const size_t rdna1 = gpu_list_rdna1_count(gpus);
    if (rdna1 < gpus->count) {
        snprintf(environment->why, sizeof(environment->why),
                 "%zu of %zu GPUs are RDNA1: variables would change the others too; the shim "
                 "decides for each GPU by itself",
                 rdna1, gpus->count);
        return;
    }
    bool allowed[FAMILY_COUNT];
    if (!families_allowed(rules, gpus, get, context, allowed)) {
        snprintf(environment->why, sizeof(environment->why),
                 "a rule leaves an RDNA1 card to MIOpen: variables would change that one too");
        return;
    }
    environment->applies = true;
    snprintf(environment->why, sizeof(environment->why), "every GPU here is RDNA1");
    for (size_t i = 0; i < SWITCHES_COUNT; i++)
        if (!allowed[switches[i].family])
            environment_add(environment, &switches[i].assignment, get, context);
}

void environment_for(const struct rule_set *rules, const struct gpu_list *gpus,
                     enum profile profile, environment_get get, void *context,
                     struct environment *ret_environment)
{
    struct environment environment = {0};
    if (profile == PROFILE_OFF) {
        snprintf(environment.why, sizeof(environment.why), "switched off");
    } else if (profile == PROFILE_TRACED) {
        snprintf(environment.why, sizeof(environment.why),
                 "a trace asks MIOpen for its own choice, which variables would change; the shim "
                 "decides alone");
    } else if (gpu_list_rdna1_count(gpus) == 0) {
        snprintf(environment.why, sizeof(environment.why), "no RDNA1 card is present");
    } else if (profile == PROFILE_ORIGINAL) {
        environment.applies = true;
        snprintf(environment.why, sizeof(environment.why),
                 "an RDNA1 card is present; this recipe asks no more");
        for (size_t i = 0; i < ORIGINAL_COUNT; i++)
            environment_add(&environment, &original[i], get, context);
    } else {
        gemm_profile(rules, gpus, get, context, &environment);
    }
    *ret_environment = environment;
}
