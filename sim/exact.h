/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sums that do not depend on the order of adding: what is merged across replications, blocks, threads, machines.
 *
 * A double sum changes its last digits with the order. Here a value is rounded once, to a whole number q of quanta of
 * 2^-f (halves to even), and from then on everything is an integer: the sum of q in 128 bits, the sum of q^2 in 192
 * bits, the count in 64. Any partition and any order gives the same 64 bytes, and mean and variance are rounded from
 * the exact integers, so that they too are the same everywhere.
 *
 *   floe_exact_init      O(1)
 *   floe_exact_add       O(1), some 3 ns
 *   floe_exact_merge     O(1); both of one unit
 *   floe_exact_mean, _variance, _sd   O(1)
 *   floe_exact_total     the sum itself, as a double
 *   floe_tally_*         the same for whole numbers up to 2^64 (events, nanoseconds, tokens): nothing is rounded
 *
 * The scale of a unit: |x| <= 2^range and quanta of 2^-fraction, with range + fraction = 80, so that the squares of
 * 2^32-1 values fit: 2 x 80 + 32 = 192. Squares in 128 bits with a scale of their own would leave 2 range + fraction2
 * = 95: dollars to 2^40 and to the cent's square at once are out of reach, and a spread below the quantum would come
 * out as a variance of 0 or less.
 *
 *   unit                  up to            quantum        why
 *   FLOE_UNIT_COUNT       2^50 = 1.1e15    9.3e-10        tokens of a year; the hourly engine's counts have fractions
 *   FLOE_UNIT_USD         2^40 = 1.1e12    9.1e-13        a bill of any size down to 1e-8 of one cheap request (1e-4)
 *   FLOE_UNIT_S           2^34 = 544 a     1.4e-14        the whole clock (2^63 ns = 292 a); far below its tick
 *   FLOE_UNIT_RATIO       2^32 = 4.3e9     3.6e-15        usd per task, shares, speed-ups: near 1, with a long tail
 *
 * Precision: an added x is off by at most half a quantum, hence so is a mean; a whole number counted as COUNT and any
 * double that is a multiple of the quantum are exact. mean is then within 1.5 ulp of the quotient, variance within 3
 * ulp, however small the variance is beside the mean.
 * A value beyond the range, infinity too, is added as the end of the range and counted in `clamped`: a result with
 * clamped > 0 must say so. NaN is a floe_assert, and so are more than 2^32-1 values and merging two units.
 *
 * Left out: higher moments, covariance, minimum and maximum (the histogram has them to 0.4 %). */
#ifndef FLOE_SIM_EXACT_H
#define FLOE_SIM_EXACT_H

#include <math.h> /* sqrt only */

#include "sim/base.h"
#include "sim/bits.h"

enum floe_unit { FLOE_UNIT_COUNT = 0, FLOE_UNIT_USD = 1, FLOE_UNIT_S = 2, FLOE_UNIT_RATIO = 3 };
enum { FLOE_UNITS = 4, FLOE_EXACT_BITS = 80 };
#define FLOE_EXACT_VALUES_MAX UINT32_MAX

/* 64 bytes without a gap: compared, hashed, sent and summed as it lies. */
struct floe_exact {
    floe_i128 sum;         /* of q */
    floe_u128 squares_low; /* of q^2: high * 2^128 + low */
    uint64_t squares_high;
    uint64_t n;             /* clamped ones included */
    uint64_t clamped;       /* values beyond the range of the unit */
    uint32_t unit;          /* enum floe_unit */
    uint32_t fraction_bits; /* q = x * 2^fraction_bits */
};

struct floe_tally {
    floe_u128 sum;
    uint64_t n;
    uint64_t most; /* the largest value */
};

/* An unsigned number of 256 bits, least limb first: only for the variance. */
struct floe_wide {
    uint64_t limb[4];
};

/* ---- the scale of a unit ---- */

FLOE_FN uint32_t floe_unit_fraction_bits(enum floe_unit unit)
{
    switch (unit) {
    case FLOE_UNIT_COUNT: return 30;
    case FLOE_UNIT_USD: return 40;
    case FLOE_UNIT_S: return 46;
    case FLOE_UNIT_RATIO: return 48;
    }
    return 0;
}

/* 2^power, for a power within the normal numbers. */
FLOE_FN double floe_power_of_two(int power)
{
    return floe_bits_to((uint64_t)(power + 1023) << 52);
}

/* The largest |x| that is added as it is. */
FLOE_FN double floe_unit_limit(enum floe_unit unit)
{
    return floe_power_of_two(FLOE_EXACT_BITS - (int)floe_unit_fraction_bits(unit));
}

/* ---- integers to doubles and back, rounded halves to even; none of this is for callers ---- */

/* |x| * 2^fraction_bits for a finite x that is small enough. */
FLOE_FN floe_u128 floe_quanta_of(double x, uint32_t fraction_bits)
{
    uint64_t bits = floe_bits_of(x) & (UINT64_MAX >> 1);
    int exponent = (int)(bits >> 52);
    uint64_t mantissa = bits & (((uint64_t)1 << 52) - 1);
    if (exponent > 0) mantissa |= (uint64_t)1 << 52;
    int shift = (exponent > 0 ? exponent : 1) - 1075 + (int)fraction_bits;
    if (shift >= 0) return (floe_u128)mantissa << shift;
    if (shift < -54) return 0;
    uint64_t whole = mantissa >> -shift;
    uint64_t rest = mantissa - (whole << -shift), half = (uint64_t)1 << (-shift - 1);
    return whole + (rest > half || (rest == half && (whole & 1)));
}

/* The highest 64 bits that count; what lies below them survives as the last bit ("sticky"), so that the conversion of
 * 64 bits to a double is the one place that rounds. */
FLOE_FN double floe_wide_double(struct floe_wide w)
{
    int top = 3;
    while (top > 0 && w.limb[top] == 0)
        top--;
    uint64_t head = w.limb[top], next = top > 0 ? w.limb[top - 1] : 0;
    uint64_t lost = 0;
    int shift = 0;
    for (int i = 0; i + 1 < top; i++)
        lost |= w.limb[i];
    while (head != 0 && head >> 63 == 0) {
        head = head << 1 | next >> 63;
        next <<= 1;
        shift++;
    }
    return (double)(head | ((next | lost) != 0)) * floe_power_of_two(64 * top - shift);
}

FLOE_FN struct floe_wide floe_wide_from(floe_u128 low, floe_u128 high)
{
    struct floe_wide w;
    w.limb[0] = (uint64_t)low;
    w.limb[1] = (uint64_t)(low >> 64);
    w.limb[2] = (uint64_t)high;
    w.limb[3] = (uint64_t)(high >> 64);
    return w;
}

FLOE_FN struct floe_wide floe_wide_product(floe_u128 a, floe_u128 b)
{
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    floe_u128 low = (floe_u128)a0 * b0, high = (floe_u128)a1 * b1;
    floe_u128 cross1 = (floe_u128)a0 * b1, cross2 = (floe_u128)a1 * b0;
    floe_u128 middle = (low >> 64) + (uint64_t)cross1 + (uint64_t)cross2;
    high += (cross1 >> 64) + (cross2 >> 64) + (middle >> 64);
    return floe_wide_from((uint64_t)low | middle << 64, high);
}

/* a - b, for a >= b. */
FLOE_FN struct floe_wide floe_wide_minus(struct floe_wide a, struct floe_wide b)
{
    uint64_t borrow = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t before = a.limb[i], middle = before - b.limb[i];
        a.limb[i] = middle - borrow;
        borrow = (before < b.limb[i]) | (middle < borrow);
    }
    return a;
}

FLOE_FN double floe_u128_double(floe_u128 x)
{
    return floe_wide_double(floe_wide_from(x, 0));
}

FLOE_FN floe_u128 floe_i128_size(floe_i128 x)
{
    return x < 0 ? 0 - (floe_u128)x : (floe_u128)x;
}

FLOE_FN double floe_i128_double(floe_i128 x)
{
    double size = floe_u128_double(floe_i128_size(x));
    return x < 0 ? -size : size;
}

/* ---- sums of doubles ---- */

FLOE_FN void floe_exact_init(struct floe_exact *exact, enum floe_unit unit)
{
    exact->sum = 0;
    exact->squares_low = 0;
    exact->squares_high = 0;
    exact->n = 0;
    exact->clamped = 0;
    exact->unit = (uint32_t)unit;
    exact->fraction_bits = floe_unit_fraction_bits(unit);
}

/* squares += high * 2^128 + low */
FLOE_FN void floe_exact_add_squares(struct floe_exact *exact, floe_u128 low, uint64_t high)
{
    exact->squares_low += low;
    exact->squares_high += high + (exact->squares_low < low);
}

FLOE_FN void floe_exact_add(struct floe_exact *exact, double x, const struct floe_where *where)
{
    double limit = floe_power_of_two(FLOE_EXACT_BITS - (int)exact->fraction_bits);
    floe_assert(x == x, where, "not a number was added to an exact sum");
    floe_assert(exact->n < FLOE_EXACT_VALUES_MAX, where, "an exact sum has more values than it holds");
    int clamped = !(x <= limit && x >= -limit);
    floe_u128 quanta = floe_quanta_of(clamped ? limit : x, exact->fraction_bits);
    struct floe_wide square = floe_wide_product(quanta, quanta);
    exact->sum += x < 0 ? -(floe_i128)quanta : (floe_i128)quanta;
    floe_exact_add_squares(exact, (floe_u128)square.limb[1] << 64 | square.limb[0], square.limb[2]);
    exact->n++;
    exact->clamped += (uint64_t)clamped;
}

FLOE_FN void floe_exact_merge(struct floe_exact *into, const struct floe_exact *from, const struct floe_where *where)
{
    floe_assert(into->unit == from->unit && into->fraction_bits == from->fraction_bits, where,
                "exact sums of two units were merged");
    floe_assert(from->n <= FLOE_EXACT_VALUES_MAX - into->n, where, "an exact sum has more values than it holds");
    into->sum += from->sum;
    floe_exact_add_squares(into, from->squares_low, from->squares_high);
    into->n += from->n;
    into->clamped += from->clamped;
}

FLOE_FN double floe_exact_total(const struct floe_exact *exact)
{
    return floe_i128_double(exact->sum) * floe_power_of_two(-(int)exact->fraction_bits);
}

/* 0 for no values. */
FLOE_FN double floe_exact_mean(const struct floe_exact *exact)
{
    return exact->n > 0 ? floe_exact_total(exact) / (double)exact->n : 0.0;
}

/* Of the sample: divided by n - 1. 0 for fewer than two values. */
FLOE_FN double floe_exact_variance(const struct floe_exact *exact)
{
    if (exact->n < 2) return 0.0;
    floe_u128 sum = floe_i128_size(exact->sum);
    struct floe_wide n_squares = floe_wide_product(exact->squares_low, exact->n);
    floe_u128 high = (floe_u128)exact->squares_high * exact->n + n_squares.limb[2];
    n_squares.limb[2] = (uint64_t)high;
    n_squares.limb[3] = (uint64_t)(high >> 64);
    struct floe_wide rest = floe_wide_minus(n_squares, floe_wide_product(sum, sum)); /* >= 0: Cauchy-Schwarz */
    double quanta2 = floe_wide_double(rest) / (double)(exact->n * (exact->n - 1));
    return quanta2 * floe_power_of_two(-2 * (int)exact->fraction_bits);
}

FLOE_FN double floe_exact_sd(const struct floe_exact *exact)
{
    return sqrt(floe_exact_variance(exact));
}

/* ---- sums of whole numbers ---- */

FLOE_FN void floe_tally_add(struct floe_tally *tally, uint64_t x)
{
    tally->sum += x;
    tally->n++;
    tally->most = x > tally->most ? x : tally->most;
}

FLOE_FN void floe_tally_merge(struct floe_tally *into, const struct floe_tally *from)
{
    into->sum += from->sum;
    into->n += from->n;
    into->most = from->most > into->most ? from->most : into->most;
}

FLOE_FN double floe_tally_mean(const struct floe_tally *tally)
{
    return tally->n > 0 ? floe_u128_double(tally->sum) / (double)tally->n : 0.0;
}

#endif
