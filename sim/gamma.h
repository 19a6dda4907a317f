/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The logarithm of the gamma function, and the tails of the Poisson distribution. Part of the math profile
 * (sim/fmath.h).
 *
 * floe_lgamma. Above 8 Stirling's series with (x - 1/2) log x in two doubles; below, log Gamma(x) = log Gamma(x + n) -
 * log(x (x + 1) ... (x + n - 1)). Error at most 1e-14 max(1, |value|): absolute near the zeros at 1 and 2.
 * Measured: 3.4e-15. Source: Abramowitz and Stegun 6.1.40, 6.1.15.
 *
 * floe_poisson_tail(k, mean) is the smaller-looking tail of a Poisson count: P(X <= k) if k + 1 < mean, else P(X > k).
 * Relative error at most 1e-12 as long as the tail is above 1e-17 (the lattice of draws ends at 1.1e-16), for means up
 * to 1e9. Measured: 2.5e-14. The error is relative in both tails because each is computed, never 1 minus another.
 * With a = k + 1 both are incomplete gamma functions, P(X <= k) = Q(a, mean), and with
 *     D = a (mu - log(1 + mu)),  mu = (mean - a)/a,  eta = +- sqrt(2 D / a)
 *   near the mean and a >= 128   Temme's uniform expansion: tail = exp(-D) (erfcx(sqrt D)/2 +- sum c_j(eta) a^-j /
 *                                sqrt(2 pi a)); six functions c_j as minimax polynomials on |eta| <= 3/4, computed for
 *                                this file from their exact Taylor series (rational recurrence)
 *   elsewhere                    the sum of the probabilities from k on outwards, smallest last: under 150 terms
 * Sources: Temme, SIAM J. Math. Anal. 10 (1979) 757-766, DLMF 8.12; the probability in the saddle-point form of Loader,
 * "Fast and accurate computation of binomial probabilities" (2000): k log(k/mean) as such would lose 9 digits at 1e9.
 *
 * Left out: gamma of negative numbers, incomplete gamma functions of non-integer a (nothing needs them). */
#ifndef FLOE_SIM_GAMMA_H
#define FLOE_SIM_GAMMA_H

#include "sim/fmath.h"
#include "sim/normal.h"

/* log Gamma(x) - ((x - 1/2) log x - x + log(2 pi)/2) for x >= 8, error 1e-17. */
FLOE_FN double floe_stirling_rest(double x)
{
    const double z = 1.0 / (x * x);
    double s = 43867.0 / 244188.0;
    s = fma(s, z, -3617.0 / 122400.0);
    s = fma(s, z, 1.0 / 156.0);
    s = fma(s, z, -691.0 / 360360.0);
    s = fma(s, z, 1.0 / 1188.0);
    s = fma(s, z, -1.0 / 1680.0);
    s = fma(s, z, 1.0 / 1260.0);
    s = fma(s, z, -1.0 / 360.0);
    return fma(s, z, 1.0 / 12.0) / x;
}

/* log Gamma(x) for x > 0; infinity at 0 and from 2.6e305 on, NaN below 0. */
FLOE_FN double floe_lgamma(double x)
{
    if (!(x > 0)) return x == 0 ? floe_bits_infinity() : floe_bits_nan();
    if (x >= 0x1p60) return x * (floe_log(x) - 1.0);
    double product = 1.0, y = x;
    for (; y < 8.0; y += 1.0)
        product *= y;
    const struct floe_two l = floe_log_two(y);
    const struct floe_two main = floe_two_product(y - 0.5, l.hi);
    const struct floe_two less_y = floe_two_sum(main.hi, -y);
    const double rest = floe_stirling_rest(y) + 0x1.d67f1c864beb5p-1; /* log(2 pi)/2 */
    const double lows = fma(y - 0.5, l.lo, main.lo + less_y.lo);
    return less_y.hi - floe_log(product) + (rest + lows);
}

/* ---- Poisson probabilities ---- */

/* mu - log(1 + mu) for mu > -1, relative error 1e-15, also where mu is tiny. */
FLOE_FN double floe_log_excess(double mu)
{
    if (floe_bits_abs(mu) > 0.5) return mu - floe_log1p(mu);
    const double s = mu / (2.0 + mu), z = s * s; /* log(1 + mu) = 2 (s + s^3/3 + s^5/5 + ...) */
    double p = 0x1.4bb4a4f669d36p-4;
    p = fma(p, z, 0x1.67d28ff6208d1p-5);
    p = fma(p, z, 0x1.ebb2caccfff42p-5);
    p = fma(p, z, 0x1.10aa8ed0137b9p-4);
    p = fma(p, z, 0x1.3b18d1f1e9387p-4);
    p = fma(p, z, 0x1.745cef814e270p-4);
    p = fma(p, z, 0x1.c71c7277b4b23p-4);
    p = fma(p, z, 0x1.24924923cb895p-3);
    p = fma(p, z, 0x1.999999999a46fp-3);
    p = fma(p, z, 0x1.5555555555555p-2);
    return s * fma(-2.0 * z, p, mu);
}

/* P(X = k), relative error 1e-13 where it is above 1e-20. */
FLOE_FN double floe_poisson_pmf(uint64_t k, double mean)
{
    if (k < 16) {
        double p = floe_exp(-mean);
        for (uint64_t i = 1; i <= k; i++)
            p *= mean / (double)i;
        return p;
    }
    const double n = (double)k;
    const double deviance = n * floe_log_excess((mean - n) / n);
    return floe_exp(-deviance - floe_stirling_rest(n)) / sqrt(0x1.921fb54442d18p+2 * n);
}

/* P(X <= k) by p_k (1 + k/mean + k (k - 1)/mean^2 + ...). */
FLOE_FN double floe_poisson_lower_sum(uint64_t k, double mean)
{
    double term = 1.0, sum = 1.0;
    for (uint64_t i = k; i > 0 && term > 0x1p-60 * sum; i--)
        sum += term *= (double)i / mean;
    return floe_poisson_pmf(k, mean) * sum;
}

/* P(X > k) by p_(k+1) (1 + mean/(k + 2) + ...). */
FLOE_FN double floe_poisson_upper_sum(uint64_t k, double mean)
{
    double term = 1.0, sum = 1.0;
    for (uint64_t i = k + 2; term > 0x1p-60 * sum; i++)
        sum += term *= mean / (double)i;
    return floe_poisson_pmf(k + 1, mean) * sum;
}

/* Temme's functions c_0 ... c_5 on |eta| <= 3/4; error of c_j a^-j at a = 128 below 1.5e-15. */
FLOE_FN double floe_temme_c0(double eta)
{
    double c = 0x1.a1770d65a6dbep-31;
    c = fma(c, eta, -0x1.2c5a8a1acf6ddp-28);
    c = fma(c, eta, 0x1.65f900d14c277p-27);
    c = fma(c, eta, 0x1.cb12db6fedf82p-28);
    c = fma(c, eta, -0x1.7b8c2ba29ac7ap-23);
    c = fma(c, eta, 0x1.bd6f410d622b6p-21);
    c = fma(c, eta, -0x1.f1b09725949b6p-20);
    c = fma(c, eta, -0x1.25539392df14bp-19);
    c = fma(c, eta, 0x1.48c587331a484p-15);
    c = fma(c, eta, -0x1.76e06fdadd4d2p-13);
    c = fma(c, eta, 0x1.71de3a5a4c9e8p-12);
    c = fma(c, eta, 0x1.2f684bd9f5133p-10);
    c = fma(c, eta, -0x1.e573ac901f7c9p-7);
    c = fma(c, eta, 0x1.5555555555572p-4);
    return fma(c, eta, -0x1.5555555555555p-2);
}

FLOE_FN double floe_temme_c1(double eta)
{
    double c = -0x1.e5d0b04f2b944p-25;
    c = fma(c, eta, 0x1.4f9d016a9184bp-23);
    c = fma(c, eta, 0x1.f56352db99be9p-29);
    c = fma(c, eta, -0x1.b3ca1f14fa3f5p-20);
    c = fma(c, eta, 0x1.00ad621abfbdap-17);
    c = fma(c, eta, -0x1.2f9695ca69e21p-16);
    c = fma(c, eta, -0x1.af999cfd3d1f5p-22);
    c = fma(c, eta, 0x1.af8308b1df85bp-13);
    c = fma(c, eta, -0x1.0394f6d3331c8p-10);
    c = fma(c, eta, 0x1.5ac056ddee03ep-9);
    c = fma(c, eta, -0x1.c71c71c77505p-9);
    return fma(c, eta, -0x1.e573ac90d614ep-10);
}

FLOE_FN double floe_temme_c2(double eta)
{
    double c = -0x1.4c41a9c7442p-21;
    c = fma(c, eta, 0x1.a1738ca0973bfp-20);
    c = fma(c, eta, 0x1.ae0bdda0664e5p-26);
    c = fma(c, eta, -0x1.af1d129cb0fc8p-17);
    c = fma(c, eta, 0x1.bbfa5f9cb6b52p-15);
    c = fma(c, eta, -0x1.c2413f8bad051p-14);
    c = fma(c, eta, 0x1.0da61b850a3a7p-19);
    c = fma(c, eta, 0x1.948ae5ed68206p-11);
    c = fma(c, eta, -0x1.5f7268d3de255p-9);
    return fma(c, eta, 0x1.0ee643c89a59p-8);
}

FLOE_FN double floe_temme_c3(double eta)
{
    double c = -0x1.75ab0266ea2ebp-18;
    c = fma(c, eta, 0x1.a49791526c364p-17);
    c = fma(c, eta, -0x1.4a164fe10add8p-22);
    c = fma(c, eta, -0x1.3f3d9079857b5p-14);
    c = fma(c, eta, 0x1.18bd6288a6a3fp-12);
    c = fma(c, eta, -0x1.ebec5cc5e2d3ep-12);
    c = fma(c, eta, 0x1.e13c80d17f355p-13);
    return fma(c, eta, 0x1.547d72e4af3dbp-11);
}

FLOE_FN double floe_temme_c4(double eta)
{
    double c = -0x1.46337bc982d19p-15;
    c = fma(c, eta, 0x1.3ad5615359e49p-14);
    c = fma(c, eta, -0x1.e6942eae54e4fp-20);
    c = fma(c, eta, -0x1.3b7165bd40a77p-12);
    c = fma(c, eta, 0x1.9b146f64d0b03p-11);
    return fma(c, eta, -0x1.c3d9800d2f18ap-11);
}

FLOE_FN double floe_temme_c5(double eta)
{
    double c = 0x1.4ebb5bab694d4p-12;
    c = fma(c, eta, -0x1.422590dbcc1dap-13);
    return fma(c, eta, -0x1.65f143252dce2p-12);
}

FLOE_FN double floe_temme_sum(double eta, double a)
{
    const double z = 1.0 / a;
    double sum = floe_temme_c5(eta);
    sum = fma(sum, z, floe_temme_c4(eta));
    sum = fma(sum, z, floe_temme_c3(eta));
    sum = fma(sum, z, floe_temme_c2(eta));
    sum = fma(sum, z, floe_temme_c1(eta));
    return fma(sum, z, floe_temme_c0(eta));
}

/* exp(y^2) erfc(y) / 2 for y >= 0, with exp(-y^2) at hand. */
FLOE_FN double floe_erfcx_half(double y, double exp_minus_square)
{
    if (y > 0.46875) return 0.5 * floe_erfcx(y);
    return (0.5 - 0.5 * y * floe_erf_ratio(y * y)) / exp_minus_square;
}

FLOE_FN double floe_temme_tail(double a, double mean, double excess)
{
    const double exp_minus = floe_exp(-a * excess);
    const double sign = a < mean ? 1.0 : -1.0;
    const double eta = sign * sqrt(2.0 * excess);
    const double rest = floe_temme_sum(eta, a) / sqrt(0x1.921fb54442d18p+2 * a);
    return exp_minus * (floe_erfcx_half(sqrt(a * excess), exp_minus) + sign * rest);
}

FLOE_FN int floe_poisson_is_lower(uint64_t k, double mean)
{
    return (double)k + 1.0 < mean;
}

/* P(X <= k) if k + 1 < mean, else P(X > k); for mean >= 1. */
FLOE_FN double floe_poisson_tail(uint64_t k, double mean)
{
    const double a = (double)k + 1.0;
    const double excess = floe_log_excess((mean - a) / a);
    if (a >= 128.0 && excess <= 0.28125) return floe_temme_tail(a, mean, excess);
    return floe_poisson_is_lower(k, mean) ? floe_poisson_lower_sum(k, mean) : floe_poisson_upper_sum(k, mean);
}

#endif
