/* What a program's first search for a convolution costs, in counts from the simulated card's log.
 */
#pragma once

#include <stddef.h>

struct search {
    int status;      /* of the call that failed; 0 where the convolution was done */
    size_t launches; /* kernels and matrix products that the search launched */
    size_t compiled; /* programs that it compiled */
    size_t in_vain;  /* of these, the ones of which the convolution then ran nothing */
};

/* From what first_find printed and the log of its run. 0, or -EINVAL where they cannot be read. */
int search_read(const char *answer, const char *log, struct search *ret_search);
