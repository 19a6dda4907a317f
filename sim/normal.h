/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The normal distribution: its quantile, its distribution function, and erfc. Part of the math profile (sim/fmath.h).
 *
 * | function              | domain                  | relative error, at most | measured |
 * | floe_normal_quantile  | 0 < p < 1, all doubles  | 1e-14                   | 7e-16 |
 * | floe_normal_cdf       | all                     | 1e-14                   | 2.1e-15 |
 * | floe_erfc             | all                     | 1e-14                   | 1.3e-15 |
 *
 * (Below the smallest normal number, 2.2e-308, the bound is one subnormal step instead.)
 *
 * Quantile. Wichura's AS 241, routine PPND16: with q = p - 1/2, |q| <= 0.425, a rational function of q^2; outside, of
 * r = sqrt(-log min(p, 1 - p)), with one set of coefficients for r <= 5 and one beyond. Source: Appl. Statist. 37
 * (1988) 477-484. quantile(1 - p) = -quantile(p) to the last bit wherever 1 - p is exact, as it is on the lattice of
 * sim/rng.h. There neighbours are 2^-52 apart and the quantile grows by at least 2.5 * 2^-52, so that with the errors
 * measured it is strictly increasing, over the joints of the formulas too (tests/test_draw.c). Cost: 20 ns, in lanes 6
 * ns. All three formulas are computed and one is selected: of 32 neighbouring lanes four times out of five one is in a
 * tail.
 *
 * erfc. Cody's rational approximations: erf below 15/32, exp(y^2) erfc(y) on [15/32, 4] and beyond. Source: W. J. Cody,
 * Math. Comp. 23 (1969) 631-637. The square in exp(-y^2) is kept in two doubles; rounded, it would cost y^2 ulp: that
 * is why the normal distribution function does not simply call erfc(-x / sqrt(2)).
 *
 * Left out: quantiles of Student's t (they belong to the statistics of results, not to draws). */
#ifndef FLOE_SIM_NORMAL_H
#define FLOE_SIM_NORMAL_H

#include "sim/fmath.h"

#define FLOE_SQRT_HALF 0x1.6a09e667f3bcdp-1

/* AS 241 for |q| <= 0.425, without the factor q; r = 0.425^2 - q^2. */
FLOE_FN double floe_normal_centre(double r)
{
    double top = 2.5090809287301226727e3;
    top = fma(top, r, 3.3430575583588128105e4);
    top = fma(top, r, 6.7265770927008700853e4);
    top = fma(top, r, 4.5921953931549871457e4);
    top = fma(top, r, 1.3731693765509461125e4);
    top = fma(top, r, 1.9715909503065514427e3);
    top = fma(top, r, 1.3314166789178437745e2);
    top = fma(top, r, 3.3871328727963666080);
    double below = 5.2264952788528545610e3;
    below = fma(below, r, 2.8729085735721942674e4);
    below = fma(below, r, 3.9307895800092710610e4);
    below = fma(below, r, 2.1213794301586595867e4);
    below = fma(below, r, 5.3941960214247511077e3);
    below = fma(below, r, 6.8718700749205790830e2);
    below = fma(below, r, 4.2313330701600911252e1);
    below = fma(below, r, 1.0);
    return top / below;
}

/* AS 241 in the tail up to sqrt(-log p) = 5, p = 1.4e-11; r is that root less 1.6. */
FLOE_FN double floe_normal_tail(double r)
{
    double top = 7.74545014278341407640e-4;
    top = fma(top, r, 2.27238449892691845833e-2);
    top = fma(top, r, 2.41780725177450611770e-1);
    top = fma(top, r, 1.27045825245236838258);
    top = fma(top, r, 3.64784832476320460504);
    top = fma(top, r, 5.76949722146069140550);
    top = fma(top, r, 4.63033784615654529590);
    top = fma(top, r, 1.42343711074968357734);
    double below = 1.05075007164441684324e-9;
    below = fma(below, r, 5.47593808499534494600e-4);
    below = fma(below, r, 1.51986665636164571966e-2);
    below = fma(below, r, 1.48103976427480074590e-1);
    below = fma(below, r, 6.89767334985100004550e-1);
    below = fma(below, r, 1.67638483018380384940);
    below = fma(below, r, 2.05319162663775882187);
    below = fma(below, r, 1.0);
    return top / below;
}

/* AS 241 beyond; r is the root less 5. */
FLOE_FN double floe_normal_far(double r)
{
    double top = 2.01033439929228813265e-7;
    top = fma(top, r, 2.71155556874348757815e-5);
    top = fma(top, r, 1.24266094738807843860e-3);
    top = fma(top, r, 2.65321895265761230930e-2);
    top = fma(top, r, 2.96560571828504891230e-1);
    top = fma(top, r, 1.78482653991729133580);
    top = fma(top, r, 5.46378491116411436990);
    top = fma(top, r, 6.65790464350110377720);
    double below = 2.04426310338993978564e-15;
    below = fma(below, r, 1.42151175831644588870e-7);
    below = fma(below, r, 1.84631831751005468180e-5);
    below = fma(below, r, 7.86869131145613259100e-4);
    below = fma(below, r, 1.48753612908506148525e-2);
    below = fma(below, r, 1.36929880922735805310e-1);
    below = fma(below, r, 5.99832206555887937690e-1);
    below = fma(below, r, 1.0);
    return top / below;
}

/* x with P(N <= x) = p. Relative error 1e-14. -infinity at 0, infinity at 1, NaN outside. */
FLOE_FN double floe_normal_quantile(double p)
{
    const double q = p - 0.5;
    const double side = q < 0 ? p : 1.0 - p;
    const double root = sqrt(-floe_log(side));
    const double near = floe_normal_tail(root - 1.6), far = floe_normal_far(root - 5.0);
    const double tail = root <= 5.0 ? near : far;
    const double signed_tail = q < 0 ? -tail : tail;
    const double centre = q * floe_normal_centre(fma(-q, q, 0.180625));
    const double inside = floe_bits_abs(q) <= 0.425 ? centre : signed_tail;
    const double edge = p == 0 ? -floe_bits_infinity() : p == 1.0 ? floe_bits_infinity() : floe_bits_nan();
    return p > 0 && p < 1.0 ? inside : edge;
}

/* erf(x) / x for |x| <= 15/32; z = x^2. */
FLOE_FN double floe_erf_ratio(double z)
{
    double top = 1.85777706184603153e-1;
    top = fma(top, z, 3.16112374387056560);
    top = fma(top, z, 1.13864154151050156e2);
    top = fma(top, z, 3.77485237685302021e2);
    top = fma(top, z, 3.20937758913846947e3);
    double below = 1.0;
    below = fma(below, z, 2.36012909523441209e1);
    below = fma(below, z, 2.44024637934444173e2);
    below = fma(below, z, 1.28261652607737228e3);
    below = fma(below, z, 2.84423683343917062e3);
    return top / below;
}

/* exp(y^2) erfc(y) for 15/32 <= y <= 4. */
FLOE_FN double floe_erfcx_near(double y)
{
    double top = 2.15311535474403846e-8;
    top = fma(top, y, 5.64188496988670089e-1);
    top = fma(top, y, 8.88314979438837594);
    top = fma(top, y, 6.61191906371416295e1);
    top = fma(top, y, 2.98635138197400131e2);
    top = fma(top, y, 8.81952221241769090e2);
    top = fma(top, y, 1.71204761263407058e3);
    top = fma(top, y, 2.05107837782607147e3);
    top = fma(top, y, 1.23033935479799725e3);
    double below = 1.0;
    below = fma(below, y, 1.57449261107098347e1);
    below = fma(below, y, 1.17693950891312499e2);
    below = fma(below, y, 5.37181101862009858e2);
    below = fma(below, y, 1.62138957456669019e3);
    below = fma(below, y, 3.29079923573345963e3);
    below = fma(below, y, 4.36261909014324716e3);
    below = fma(below, y, 3.43936767414372164e3);
    below = fma(below, y, 1.23033935480374942e3);
    return top / below;
}

/* exp(y^2) erfc(y) for y >= 4. */
FLOE_FN double floe_erfcx_far(double y)
{
    const double z = 1.0 / (y * y);
    double top = 1.63153871373020978e-2;
    top = fma(top, z, 3.05326634961232344e-1);
    top = fma(top, z, 3.60344899949804439e-1);
    top = fma(top, z, 1.25781726111229246e-1);
    top = fma(top, z, 1.60837851487422766e-2);
    top = fma(top, z, 6.58749161529837803e-4);
    double below = 1.0;
    below = fma(below, z, 2.56852019228982242);
    below = fma(below, z, 1.87295284992346725);
    below = fma(below, z, 5.27905102951428412e-1);
    below = fma(below, z, 6.05183413124413191e-2);
    below = fma(below, z, 2.33520497626869185e-3);
    return (0x1.20dd750429b6dp-1 - z * (top / below)) / y; /* 1/sqrt(pi) */
}

FLOE_FN double floe_erfcx(double y)
{
    return y <= 4.0 ? floe_erfcx_near(y) : floe_erfcx_far(y);
}

/* exp(-a b) with the product in two doubles. */
FLOE_FN double floe_exp_minus_product(double a, double b)
{
    const struct floe_two product = floe_two_product(a, b);
    return floe_exp_two(-product.hi, -product.lo);
}

/* 2/sqrt(pi) times the integral of exp(-t^2) from x on. Relative error 1e-14; 0 from 27.3 on. */
FLOE_FN double floe_erfc(double x)
{
    if (x != x) return floe_bits_nan();
    const double size = floe_bits_abs(x);
    if (size <= 0.46875) return 1.0 - x * floe_erf_ratio(x * x);
    const double y = size < 40.0 ? size : 40.0;
    const double upper = floe_erfcx(y) * floe_exp_minus_product(y, y);
    return x < 0 ? 2.0 - upper : upper;
}

/* P(N <= x). Relative error 1e-14, far into the lower tail (0 from -38.6 down). */
FLOE_FN double floe_normal_cdf(double x)
{
    if (x != x) return floe_bits_nan();
    const double size = floe_bits_abs(x);
    const double y = size < 60.0 ? size : 60.0;
    const double scaled = y * FLOE_SQRT_HALF;
    if (scaled <= 0.46875) return fma(0.5 * (x * FLOE_SQRT_HALF), floe_erf_ratio(scaled * scaled), 0.5);
    const double upper = 0.5 * floe_erfcx(scaled) * floe_exp_minus_product(0.5 * y, y);
    return x < 0 ? upper : 1.0 - upper;
}

#endif
