#include "codeobj/code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int scan_code(const struct code *code, const struct scan_options *options,
              struct scan_result *ret_result)
{
    if (!options->chip || (!code->bytes && code->size > 0))
        return -EINVAL;
    *ret_result = (struct scan_result){0};
    return 0;
}

void scan_result_free(struct scan_result *result)
{
    free(result->sites);
    memset(result, 0, sizeof(*result));
}
