/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Distributions: each is a function from ONE uniform u of the 52-bit lattice (sim/rng.h) to a value, increasing in u.
 *
 *     struct floe_rng rng = {seed, replication};
 *     double gap_s = mean_s * floe_draw_exponential(floe_rng_uniform(rng, stream, arrival));
 *
 * One uniform per value means that a draw has an address; increasing means that the same luck is good or bad luck for
 * every route (common random numbers), that 1 - u is the opposite luck (antithetic draws), and that a quasi-random u
 * serves as well. Part of the math profile (sim/fmath.h).
 *
 * | floe_draw_        | parameters              | formula                           | error of the value            |
 * | exponential       | mean 1                  | -log(1 - u)                       | 1 ulp                         |
 * | normal            | mean 0, sd 1            | AS 241                            | 1e-14 relative                |
 * | lognormal         | mu, sigma of its log    | exp(mu + sigma z)                 | that of mu + sigma z, and exp |
 * | range             | low <= high             | low + (high - low) u              | 1 ulp                         |
 * | index             | n equally likely        | floor(u n)                        | none                          |
 * | bernoulli         | p                       | 1 - u < p                         | p to 2^-53                   |
 * | poisson           | mean, 0 to 1e9          | sim/poisson.h                     | the CDF's: 1e-12              |
 *
 * Exponential: 1 - u is exact on the lattice, the logarithm is within 1 ulp, and a step of 2^-52 in u is a step of
 * 2^-52 e^x in the value x; two ulp are at most 2 x 2^-52, and 2 x < e^x: strictly increasing. Its largest value is
 * 36.7 = 53 log 2.
 *
 * Left out: rejection methods (they need an unknown number of draws; if one is ever unavoidable its retries go on the
 * sub word of the address), gamma and beta variates (no mechanism asks for them yet). */
#ifndef FLOE_SIM_DRAW_H
#define FLOE_SIM_DRAW_H

#include "sim/fmath.h"
#include "sim/normal.h"
#include "sim/poisson.h"
#include "sim/rng.h"

FLOE_FN double floe_draw_exponential(double u)
{
    return -floe_log(1.0 - u);
}

FLOE_FN double floe_draw_normal(double u)
{
    return floe_normal_quantile(u);
}

/* mu and sigma are those of the logarithm: median e^mu, mean exp(mu + sigma^2 / 2). */
FLOE_FN double floe_draw_lognormal(double u, double mu, double sigma)
{
    return floe_exp(fma(sigma, floe_normal_quantile(u), mu));
}

/* Between low and high; high - low must not overflow. */
FLOE_FN double floe_draw_range(double u, double low, double high)
{
    const double value = fma(high - low, u, low);
    return value < high ? value : high;
}

/* Which of n equally likely things, 0 to n - 1; 0 if n is 0. u is (2 k + 1) 2^-53 and the product is done in integers:
 * in doubles the largest u would give n itself. */
FLOE_FN uint64_t floe_draw_index(double u, uint64_t n)
{
    const uint64_t odd = (uint64_t)(u * 0x1p53);
    return (uint64_t)((floe_u128)odd * n >> 53);
}

/* 1 with probability p. */
FLOE_FN int floe_draw_bernoulli(double u, double p)
{
    return 1.0 - u < p;
}

#endif
