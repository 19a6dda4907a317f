/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Zipf's law on ranks 1 .. n: rank k has the share k^-s / (1 + 2^-s + ... + n^-s), s >= 0. s = 0 is the uniform law.
 *
 *     void *memory = ...floe_zipf_bytes(n) bytes, aligned to 8...
 *     struct floe_zipf *zipf = floe_zipf_init(memory, n, 0.9);
 *     uint64_t rank = floe_zipf_draw(zipf, floe_rng_uniform(rng, stream, call));
 *
 * A draw is the smallest rank whose distribution function exceeds u: increasing in u, one uniform per draw. The search
 * starts from a guide table (the cut-point method, Chen & Asau 1974; Devroye 1986, III.2.4): cell j = floor(u m) holds
 * the answer for u = j / m. m is the power of two at or above n, so that u m and j / m are exact and the table needs no
 * correction; less than 2 steps on average follow, whatever s.
 *
 *   floe_zipf_init    n powers: 50 ns each
 *   floe_zipf_draw    two places in memory; the tables of a million ranks take 12 MiB
 *   floe_zipf_sum     O(1): at most 48 powers and the Euler-Maclaurin formula behind them; needs no table
 *
 * Exactness. The table's sum runs upwards from rank 1 and carries its rounding error along (Knuth's two-sum), so each
 * partial sum is that of its terms rounded once; a term is a power within 2 ulp (sim/fmath.h). An entry of the
 * distribution function is therefore right to 4 ulp, 2^-51 of its value, and a rank's probability to 2^-51 absolute.
 * floe_zipf_sum is right to 1e-12 relative for s up to 5 (tests/test_zipf.c compares with direct sums in long double).
 *
 * Limits: n from 1 to 2^26 (1 GiB), s from 0 to FLOE_ZIPF_EXPONENT_MAX. Above s = 1 the law stays on n ranks: it is
 * no zeta distribution. Left out: Mandelbrot's shift, rejection-inversion (no table, but no single uniform either). */
#ifndef FLOE_SIM_ZIPF_H
#define FLOE_SIM_ZIPF_H

#include "sim/base.h"
#include "sim/fmath.h"

#define FLOE_ZIPF_RANKS_MAX ((uint64_t)1 << 26)
#define FLOE_ZIPF_EXPONENT_MAX 5.0
enum { FLOE_ZIPF_SUMMED = 48 }; /* ranks that floe_zipf_sum adds up one by one */

/* Head of one block of memory: double cdf[n] and uint32_t guide[1 << guide_bits] follow it. */
struct floe_zipf {
    uint64_t n;
    uint32_t guide_bits, reserved;
    double exponent, total; /* total: the sum of the n powers */
};

FLOE_FN uint32_t floe_zipf_guide_bits(uint64_t n)
{
    uint32_t bits = 0;
    while (((uint64_t)1 << bits) < n)
        bits++;
    return bits;
}

FLOE_FN size_t floe_zipf_bytes(uint64_t n)
{
    return sizeof(struct floe_zipf) + (size_t)n * sizeof(double) +
           ((size_t)1 << floe_zipf_guide_bits(n)) * sizeof(uint32_t);
}

FLOE_FN const double *floe_zipf_cdf(const struct floe_zipf *zipf)
{
    return (const double *)(zipf + 1);
}

FLOE_FN const uint32_t *floe_zipf_guide(const struct floe_zipf *zipf)
{
    return (const uint32_t *)(floe_zipf_cdf(zipf) + zipf->n);
}

/* k^-s. */
FLOE_FN double floe_zipf_power(double k, double s)
{
    return s == 0 || k == 1 ? 1.0 : s == 1 ? 1.0 / k : floe_pow(k, -s);
}

FLOE_FN void floe_zipf_fill_cdf(struct floe_zipf *zipf, double *cdf)
{
    double sum = 0.0, lost = 0.0;
    for (uint64_t i = 0; i < zipf->n; i++) {
        const struct floe_two next = floe_two_sum(sum, floe_zipf_power((double)(i + 1), zipf->exponent));
        sum = next.hi;
        lost += next.lo;
        cdf[i] = sum + lost;
    }
    zipf->total = sum + lost;
    for (uint64_t i = 0; i < zipf->n; i++)
        cdf[i] /= zipf->total;
}

FLOE_FN struct floe_zipf *floe_zipf_init(void *memory, uint64_t n, double exponent)
{
    struct floe_zipf *zipf = (struct floe_zipf *)memory;
    floe_assert(n >= 1 && n <= FLOE_ZIPF_RANKS_MAX && exponent >= 0 && exponent <= FLOE_ZIPF_EXPONENT_MAX, NULL,
                "a Zipf law needs 1 to 2^26 ranks and an exponent from 0 to 5");
    zipf->n = n;
    zipf->guide_bits = floe_zipf_guide_bits(n);
    zipf->reserved = 0;
    zipf->exponent = exponent;
    double *cdf = (double *)(zipf + 1);
    uint32_t *guide = (uint32_t *)(cdf + n);
    floe_zipf_fill_cdf(zipf, cdf);
    const uint64_t cells = (uint64_t)1 << zipf->guide_bits;
    uint64_t i = 0;
    for (uint64_t j = 0; j < cells; j++) {
        const double u = (double)j / (double)cells;
        while (cdf[i] <= u)
            i++;
        guide[j] = (uint32_t)i;
    }
    return zipf;
}

/* The rank, 1 .. n; 0 <= u < 1. */
FLOE_FN uint64_t floe_zipf_draw(const struct floe_zipf *zipf, double u)
{
    const double *cdf = floe_zipf_cdf(zipf);
    uint64_t i = floe_zipf_guide(zipf)[(uint64_t)(u * (double)((uint64_t)1 << zipf->guide_bits))];
    while (cdf[i] <= u)
        i++;
    return i + 1;
}

/* ((1 + e)^(1-s) - 1) / (1 - s), log(1 + e) at s = 1: the integral of t^-s from 1 to 1 + e. */
FLOE_FN double floe_zipf_integral(double e, double s)
{
    const double log_x = floe_log1p(e), a = (1.0 - s) * log_x;
    if (a > -1e-9 && a < 1e-9) return log_x * (1.0 + 0.5 * a);
    return floe_expm1(a) / (1.0 - s);
}

/* The sum of k^-s over a <= k <= b, a > FLOE_ZIPF_SUMMED: Euler-Maclaurin with three derivatives. */
FLOE_FN double floe_zipf_sum_far(double a, double b, double s)
{
    const double fa = floe_zipf_power(a, s), fb = floe_zipf_power(b, s);
    const double a2 = 1.0 / (a * a), b2 = 1.0 / (b * b);
    const double d1 = s * (fa / a - fb / b) / 12.0;
    const double d3 = s * (s + 1.0) * (s + 2.0) * (fa / a * a2 - fb / b * b2) / 720.0;
    const double d5 = s * (s + 1.0) * (s + 2.0) * (s + 3.0) * (s + 4.0) * (fa / a * a2 * a2 - fb / b * b2 * b2) /
                      30240.0;
    return a * fa * floe_zipf_integral((b - a) / a, s) + 0.5 * (fa + fb) + d1 - d3 + d5;
}

/* The sum of k^-s over from <= k <= to; 0 if there is none. */
FLOE_FN double floe_zipf_sum(uint64_t from, uint64_t to, double s)
{
    double sum = 0.0;
    for (; from <= to && from <= FLOE_ZIPF_SUMMED; from++)
        sum += floe_zipf_power((double)from, s);
    return from <= to ? sum + floe_zipf_sum_far((double)from, (double)to, s) : sum;
}

/* The probability of rank k. */
FLOE_FN double floe_zipf_pmf(const struct floe_zipf *zipf, uint64_t k)
{
    return floe_zipf_power((double)k, zipf->exponent) / zipf->total;
}

/* The probability of the ranks from <= k <= to. */
FLOE_FN double floe_zipf_mass(const struct floe_zipf *zipf, uint64_t from, uint64_t to)
{
    return floe_zipf_sum(from, to, zipf->exponent) / zipf->total;
}

#endif
