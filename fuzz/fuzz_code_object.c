/* AMDGPU ELFs of any bytes: no crash, and every function lies within the file. */
#include "walked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t limit = UINT64_MAX;
    walked_object((struct span){data, size}, "", &limit);
    return 0;
}
