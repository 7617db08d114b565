#include "inputs.h"

#include "number.h"

#include <math.h>
#include <stdlib.h>
#include <sys/random.h>

#define SIGMAS      8.0
#define LARGEST_MAX 16 /* enough variety; also keeps int8 far from its ends */

struct inputs inputs_for(enum data_type type, enum data_type result, int64_t terms, uint64_t seed)
{
    /* Sums are formed in the result's type at the least: columns and partial results are stored in
     * it. */
    double limit = ldexp(1, number_precision(result));
    double variance = limit / SIGMAS / sqrt((double)terms);
    struct inputs inputs = {.unit = type == TYPE_INT8 ? 1 : 0.25, .largest = 1, .seed = seed};

    while (inputs.largest < LARGEST_MAX &&
           (inputs.largest + 1) * (inputs.largest + 2) / 3.0 <= variance)
        inputs.largest++;
    inputs.density = fmin(1, variance / (2 / 3.0));
    inputs.limit = limit * inputs.unit * inputs.unit;
    return inputs;
}

/* splitmix64: small, seeded by any number, the same everywhere. */
static uint64_t random_next(uint64_t *state)
{
    uint64_t bits = *state += 0x9e3779b97f4a7c15U;

    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebU;
    return bits ^ bits >> 31;
}

void inputs_draw(const struct inputs *inputs, unsigned stream, double *values, size_t count)
{
    uint64_t state = inputs->seed ^ (uint64_t)stream << 56;
    uint64_t choices = 2 * (uint64_t)inputs->largest + 1;
    uint32_t threshold = (uint32_t)(inputs->density * UINT32_MAX);

    for (size_t i = 0; i < count; i++) {
        uint64_t bits = random_next(&state);
        int64_t multiple = (int64_t)((bits >> 32) % choices) - inputs->largest;

        values[i] = (uint32_t)bits <= threshold ? inputs->unit * (double)multiple : 0;
    }
}

uint64_t inputs_fresh_seed(void)
{
    uint64_t seed;

    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
        abort();
    return seed & 0xffffffffU; /* short enough to type again */
}
