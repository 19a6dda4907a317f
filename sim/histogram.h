/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A histogram whose counts are integers and whose buckets are the same in every run: quantiles that merge exactly.
 *
 * The bucket of a positive double is its exponent and the upper 7 bits of its mantissa, which is a shift of its bits:
 * 128 equal buckets to an octave ("log-linear"). The range is 2^-40 (0.9 ps, 1e-12 USD) up to, and without, 2^40; what
 * lies outside is counted in buckets of its own.
 *
 *   floe_histogram_init      O(buckets), 80 KiB: one per block, not per replication
 *   floe_histogram_add       O(1), 1 to 2 ns
 *   floe_histogram_merge     O(buckets); an integer addition, so any order gives the same bytes
 *   floe_histogram_quantile  O(buckets)
 *
 * The quantile: the p-quantile of n values is the smallest value with at least ceil(p n) values at or below it: the
 * value of rank ceil(p n), at least 1, of the sorted values. The product p n is taken as a whole number when it is
 * within 1e-12 of one, relatively: 0.07 x 100 is 7 and not 7.000000000000001.
 *
 * The number that is returned for a bucket is its middle. A bucket [low, low + width) has width <= low / 128, so the
 * middle is off by at most width / 2 <= low / 256 <= 0.390625 % of the true value. Exceptions, each of which can be
 * seen in the counts: a value below 2^-40 comes back as 2^-40, one at or above 2^40 as 2^40, zero as zero.
 *
 * A negative value or NaN is a floe_assert: what is counted here are durations, costs, numbers of things.
 *
 * Left out: negative values (quantiles of a net present value are taken from the values, one per replication);
 * interpolation (it would invent values between two atoms). */
#ifndef FLOE_SIM_HISTOGRAM_H
#define FLOE_SIM_HISTOGRAM_H

#include "sim/base.h"
#include "sim/bits.h"

enum {
    FLOE_HISTOGRAM_MANTISSA_BITS = 7,
    FLOE_HISTOGRAM_RANGE_LOG2 = 40,
    FLOE_HISTOGRAM_BUCKETS = 2 * FLOE_HISTOGRAM_RANGE_LOG2 << FLOE_HISTOGRAM_MANTISSA_BITS,
    FLOE_HISTOGRAM_SHIFT = 52 - FLOE_HISTOGRAM_MANTISSA_BITS
};
#define FLOE_HISTOGRAM_LOW 0x1p-40
#define FLOE_HISTOGRAM_HIGH 0x1p40

struct floe_histogram {
    uint64_t n; /* all values, those outside the range included */
    uint64_t zeros;
    uint64_t below; /* above zero, below 2^-40 */
    uint64_t above; /* 2^40 and more, infinity included */
    uint64_t bucket[FLOE_HISTOGRAM_BUCKETS];
};

FLOE_FN void floe_histogram_init(struct floe_histogram *histogram)
{
    histogram->n = histogram->zeros = histogram->below = histogram->above = 0;
    for (int i = 0; i < FLOE_HISTOGRAM_BUCKETS; i++)
        histogram->bucket[i] = 0;
}

/* Which bucket holds x, for x within the range. */
FLOE_FN uint32_t floe_histogram_index(double x)
{
    uint64_t first = (uint64_t)(1023 - FLOE_HISTOGRAM_RANGE_LOG2) << FLOE_HISTOGRAM_MANTISSA_BITS;
    return (uint32_t)((floe_bits_of(x) >> FLOE_HISTOGRAM_SHIFT) - first);
}

/* The middle of a bucket: its mantissa bits, then a one, then zeros. */
FLOE_FN double floe_histogram_middle(uint32_t index)
{
    uint64_t first = (uint64_t)(1023 - FLOE_HISTOGRAM_RANGE_LOG2) << FLOE_HISTOGRAM_MANTISSA_BITS;
    return floe_bits_to((first + index) << FLOE_HISTOGRAM_SHIFT | (uint64_t)1 << (FLOE_HISTOGRAM_SHIFT - 1));
}

FLOE_FN void floe_histogram_add(struct floe_histogram *histogram, double x, const struct floe_where *where)
{
    floe_assert(x >= 0, where, "a histogram was given a negative value or not a number");
    histogram->n++;
    if (FLOE_LIKELY(x >= FLOE_HISTOGRAM_LOW && x < FLOE_HISTOGRAM_HIGH))
        histogram->bucket[floe_histogram_index(x)]++;
    else if (x == 0)
        histogram->zeros++;
    else if (x < FLOE_HISTOGRAM_LOW)
        histogram->below++;
    else
        histogram->above++;
}

FLOE_FN void floe_histogram_merge(struct floe_histogram *into, const struct floe_histogram *from)
{
    into->n += from->n;
    into->zeros += from->zeros;
    into->below += from->below;
    into->above += from->above;
    for (int i = 0; i < FLOE_HISTOGRAM_BUCKETS; i++)
        into->bucket[i] += from->bucket[i];
}

/* The rank, 1 .. n, of the p-quantile of n > 0 values. */
FLOE_FN uint64_t floe_quantile_rank(double p, uint64_t n)
{
    double product = p * (double)n;
    if (!(product > 0)) return 1;
    if (product >= (double)n) return n;
    uint64_t rank = (uint64_t)product;
    double rest = product - (double)rank;
    rank += rest > 1e-12 * product;
    return rank < 1 ? 1 : rank > n ? n : rank;
}

/* The value of rank 1 .. n. */
FLOE_FN double floe_histogram_at_rank(const struct floe_histogram *histogram, uint64_t rank)
{
    uint64_t at_or_below = histogram->zeros;
    if (rank <= at_or_below) return 0.0;
    at_or_below += histogram->below;
    if (rank <= at_or_below) return FLOE_HISTOGRAM_LOW;
    for (uint32_t i = 0; i < FLOE_HISTOGRAM_BUCKETS; i++) {
        at_or_below += histogram->bucket[i];
        if (rank <= at_or_below) return floe_histogram_middle(i);
    }
    return FLOE_HISTOGRAM_HIGH;
}

/* p from 0 (the smallest value) to 1 (the largest); 0 for no values. */
FLOE_FN double floe_histogram_quantile(const struct floe_histogram *histogram, double p)
{
    if (histogram->n == 0) return 0.0;
    return floe_histogram_at_rank(histogram, floe_quantile_rank(p, histogram->n));
}

#endif
