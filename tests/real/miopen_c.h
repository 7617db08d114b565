/* MIOpen's header, as C. */
#pragma once

/* miopen.h uses this tag as a type before it defines it, which only C++ allows. */
typedef struct miopenTensorArgument_t miopenTensorArgument_t;

#include <hip/hip_runtime_api.h>
#include <miopen/miopen.h>
