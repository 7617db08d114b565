/* MIOpen's header, as C. */
#pragma once

/* miopen.h uses this tag as a type before it defines it, which only C++ allows. */
typedef struct miopenTensorArgument_t miopenTensorArgument_t;

#include <hip/hip_runtime_api.h>
#include <miopen/miopen.h>

/* Of the beta API, the rest of which is not valid C. */
miopenStatus_t miopenSetTensorDescriptorV2(miopenTensorDescriptor_t tensor, miopenDataType_t type,
                                           int rank, const size_t *lengths, const size_t *strides);
miopenStatus_t miopenSetTensorCastType(miopenTensorDescriptor_t tensor, miopenDataType_t type);
