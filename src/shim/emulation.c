#include "shim/emulation.h"

#include <errno.h>
#include <stdlib.h>

static struct emulation *emulation_new(const struct real *real, const struct problem *problem)
{
    struct emulation *emulation = calloc(1, sizeof(*emulation));

    if (!emulation)
        return NULL;
    emulation->problem = *problem;
    if (replica_make(real, problem, &emulation->replica) < 0) {
        free(emulation);
        return NULL;
    }
    const int r = pointwise_open(real, problem, &emulation->pointwise);
    if (r < 0 && r != -ENOTSUP) {
        replica_free(real, &emulation->replica);
        free(emulation);
        return NULL;
    }
    emulation->complete = r == 0;
    return emulation;
}

struct emulation *emulation_get(const struct real *real, struct emulations *emulations,
                                const struct problem *problem)
{
    const int saved_errno = errno;
    const uint64_t hash = problem_hash(problem);
    struct emulation **bucket = &emulations->buckets[hash % EMULATIONS_BUCKETS];
    struct emulation *emulation = *bucket;

    while (emulation && (emulation->hash != hash || !problem_equal(&emulation->problem, problem)))
        emulation = emulation->next;
    if (!emulation && (emulation = emulation_new(real, problem))) {
        emulation->hash = hash;
        emulation->next = *bucket;
        *bucket = emulation;
    }
    errno = saved_errno;
    return emulation;
}

void emulations_free(const struct real *real, struct emulations *emulations)
{
    for (unsigned i = 0; i < EMULATIONS_BUCKETS; i++) {
        struct emulation *emulation = emulations->buckets[i];

        while (emulation) {
            struct emulation *next = emulation->next;

            pointwise_close(real, &emulation->pointwise);
            replica_free(real, &emulation->replica);
            free(emulation);
            emulation = next;
        }
        emulations->buckets[i] = NULL;
    }
}
