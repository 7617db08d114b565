/* ELFs of the host, of any bytes: no crash, and no more is looked at than there is. */
#include "walked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walked_run(walk_host, data, size);
    return 0;
}
