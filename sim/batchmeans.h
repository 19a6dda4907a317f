/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An interval for the mean of ONE long run, whose values depend on each other: overlapping batch means.
 *
 * With Y_j the mean of m values in sequence from j on, for every j = 1 .. n - m + 1, and Y the mean of all n,
 *     variance of Y  =  m / ((n - m + 1) (n - m)) * sum_j (Y_j - Y)^2
 * (Meketon and Schmeiser, WSC 1984, 226, "Overlapping batch means: something for nothing?"). Unbiased for independent
 * values. Its degrees of freedom: with b = n / m,
 *     df = (b - 1) * 3 m^2 / (2 m^2 + 1)
 * which is n - 1 for m = 1 and the 1.5 (b - 1) of Meketon and Schmeiser for large m: overlapping is worth half as many
 * batches again. (The factor is m over the sum of the squared correlations 1 - h/m of means that overlap.) For
 * dependent values this is right when m is large against the time that they remember.
 *
 *   floe_obm          O(n), two passes; the values must be in the order of the run
 *   floe_obm_batch    a size to begin with: sqrt(n), for which the estimate is consistent (Flegal and Jones, Ann.
 *                     Statist. 38 (2010) 1034)
 *
 * Limits. A batch that is too short misses dependence: the variance is too small by the share tau/m, tau the sum of
 * |k| rho_k over the sum of rho_k, lags of both signs (for an AR(1) with coefficient phi, 2 phi/(1 - phi^2)), and the
 * interval covers less than it says. For a queue at rho = 0.9 sqrt(n) is too short below some 1e6 customers: replications are the default
 * in Floe, this is for what has only one run. n < 2 m: nothing is known, half_width is infinite.
 *
 * Left out: spectral and standardised-time-series estimates, choosing m from the data. */
#ifndef FLOE_SIM_BATCHMEANS_H
#define FLOE_SIM_BATCHMEANS_H

#include "sim/interval.h"

struct floe_obm {
    double mean;
    double variance; /* of the mean */
    double df;
    double half_width; /* at 95 % */
};

FLOE_FN uint64_t floe_obm_batch(uint64_t n)
{
    uint64_t m = (uint64_t)sqrt((double)n);
    return m > 0 ? m : 1;
}

FLOE_FN double floe_obm_df(uint64_t n, uint64_t m)
{
    double size = (double)m, square = size * size;
    return ((double)n / size - 1.0) * 3.0 * square / (2.0 * square + 1.0);
}

/* The squares are of deviations from the mean, so that a large mean costs no digits. */
FLOE_FN struct floe_obm floe_obm(const double *x, uint64_t n, uint64_t m)
{
    struct floe_obm obm = {0.0, 0.0, 0.0, floe_bits_infinity()};
    double sum = 0.0, squares = 0.0, in_batch = 0.0;
    for (uint64_t i = 0; i < n; i++)
        obm.mean += (x[i] - obm.mean) / (double)(i + 1);
    if (m == 0 || n < 2 * m) return obm;
    for (uint64_t i = 0; i < n; i++)
        sum += x[i] - obm.mean;
    double rest = sum / (double)n; /* what rounding left of the mean of the deviations */
    for (uint64_t i = 0; i < n; i++) {
        in_batch += x[i] - obm.mean;
        if (i >= m) in_batch -= x[i - m] - obm.mean;
        if (i + 1 < m) continue;
        double deviation = in_batch / (double)m - rest;
        squares += deviation * deviation;
    }
    obm.variance = (double)m / ((double)(n - m + 1) * (double)(n - m)) * squares;
    obm.df = floe_obm_df(n, m);
    if (obm.df >= 1.0) obm.half_width = floe_t_quantile(0.5 + 0.5 * FLOE_INTERVAL_LEVEL, obm.df) * sqrt(obm.variance);
    return obm;
}

#endif
