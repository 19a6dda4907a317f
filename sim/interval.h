/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How far off a mean may be: Student's t and the 95 % interval; and Welford's recursion for use inside a replication.
 *
 *   floe_t_quantile          t with P(T <= t) = p, any df >= 1, whole or not
 *   floe_interval_of         mean and half-width t sd / sqrt(n) of an exact sum, 95 %
 *   floe_interval_moments    the same from a mean, a variance and n
 *   floe_welford_add, _variance, _sd   O(1), one division
 *
 * The quantile is relatively within 1e-10 of the true one (measured 3e-13) for 1 <= df and 1e-100 <= p < 1. Method: the
 * tail P(T > t) = 1/2 I_x(df/2, 1/2), x = df / (df + t^2), by the continued fraction of the incomplete beta function
 * (Abramowitz & Stegun 26.5.8, evaluated as in Lentz, Appl. Opt. 15 (1976) 668), solved by Newton's method from t = 0:
 * the tail is convex there, so that every step falls short and none can leave. Above df = 20,000 the expansion in 1/df
 * from the normal quantile (A&S 26.7.5); its next term is below 1e-12 even there. Iterations are capped; 400 us at
 * worst, so take the quantile once, not in a loop.
 *
 * An interval needs independent values: one per replication, never the waiting times of one run. The half-width is t
 * times the sd DIVIDED BY sqrt(n). With n < 2 nothing is known of the spread: half_width is infinite and writers print
 * null. With n = 2 .. 5 it is honest but wide (t = 12.7 .. 2.8).
 *
 * Welford's sums are doubles: they depend on the order and have no merge, on purpose. Across replications: exact.h.
 *
 * Left out: other levels than 95 % (the quantile is there), intervals of quantiles, intervals of differences. */
#ifndef FLOE_SIM_INTERVAL_H
#define FLOE_SIM_INTERVAL_H

#include <math.h> /* fma and sqrt only */

#include "sim/base.h"
#include "sim/bits.h"
#include "sim/exact.h"
#include "sim/fmath.h"
#include "sim/normal.h"

enum { FLOE_BETA_STEPS_MAX = 2000, FLOE_T_STEPS_MAX = 400 };
#define FLOE_T_NEARLY_NORMAL_DF 20000.0
#define FLOE_T_TAIL_MIN 1e-100 /* beyond, t^2 nears the end of the doubles */
#define FLOE_INTERVAL_LEVEL 0.95
#define FLOE_SQRT_PI 1.7724538509055160273

struct floe_interval {
    double mean;
    double half_width; /* at 95 %; infinite for n < 2 */
    uint64_t n;
};

/* Gamma(a + 1/2) / Gamma(a): by Gamma(a + 1) = a Gamma(a) up to a >= 16, from there by Stirling's series, whose next
 * term is below 1e-15. */
FLOE_FN double floe_gamma_half_ratio(double a)
{
    double factor = 1.0;
    for (int i = 0; i < 16 && a < 16.0; i++) {
        factor *= a / (a + 0.5);
        a += 1.0;
    }
    double y = 1.0 / (a * a);
    double series = fma(y, -31.0 / 18432.0, 17.0 / 14336.0);
    series = fma(y, series, -1.0 / 640.0);
    series = fma(y, series, 1.0 / 192.0);
    series = fma(y, series, -1.0 / 8.0);
    return factor * sqrt(a) * floe_exp(series / a);
}

/* The continued fraction of I_x(a, b) a B(a, b) / (x^a (1-x)^b); converges for x < (a+1) / (a+b+2). */
FLOE_FN double floe_beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1.0, d = 1.0 - (a + b) * x / (a + 1.0);
    d = 1.0 / (floe_bits_abs(d) < tiny ? tiny : d);
    double result = d;
    for (int m = 1; m <= FLOE_BETA_STEPS_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0));
        d = 1.0 + even * d;
        c = 1.0 + even / c;
        d = 1.0 / (floe_bits_abs(d) < tiny ? tiny : d);
        c = floe_bits_abs(c) < tiny ? tiny : c;
        result *= d * c;
        d = 1.0 + odd * d;
        c = 1.0 + odd / c;
        d = 1.0 / (floe_bits_abs(d) < tiny ? tiny : d);
        c = floe_bits_abs(c) < tiny ? tiny : c;
        result *= d * c;
        if (floe_bits_abs(d * c - 1.0) < 1e-16) break;
    }
    return result;
}

/* P(T > t) - tail, for t >= 0; ratio = Gamma(df/2 + 1/2) / Gamma(df/2). Never the small difference of two large ones:
 * whichever of P(T > t) and P(0 < T < t) the fraction gives is compared with its own goal. */
FLOE_FN double floe_t_excess(double t, double df, double ratio, double tail)
{
    double a = 0.5 * df, u = t * t / df;
    double x = 1.0 / (1.0 + u), y = u / (1.0 + u);
    double front = floe_exp(-a * floe_log1p(u)) * sqrt(y) * ratio / FLOE_SQRT_PI;
    if (x < (a + 1.0) / (a + 2.5)) return 0.5 * front * floe_beta_fraction(a, 0.5, x) / a - tail;
    return (0.5 - tail) - front * floe_beta_fraction(0.5, a, y);
}

FLOE_FN double floe_t_density(double t, double df, double ratio)
{
    return ratio / (sqrt(df) * FLOE_SQRT_PI) * floe_exp(-0.5 * (df + 1.0) * floe_log1p(t * t / df));
}

/* t from its tail, 0 < tail <= 1/2. */
FLOE_FN double floe_t_solve(double tail, double df)
{
    double ratio = floe_gamma_half_ratio(0.5 * df), t = 0.0;
    for (int i = 0; i < FLOE_T_STEPS_MAX; i++) {
        double step = floe_t_excess(t, df, ratio, tail) / floe_t_density(t, df, ratio);
        t = t + step > 0 ? t + step : 0.0;
        if (!(floe_bits_abs(step) > 1e-10 * t)) break; /* the steps shrink by their squares */
    }
    return t;
}

/* Abramowitz & Stegun 26.7.5. */
FLOE_FN double floe_t_nearly_normal(double z, double df)
{
    double z2 = z * z, v = 1.0 / df;
    double g1 = z * (z2 + 1) / 4;
    double g2 = z * fma(fma(5.0, z2, 16.0), z2, 3.0) / 96;
    double g3 = z * fma(fma(fma(3.0, z2, 19.0), z2, 17.0), z2, -15.0) / 384;
    double g4 = z * fma(fma(fma(fma(79.0, z2, 776.0), z2, 1482.0), z2, -1920.0), z2, -945.0) / 92160;
    return z + v * fma(v, fma(v, fma(v, g4, g3), g2), g1);
}

/* NaN outside 1e-100 <= p < 1 and df >= 1. */
FLOE_FN double floe_t_quantile(double p, double df)
{
    if (!(p >= FLOE_T_TAIL_MIN && p < 1.0 && df >= 1.0)) return floe_bits_nan();
    double tail = p > 0.5 ? 1.0 - p : p;
    double t = df > FLOE_T_NEARLY_NORMAL_DF ? -floe_t_nearly_normal(floe_normal_quantile(tail), df)
                                            : floe_t_solve(tail, df);
    return p > 0.5 ? t : -t;
}

FLOE_FN struct floe_interval floe_interval_moments(double mean, double variance, uint64_t n)
{
    struct floe_interval interval;
    interval.mean = mean;
    interval.n = n;
    interval.half_width = floe_bits_infinity();
    if (n < 2) return interval;
    double t = floe_t_quantile(0.5 + 0.5 * FLOE_INTERVAL_LEVEL, (double)(n - 1));
    interval.half_width = t * sqrt(variance / (double)n);
    return interval;
}

FLOE_FN struct floe_interval floe_interval_of(const struct floe_exact *exact)
{
    return floe_interval_moments(floe_exact_mean(exact), floe_exact_variance(exact), exact->n);
}

/* ---- Welford: Technometrics 4 (1962) 419 ---- */

struct floe_welford {
    uint64_t n;
    double mean;
    double squares; /* sum of (x - mean)^2 */
};

FLOE_FN void floe_welford_init(struct floe_welford *welford)
{
    welford->n = 0;
    welford->mean = welford->squares = 0.0;
}

FLOE_FN void floe_welford_add(struct floe_welford *welford, double x)
{
    double before = x - welford->mean;
    welford->n++;
    welford->mean += before / (double)welford->n;
    welford->squares += before * (x - welford->mean);
}

FLOE_FN double floe_welford_variance(const struct floe_welford *welford)
{
    return welford->n > 1 ? welford->squares / (double)(welford->n - 1) : 0.0;
}

FLOE_FN double floe_welford_sd(const struct floe_welford *welford)
{
    return sqrt(floe_welford_variance(welford));
}

#endif
