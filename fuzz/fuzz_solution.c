/*
 * Any bytes as a saved solution: no crash, nothing read beyond them, and what is understood can be
 * written, with and without its container, and read again.
 */
#include "shim/solution_blob.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(const struct solution_blob *blob, bool contained)
{
    char written[SOLUTION_BLOB_MAX];
    struct solution_blob again;
    size_t size;

    if (solution_blob_write(blob, contained, written, sizeof(written), &size) < 0 ||
        solution_blob_read(written, size, &again) < 0 || again.kind != SOLUTION_CONVOLUTION ||
        !problem_equal(&blob->problem, &again.problem) || strcmp(blob->solver, again.solver) != 0 ||
        blob->workspace_bytes != again.workspace_bytes)
        abort();
    /* One byte less is too few, for both. */
    if (solution_blob_write(blob, contained, written, size - 1, &size) == 0 ||
        solution_blob_read(written, size - 1, &again) == 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct solution_blob blob;

    if (solution_blob_read(data, size, &blob) == 0 && blob.kind == SOLUTION_CONVOLUTION) {
        write_and_read(&blob, false);
        write_and_read(&blob, true);
    }
    return 0;
}
