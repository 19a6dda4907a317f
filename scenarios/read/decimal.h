/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Decimal numbers as people write them, to doubles and back, independent of the locale (strtod reads '3,5' in some).
 *
 * A decimal is kept as its digits and a power of ten, so that 3.00 usd/Mtok becomes the double nearest to 3.00e-6 in
 * one rounding: a power of ten in a unit is added to the exponent, it is no multiplication. It also remembers how many
 * digits were written, which is what "5.00, to the digits written" means.
 *
 * Formula. Up to 2^53 and with a power of ten up to 22 both are doubles and one operation rounds right (Clinger, How to
 * Read Floating Point Numbers Accurately, 1990, section 3). Otherwise the quotient of two big integers is developed bit
 * by bit and rounded half to even, with gradual underflow. Twin: strtod, in the tests.
 *
 * Limits: DECIMAL_DIGITS_MOST digits; no hexadecimal, NaN or infinity. */
#ifndef FLOE_READ_DECIMAL_H
#define FLOE_READ_DECIMAL_H

#include "sim/base.h"

#define DECIMAL_DIGITS_MOST 40
#define DECIMAL_TEXT_BYTES 40

struct decimal {
    int32_t is_negative;
    int32_t exponent;                     /* value = digits x 10^exponent; 5.00 is 500 x 10^-2 */
    int32_t n_digits;                     /* without leading zeros; 0 for zero */
    char digits[DECIMAL_DIGITS_MOST + 1]; /* '0'..'9' */
};

enum decimal_fit { DECIMAL_FITS, DECIMAL_TOO_LARGE, DECIMAL_TOO_SMALL };

/* Reads a number at the start of the text: its length in bytes; 0: not a number; -1: more digits than fit. */
int decimal_scan(const char *text, struct decimal *out);

/* digits x 10^(exponent + power), rounded once. TOO_SMALL: not zero, but zero as a double. */
enum decimal_fit decimal_value(const struct decimal *decimal, int32_t power, double *out);

/* value / 10^power with the fewest digits that decimal_value() turns back into the very same value. */
void decimal_print(double value, int32_t power, char out[DECIMAL_TEXT_BYTES]);

#endif
