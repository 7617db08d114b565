/* Archives of kernels of any bytes: no crash, and bounded memory. */
#include "walked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walked_run(walk_pack, data, size);
    return 0;
}
