#include "by_name.h"

#include <dlfcn.h>
#include <stdio.h>

/* All that calls.c and the clients without MIOpen call. */
#define THREE_DIRECTIONS(FUNCTION, before, after)                                                  \
    FUNCTION(before##Forward##after)                                                               \
    FUNCTION(before##BackwardData##after)                                                          \
    FUNCTION(before##BackwardWeights##after)
#define FUNCTIONS(FUNCTION)                                                                        \
    FUNCTION(miopenCreateWithStream)                                                               \
    FUNCTION(miopenSetStream)                                                                      \
    FUNCTION(miopenCreateTensorDescriptor)                                                         \
    FUNCTION(miopenSetTensorDescriptor)                                                            \
    FUNCTION(miopenDestroyTensorDescriptor)                                                        \
    FUNCTION(miopenCreateConvolutionDescriptor)                                                    \
    FUNCTION(miopenInitConvolutionNdDescriptor)                                                    \
    FUNCTION(miopenSetConvolutionGroupCount)                                                       \
    FUNCTION(miopenDestroyConvolutionDescriptor)                                                   \
    FUNCTION(miopenDestroy)                                                                        \
    FUNCTION(miopenCreateActivationDescriptor)                                                     \
    FUNCTION(miopenSetActivationDescriptor)                                                        \
    FUNCTION(miopenDestroyActivationDescriptor)                                                    \
    FUNCTION(miopenCreateFusionPlan)                                                               \
    FUNCTION(miopenCreateOpConvForward)                                                            \
    FUNCTION(miopenCreateOpBiasForward)                                                            \
    FUNCTION(miopenCreateOpActivationForward)                                                      \
    FUNCTION(miopenCompileFusionPlan)                                                              \
    FUNCTION(miopenDestroyFusionPlan)                                                              \
    FUNCTION(miopenCreateOperatorArgs)                                                             \
    FUNCTION(miopenSetOpArgsConvForward)                                                           \
    FUNCTION(miopenSetOpArgsBiasForward)                                                           \
    FUNCTION(miopenSetOpArgsActivForward)                                                          \
    FUNCTION(miopenExecuteFusionPlan)                                                              \
    FUNCTION(miopenDestroyOperatorArgs)                                                            \
    THREE_DIRECTIONS(FUNCTION, miopenConvolution, GetWorkSpaceSize)                                \
    THREE_DIRECTIONS(FUNCTION, miopenFindConvolution, Algorithm)                                   \
    THREE_DIRECTIONS(FUNCTION, miopenConvolution, )                                                \
    THREE_DIRECTIONS(FUNCTION, miopenConvolution, GetSolutionCount)                                \
    THREE_DIRECTIONS(FUNCTION, miopenConvolution, GetSolution)                                     \
    THREE_DIRECTIONS(FUNCTION, miopenConvolution, GetSolutionWorkspaceSize)                        \
    THREE_DIRECTIONS(FUNCTION, miopenConvolution, CompileSolution)                                 \
    THREE_DIRECTIONS(FUNCTION, miopenConvolution, Immediate)

/* The jump; hidden, or the dynamic linker would bind everybody's calls to it. */
#define FUNCTION(name)                                                                             \
    void *by_name_##name;                                                                          \
    __asm__(".text\n.globl " #name "\n.hidden " #name "\n.type " #name ", @function\n" #name       \
            ":\n\tjmp *by_name_" #name "(%rip)\n.size " #name ", . - " #name "\n");
FUNCTIONS(FUNCTION)
#undef FUNCTION

bool by_name_open(void)
{
    static void *library;

    if (library)
        return true;
    library = dlopen("libMIOpen.so.1", RTLD_NOW | RTLD_LOCAL);
    bool good = library != NULL;
#define FUNCTION(name) good = good && (by_name_##name = dlsym(library, #name));
    FUNCTIONS(FUNCTION)
#undef FUNCTION
    if (!good)
        fprintf(stderr, "%s\n", dlerror());
    return good;
}
