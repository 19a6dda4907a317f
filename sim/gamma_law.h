/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The gamma distribution of mean 1 from one uniform: increasing in u, like every draw (sim/draw.h), for services of a
 * given cv where the tail must not be as long as the lognormal's. Shape a = 1/cv^2.
 *
 * The quantile has no closed form, and solving for it takes microseconds. So it is solved once, at 529 points, and the
 * points are joined: with z the normal quantile of u, g(z) = log of the gamma quantile is smooth and increasing, and a
 * cubic through its values and slopes at a spacing of 1/32 is relatively within 1e-7 of it (measured against GSL over
 * shapes from 1/16 to 1e4: 1.3e-8), and its slope is positive everywhere. Mean and variance are right to about 1e-8.
 *
 *   floe_gamma_table_init   some 10 ms; const from then on, and shared by replications and threads. 8.5 KB
 *   floe_gamma_draw         30 ns: the normal quantile, a cubic, an exponential
 *
 * Solved by Newton's method in log x on the logarithm of the smaller tail, which is concave there: no step can leave.
 * Tails: the series of P(a, x) below a + 1, else Legendre's continued fraction of Q(a, x) (Abramowitz & Stegun 6.5.29,
 * 6.5.31); for a >= 8 the front factor in Loader's deviance form (sim/gamma.h), because a log x - x would lose digits.
 *
 * Limits: 1e-3 <= cv <= 10 (shapes 1e6 to 1/100); outside, FLOE_BAD_INPUT. A value below 1e-300 of the mean is 0.
 * Left out: rejection methods (an unknown number of uniforms, not increasing). */
#ifndef FLOE_SIM_GAMMA_LAW_H
#define FLOE_SIM_GAMMA_LAW_H

#include "sim/gamma.h"
#include "sim/normal.h"

enum { FLOE_GAMMA_NODES = 529, FLOE_GAMMA_PER_Z = 32, FLOE_GAMMA_STEPS_MAX = 200 };
#define FLOE_GAMMA_Z_MAX 8.25 /* the lattice of u ends at z = 8.21 */
#define FLOE_GAMMA_CV_MIN 1e-3
#define FLOE_GAMMA_CV_MAX 10.0

struct floe_gamma_table {
    double shape;
    double log_x[FLOE_GAMMA_NODES]; /* at z = -8.25 + i / 32, of the distribution of mean 1 */
    double slope[FLOE_GAMMA_NODES]; /* in z */
};

/* x^a e^-x / Gamma(a + 1), x = e^g. */
FLOE_FN double floe_gamma_front(double a, double g)
{
    double x = floe_exp(g);
    if (a < 8.0) return floe_exp(a * g - x - floe_lgamma(a + 1.0));
    double mu = floe_expm1(g - floe_log(a));
    return floe_exp(-a * floe_log_excess(mu) - floe_stirling_rest(a)) / sqrt(0x1.921fb54442d18p+2 * a);
}

/* P(a, x) / front by its series. */
FLOE_FN double floe_gamma_lower_ratio(double a, double x)
{
    double term = 1.0, sum = 1.0;
    for (double k = 1.0; term > 0x1p-56 * sum; k += 1.0) {
        term *= x / (a + k);
        sum += term;
    }
    return sum;
}

/* Q(a, x) / front by the continued fraction, evaluated as in Lentz (Appl. Opt. 15 (1976) 668); x > a + 1. */
FLOE_FN double floe_gamma_upper_ratio(double a, double x)
{
    double b = x + 1.0 - a, c = 1e300, d = 1.0 / b, h = d;
    for (double i = 1.0; i < 100000.0; i += 1.0) {
        double n = -i * (i - a);
        b += 2.0;
        d = 1.0 / (n * d + b);
        c = b + n / c;
        h *= c * d;
        if (floe_bits_abs(c * d - 1.0) < 0x1p-52) break;
    }
    return a * h;
}

/* The tail on the side of z, P(a, x) for z <= 0 and Q(a, x) above. */
FLOE_FN double floe_gamma_tail(double a, double g, int lower)
{
    double x = floe_exp(g), front = floe_gamma_front(a, g);
    if (lower) return x < a + 1.0 ? front * floe_gamma_lower_ratio(a, x) : 1.0 - front * floe_gamma_upper_ratio(a, x);
    return x > a + 1.0 ? front * floe_gamma_upper_ratio(a, x) : 1.0 - front * floe_gamma_lower_ratio(a, x);
}

/* log of the quantile at z, from a guess. */
FLOE_FN double floe_gamma_solve(double a, double z, double guess)
{
    int lower = z <= 0;
    double want = floe_normal_cdf(lower ? z : -z), g = guess;
    for (int i = 0; i < FLOE_GAMMA_STEPS_MAX; i++) {
        double tail = floe_gamma_tail(a, g, lower), density = a * floe_gamma_front(a, g); /* of log x */
        double step = floe_log(want / tail) * tail / density;
        double bounded = step > 1.0 ? 1.0 : step < -1.0 ? -1.0 : step;
        g += lower ? bounded : -bounded;
        if (!(floe_bits_abs(step) > 1e-13 * (1.0 + floe_bits_abs(g)))) break;
    }
    return g;
}

FLOE_FN double floe_gamma_slope(double a, double z, double g)
{
    double normal_density = 0x1.9884533d43651p-2 * floe_exp(-0.5 * z * z); /* 1 / sqrt(2 pi) */
    return normal_density / (a * floe_gamma_front(a, g));
}

FLOE_FN double floe_gamma_median_guess(double a)
{
    if (a < 0.5) return (floe_log(0.5) + floe_lgamma(a + 1.0)) / a;
    return floe_log(a - 1.0 / 3.0 + 0.02 / a);
}

FLOE_FN FLOE_MUST_CHECK enum floe_status floe_gamma_table_init(struct floe_gamma_table *table, double cv)
{
    if (!(cv >= FLOE_GAMMA_CV_MIN && cv <= FLOE_GAMMA_CV_MAX)) return FLOE_BAD_INPUT;
    const double a = 1.0 / (cv * cv), log_a = floe_log(a);
    const int middle = (FLOE_GAMMA_NODES - 1) / 2;
    table->shape = a;
    for (int side = -1; side <= 1; side += 2) {
        double g = floe_gamma_median_guess(a), slope = 0;
        for (int i = middle; i >= 0 && i < FLOE_GAMMA_NODES; i += side) {
            double z = (double)(i - middle) / FLOE_GAMMA_PER_Z;
            g = floe_gamma_solve(a, z, g + slope * (double)side / FLOE_GAMMA_PER_Z);
            slope = floe_gamma_slope(a, z, g);
            table->log_x[i] = g - log_a;
            table->slope[i] = slope;
        }
    }
    return FLOE_OK;
}

/* The value at u; mean 1. */
FLOE_FN double floe_gamma_draw(const struct floe_gamma_table *table, double u)
{
    double place = (floe_normal_quantile(u) + FLOE_GAMMA_Z_MAX) * FLOE_GAMMA_PER_Z;
    int i = (int)place;
    i = i < 0 ? 0 : i > FLOE_GAMMA_NODES - 2 ? FLOE_GAMMA_NODES - 2 : i;
    double t = place - (double)i, low = table->log_x[i], rise = table->log_x[i + 1] - low;
    double s0 = table->slope[i] / FLOE_GAMMA_PER_Z, s1 = table->slope[i + 1] / FLOE_GAMMA_PER_Z;
    double cubic = s0 + s1 - 2.0 * rise, square = 3.0 * rise - 2.0 * s0 - s1;
    return floe_exp(fma(t, fma(t, fma(t, cubic, square), s0), low));
}

#endif
