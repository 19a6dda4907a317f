/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A double as its 64 bits and back. (sign 1 | exponent 11, biased by 1023 | mantissa 52.) */
#ifndef FLOE_SIM_BITS_H
#define FLOE_SIM_BITS_H

#include <string.h>

#include "sim/base.h"

FLOE_FN uint64_t floe_bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

FLOE_FN double floe_bits_to(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

FLOE_FN double floe_bits_nan(void)
{
    return floe_bits_to(0x7ff8000000000000u);
}

FLOE_FN double floe_bits_infinity(void)
{
    return floe_bits_to(0x7ff0000000000000u);
}

FLOE_FN double floe_bits_abs(double x)
{
    return floe_bits_to(floe_bits_of(x) & 0x7fffffffffffffffu);
}

#endif
