/* Databases of any bytes: no crash, no endless query. */
#include "walked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    walked_run(walk_database, data, size);
    return 0;
}
