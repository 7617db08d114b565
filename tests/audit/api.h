/* A convolution through pointers to MIOpen's functions, however a program came by them. */
#pragma once

#include "shim/miopen_api.h"

#define API_FUNCTIONS(FUNCTION)                                                                    \
    FUNCTION(miopenCreate)                                                                         \
    FUNCTION(miopenDestroy)                                                                        \
    FUNCTION(miopenCreateTensorDescriptor)                                                         \
    FUNCTION(miopenDestroyTensorDescriptor)                                                        \
    FUNCTION(miopenSet4dTensorDescriptor)                                                          \
    FUNCTION(miopenCreateConvolutionDescriptor)                                                    \
    FUNCTION(miopenDestroyConvolutionDescriptor)                                                   \
    FUNCTION(miopenInitConvolutionDescriptor)                                                      \
    FUNCTION(miopenFindConvolutionForwardAlgorithm)                                                \
    FUNCTION(miopenConvolutionForward)                                                             \
    FUNCTION(miopenConvolutionForwardGetSolutionCount)                                             \
    FUNCTION(miopenConvolutionForwardGetSolution)                                                  \
    FUNCTION(miopenConvolutionForwardCompileSolution)                                              \
    FUNCTION(miopenConvolutionForwardImmediate)

struct api {
#define FUNCTION(name) __typeof__(name) *name;
    API_FUNCTIONS(FUNCTION)
#undef FUNCTION
};

/*
 * Runs a convolution by Find and by immediate mode, as XLA does both, and prints a line: where the
 * functions are from, and what the MIOpen of `library` (dlopen handle) saw of it: the solvers that
 * it launched, and how often. 0, or 1 where a call failed.
 */
int api_convolve(const struct api *api, void *library);
