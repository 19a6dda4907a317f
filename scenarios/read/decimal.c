/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPONENT_MOST 99999 /* beyond: the value is out of range whatever its digits */
#define FULL_BITS 53        /* of a double's significand */
#define LEAST_EXPONENT (-1022)

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Appends a digit; leading zeros are not kept. 0: no room. */
static int push_digit(struct decimal *d, char digit)
{
    if (d->n_digits == 0 && digit == '0') return 1;
    if (d->n_digits == DECIMAL_DIGITS_MOST) return 0;
    d->digits[d->n_digits++] = digit;
    return 1;
}

/* 'e-06' at the text: its length, or 0 when it is not an exponent (the 'e' may begin a unit). */
static int scan_exponent(const char *text, int32_t *exponent)
{
    int at = 1, is_negative = 0;
    if (text[0] != 'e' && text[0] != 'E') return 0;
    if (text[at] == '+' || text[at] == '-') is_negative = text[at++] == '-';
    if (!is_digit(text[at])) return 0;
    int32_t value = 0;
    for (; is_digit(text[at]); at++)
        if (value < EXPONENT_MOST) value = value * 10 + (text[at] - '0');
    *exponent += is_negative ? -value : value;
    return at;
}

int decimal_scan(const char *text, struct decimal *out)
{
    int at = 0, n = 0, fits = 1;
    memset(out, 0, sizeof *out);
    if (text[at] == '+' || text[at] == '-') out->is_negative = text[at++] == '-';
    for (; is_digit(text[at]); at++, n++)
        fits &= push_digit(out, text[at]);
    if (text[at] == '.')
        for (at++; is_digit(text[at]); at++, n++, out->exponent--)
            fits &= push_digit(out, text[at]);
    if (n == 0) return 0;
    if (!fits) return -1;
    return at + scan_exponent(text + at, &out->exponent);
}

/* A natural number below 2^(32 x LIMBS), lowest limb first. The largest in use is below 2^1300. */
#define LIMBS 48
struct natural {
    int32_t n; /* limbs in use; the highest is not 0 */
    uint32_t limbs[LIMBS];
};

static void natural_multiply_add(struct natural *a, uint32_t factor, uint32_t carry)
{
    for (int32_t i = 0; i < a->n; i++) {
        const uint64_t x = (uint64_t)a->limbs[i] * factor + carry;
        a->limbs[i] = (uint32_t)x;
        carry = (uint32_t)(x >> 32);
    }
    if (carry != 0) a->limbs[a->n++] = carry;
}

static void natural_times_power_of_ten(struct natural *a, int32_t power)
{
    for (; power >= 9; power -= 9)
        natural_multiply_add(a, 1000000000u, 0);
    for (; power > 0; power--)
        natural_multiply_add(a, 10, 0);
}

static int32_t natural_bits(const struct natural *a)
{
    int32_t bits = 32 * (a->n - 1);
    for (uint32_t top = a->limbs[a->n - 1]; top != 0; top >>= 1)
        bits++;
    return bits;
}

static void natural_shift_left(struct natural *a, int32_t bits)
{
    for (; bits >= 31; bits -= 31)
        natural_multiply_add(a, 1u << 31, 0);
    if (bits > 0) natural_multiply_add(a, 1u << bits, 0);
}

static int natural_compare(const struct natural *a, const struct natural *b)
{
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (int32_t i = a->n - 1; i >= 0; i--)
        if (a->limbs[i] != b->limbs[i]) return a->limbs[i] < b->limbs[i] ? -1 : 1;
    return 0;
}

static void natural_subtract(struct natural *a, const struct natural *b) /* a >= b */
{
    uint64_t borrow = 0;
    for (int32_t i = 0; i < a->n; i++) {
        const uint64_t x = (uint64_t)a->limbs[i] - (i < b->n ? b->limbs[i] : 0) - borrow;
        a->limbs[i] = (uint32_t)x;
        borrow = x >> 63;
    }
    while (a->n > 0 && a->limbs[a->n - 1] == 0)
        a->n--;
}

/* numerator / denominator, both > 0, rounded half to even to the nearest double. */
static double natural_ratio(struct natural *numerator, struct natural *denominator)
{
    int32_t exponent = natural_bits(numerator) - natural_bits(denominator);
    natural_shift_left(exponent < 0 ? numerator : denominator, abs(exponent));
    if (natural_compare(numerator, denominator) < 0) {
        natural_shift_left(numerator, 1);
        exponent--;
    }
    /* Now 1 <= numerator / denominator < 2, and the value is that times 2^exponent. */
    const int32_t bits = exponent >= LEAST_EXPONENT ? FULL_BITS : FULL_BITS - (LEAST_EXPONENT - exponent);
    if (bits < 0) return 0;
    uint64_t quotient = 0;
    for (int32_t i = 0; i < bits; i++) {
        const int fits = natural_compare(numerator, denominator) >= 0;
        if (fits) natural_subtract(numerator, denominator);
        quotient = quotient << 1 | (unsigned)fits;
        natural_shift_left(numerator, 1);
    }
    const int half = natural_compare(numerator, denominator);
    if (half > 0 || (half == 0 && (quotient & 1) != 0)) quotient++;
    return ldexp((double)quotient, exponent - bits + 1);
}

static double slow_value(const struct decimal *d, int32_t exponent)
{
    struct natural numerator = {0, {0}}, denominator = {1, {1}};
    for (int32_t i = 0; i < d->n_digits; i++)
        natural_multiply_add(&numerator, 10, (uint32_t)(d->digits[i] - '0'));
    natural_times_power_of_ten(exponent < 0 ? &denominator : &numerator, abs(exponent));
    return natural_ratio(&numerator, &denominator);
}

#define EXACT_DIGITS 15 /* 10^15 < 2^53 */
#define EXACT_POWER 22  /* 10^22 is a double */

static double fast_value(const struct decimal *d, int32_t exponent)
{
    double ten_to = 1; /* each power on the way is exact */
    for (int32_t i = abs(exponent); i > 0; i--)
        ten_to *= 10;
    double value = 0;
    for (int32_t i = 0; i < d->n_digits; i++)
        value = value * 10 + (d->digits[i] - '0');
    return exponent < 0 ? value / ten_to : value * ten_to;
}

enum decimal_fit decimal_value(const struct decimal *d, int32_t power, double *out)
{
    const int32_t exponent = d->exponent + power;
    *out = 0;
    if (d->n_digits == 0) return DECIMAL_FITS;
    if (d->n_digits + exponent > 309) return DECIMAL_TOO_LARGE;  /* at least 10^309 */
    if (d->n_digits + exponent < -323) return DECIMAL_TOO_SMALL; /* below 10^-323 / 10 */
    const int is_exact = d->n_digits <= EXACT_DIGITS && abs(exponent) <= EXACT_POWER;
    const double value = is_exact ? fast_value(d, exponent) : slow_value(d, exponent);
    if (value > 1.7976931348623157e308) return DECIMAL_TOO_LARGE;
    if (value == 0) return DECIMAL_TOO_SMALL;
    *out = d->is_negative ? -value : value;
    return DECIMAL_FITS;
}

/* The `n` digits that printf rounds to; the decimal point of the locale is skipped. */
static void rounded_digits(double value, int n, struct decimal *out)
{
    char text[64];
    snprintf(text, sizeof text, "%.*e", n - 1, fabs(value));
    const char *at = text;
    memset(out, 0, sizeof *out);
    for (; *at != 'e' && *at != '\0'; at++)
        if (is_digit(*at)) push_digit(out, *at);
    scan_exponent(at, &out->exponent);
    out->exponent -= n - 1;
    out->is_negative = value < 0;
}

static void write_plain(const struct decimal *d, int32_t point, char *out)
{
    if (d->is_negative) *out++ = '-';
    if (point <= 0) {
        *out++ = '0', *out++ = '.';
        for (; point < 0; point++)
            *out++ = '0';
        point = -1;
    }
    for (int32_t i = 0; i < d->n_digits || i < point; i++) {
        if (i == point) *out++ = '.';
        *out++ = i < d->n_digits ? d->digits[i] : '0';
    }
    *out = '\0';
}

static void write_scientific(const struct decimal *d, int32_t point, char *out)
{
    if (d->is_negative) *out++ = '-';
    *out++ = d->digits[0];
    if (d->n_digits > 1) *out++ = '.';
    memcpy(out, d->digits + 1, (size_t)d->n_digits - 1);
    snprintf(out + d->n_digits - 1, 16, "e%d", (int)(point - 1));
}

void decimal_print(double value, int32_t power, char out[DECIMAL_TEXT_BYTES])
{
    struct decimal d;
    double back = 0;
    int n = 0;
    if (value == 0) {
        memcpy(out, "0", 2);
        return;
    }
    do
        rounded_digits(value, ++n, &d);
    while (n < 17 && (decimal_value(&d, 0, &back) != DECIMAL_FITS || back != value));
    while (d.n_digits > 1 && d.digits[d.n_digits - 1] == '0')
        d.n_digits--, d.exponent++;
    const int32_t point = d.n_digits + d.exponent - power; /* digits before the decimal point */
    if (point > -5 && point <= 15)
        write_plain(&d, point, out);
    else
        write_scientific(&d, point, out);
}
