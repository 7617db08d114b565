#include "number.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static double half_decode(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double magnitude;

    if (exponent == 31)
        magnitude = (double)(fraction ? NAN : INFINITY);
    else if (exponent == 0)
        magnitude = ldexp(fraction, -24);
    else
        magnitude = ldexp(fraction | 1024, exponent - 25);
    return bits >> 15 ? -magnitude : magnitude;
}

/* Of a value that fp16 holds exactly and normally, or 0. */
static uint16_t half_encode(double value)
{
    unsigned sign = signbit(value) ? 1U << 15 : 0;
    int exponent;
    double fraction = frexp(fabs(value), &exponent); /* in [0.5, 1) */

    if (fraction == 0)
        return (uint16_t)sign;
    return (uint16_t)(sign | (unsigned)(exponent + 14) << 10 |
                      ((unsigned)ldexp(fraction, 11) & 1023));
}

double number_decode(enum data_type type, const void *bytes)
{
    float single;
    double whole;
    int32_t word;
    uint16_t half;

    switch (type) {
    case TYPE_FP16:
        memcpy(&half, bytes, sizeof(half));
        return half_decode(half);
    case TYPE_BF16: /* the upper half of a float */
        memcpy(&half, bytes, sizeof(half));
        word = (int32_t)((uint32_t)half << 16);
        memcpy(&single, &word, sizeof(single));
        return (double)single;
    case TYPE_FP32:
        memcpy(&single, bytes, sizeof(single));
        return (double)single;
    case TYPE_FP64:
        memcpy(&whole, bytes, sizeof(whole));
        return whole;
    case TYPE_INT8:
        return *(const int8_t *)bytes;
    case TYPE_INT32:
        memcpy(&word, bytes, sizeof(word));
        return word;
    case TYPE_INT8X4:
    case TYPE_FP8:
    case TYPE_BF8:
    case TYPE_INT64:
    default:
        return (double)NAN;
    }
}

void number_encode(enum data_type type, double value, void *ret_bytes)
{
    float single = (float)value;
    int32_t word;
    int8_t byte;
    uint16_t half;

    switch (type) {
    case TYPE_FP16:
        half = half_encode(value);
        memcpy(ret_bytes, &half, sizeof(half));
        break;
    case TYPE_BF16:
        memcpy(&word, &single, sizeof(word));
        half = (uint16_t)((uint32_t)word >> 16);
        memcpy(ret_bytes, &half, sizeof(half));
        break;
    case TYPE_FP32:
        memcpy(ret_bytes, &single, sizeof(single));
        break;
    case TYPE_FP64:
        memcpy(ret_bytes, &value, sizeof(value));
        break;
    case TYPE_INT8:
        byte = (int8_t)value;
        memcpy(ret_bytes, &byte, sizeof(byte));
        break;
    case TYPE_INT32:
        word = (int32_t)value;
        memcpy(ret_bytes, &word, sizeof(word));
        break;
    case TYPE_INT8X4:
    case TYPE_FP8:
    case TYPE_BF8:
    case TYPE_INT64:
    default:
        break;
    }
}

int number_precision(enum data_type type)
{
    switch (type) {
    case TYPE_FP16:
        return 11;
    case TYPE_BF16:
        return 8;
    case TYPE_FP32:
        return 24;
    case TYPE_FP64:
        return 53;
    case TYPE_INT8:
        return 7;
    case TYPE_INT32:
        return 31;
    case TYPE_INT8X4:
    case TYPE_FP8:
    case TYPE_BF8:
    case TYPE_INT64:
    default:
        return 0;
    }
}
