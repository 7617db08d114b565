/*
 * The stand-in for rocRAND's host interface, as far as MIOpenDriver uses it: uniform numbers from
 * a counter and a seed. rocrand.h is C++ only, so the interface stands here.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "execute.h"
#include "gemm.h"

enum rocrand_status {
    STATUS_SUCCESS = 0,
    STATUS_NOT_CREATED = 101,
    STATUS_ALLOCATION_FAILED = 102,
};

struct rocrand_generator {
    uint64_t seed;
    uint64_t position;
};

int rocrand_create_generator(struct rocrand_generator **generator, int type);
int rocrand_destroy_generator(struct rocrand_generator *generator);
int rocrand_set_seed(struct rocrand_generator *generator, unsigned long long seed);
int rocrand_set_offset(struct rocrand_generator *generator, unsigned long long offset);
int rocrand_set_ordering(struct rocrand_generator *generator, int ordering);
int rocrand_set_stream(struct rocrand_generator *generator, void *stream);
int rocrand_generate_uniform(struct rocrand_generator *generator, float *output, size_t count);
int rocrand_generate_uniform_double(struct rocrand_generator *generator, double *output,
                                    size_t count);
int rocrand_generate_uniform_half(struct rocrand_generator *generator, uint16_t *output,
                                  size_t count);

int rocrand_create_generator(struct rocrand_generator **generator, int type)
{
    (void)type;
    *generator = calloc(1, sizeof(**generator));
    return *generator ? STATUS_SUCCESS : STATUS_ALLOCATION_FAILED;
}

int rocrand_destroy_generator(struct rocrand_generator *generator)
{
    free(generator);
    return STATUS_SUCCESS;
}

int rocrand_set_seed(struct rocrand_generator *generator, unsigned long long seed)
{
    if (!generator)
        return STATUS_NOT_CREATED;
    generator->seed = seed;
    generator->position = 0;
    return STATUS_SUCCESS;
}

int rocrand_set_offset(struct rocrand_generator *generator, unsigned long long offset)
{
    if (!generator)
        return STATUS_NOT_CREATED;
    generator->position = offset;
    return STATUS_SUCCESS;
}

int rocrand_set_ordering(struct rocrand_generator *generator, int ordering)
{
    (void)ordering;
    return generator ? STATUS_SUCCESS : STATUS_NOT_CREATED;
}

int rocrand_set_stream(struct rocrand_generator *generator, void *stream)
{
    (void)stream;
    return generator ? STATUS_SUCCESS : STATUS_NOT_CREATED;
}

/* SplitMix64 of a counter: in (0, 1], as rocRAND's uniform numbers are. */
static double uniform_next(struct rocrand_generator *generator)
{
    uint64_t x = generator->seed + ++generator->position * 0x9e3779b97f4a7c15ULL;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
    x ^= x >> 31;
    return (double)((x >> 40) + 1) * 0x1p-24;
}

int rocrand_generate_uniform(struct rocrand_generator *generator, float *output, size_t count)
{
    execute_memory_written();
    for (size_t i = 0; generator && i < count; i++)
        output[i] = (float)uniform_next(generator);
    return generator ? STATUS_SUCCESS : STATUS_NOT_CREATED;
}

int rocrand_generate_uniform_double(struct rocrand_generator *generator, double *output,
                                    size_t count)
{
    execute_memory_written();
    for (size_t i = 0; generator && i < count; i++)
        output[i] = uniform_next(generator);
    return generator ? STATUS_SUCCESS : STATUS_NOT_CREATED;
}

int rocrand_generate_uniform_half(struct rocrand_generator *generator, uint16_t *output,
                                  size_t count)
{
    execute_memory_written();
    for (size_t i = 0; generator && i < count; i++)
        output[i] = float_to_half((float)uniform_next(generator));
    return generator ? STATUS_SUCCESS : STATUS_NOT_CREATED;
}
