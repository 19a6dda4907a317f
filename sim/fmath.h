/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Elementary functions whose bits are the same on every machine: exp, log, log1p, expm1, pow, sin, cos.
 *
 * The libraries of two machines differ in the last bit (glibc and CUDA's do), and one bit is enough to send a simulated
 * request another way. So everything here is + - * / sqrt on doubles, fma(), and integer operations on their bits,
 * which IEEE 754 defines to the last bit; the compiler must not contract a * b + c by itself (-ffp-contract=off,
 * --fmad=false) and must keep subnormal numbers (the default everywhere).
 *
 * Together with the draws (sim/rng.h, sim/draw.h) these functions are a numbered *math profile*. Changing any bit of
 * any result changes the number; tests/test_math_profile.c holds the digest of each.
 *
 * | function        | domain                       | error, at most                   | measured, 10 million points |
 * | floe_exp        | all doubles                  | 1 ulp, subnormal results too     | 0.76 ulp |
 * | floe_expm1      | all doubles                  | 2 ulp                            | 1.16 ulp |
 * | floe_log        | all; NaN below 0             | 1 ulp, subnormal arguments too   | 0.64 ulp |
 * | floe_log1p      | all; NaN below -1            | 1 ulp                            | 0.66 ulp |
 * | floe_pow        | x >= 0, any y; NaN for x < 0 | 2 ulp                            | 0.88 ulp |
 * | floe_sin, _cos  | |x| <= 2^20; NaN beyond      | 1 ulp                            | 0.87 ulp |
 *
 * Common manners: NaN in gives NaN out, always the one NaN of floe_bits_nan(); nothing returns -0; nothing sets errno;
 * only the default rounding mode is served. No tables, no loops, and apart from pow no branches: selects only, so that
 * 64 replications go through as lanes.
 *
 * Method. Arguments are reduced exactly (a product that is taken away is computed by fma, or its constant has enough
 * zero bits at the end), a polynomial does the rest, and the last sum is done in two doubles, which is what brings the
 * error near 1/2 ulp. The polynomials are minimax fits (Remez), computed for this file with 300 bits; the reductions
 * are the classical ones of Cody and Waite (Software Manual for the Elementary Functions, 1980) and Dekker's two-double
 * sums (Numer. Math. 18, 1971). Cost on one x86-64 core with AVX2 and FMA: exp and log 5 ns alone
 * and 1.5 ns in lanes, pow 22 ns; without FMA in hardware the C library's exact fma() makes it 5 to 10 times that.
 *
 * exp is monotone: where the reduction changes its multiple of log 2 neighbours differ by more than both errors, and
 * below 0.3 there is no reduction.
 *
 * Left out: correct rounding (the 1/2 ulp of CORE-MATH costs a slow path that lanes would have to take together),
 * powers of negative numbers, sin and cos of huge arguments. */
#ifndef FLOE_SIM_FMATH_H
#define FLOE_SIM_FMATH_H

#include <math.h> /* fma and sqrt only */

#include "sim/base.h"
#include "sim/bits.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define FLOE_MATH_PROFILE 1

/* log 2 in two parts. The first has 41 bits, so that its product with an exponent (11 bits) is exact. */
#define FLOE_LN2_HI 0x1.62e42fefa3p-1
#define FLOE_LN2_LO 0x1.3de6af278ece6p-42
/* Added and taken away again, it rounds to an integer, whose bits are then the low bits of the sum. */
#define FLOE_ROUND_MAGIC 0x1.8p52

/* A number as the sum of two doubles, |lo| at most half an ulp of hi once normalised. */
struct floe_two {
    double hi;
    double lo;
};

/* a + b exactly; needs |a| >= |b| or a = 0. */
FLOE_FN struct floe_two floe_two_sum(double a, double b)
{
    struct floe_two out;
    out.hi = a + b;
    out.lo = b - (out.hi - a);
    return out;
}

/* a * b exactly, short of underflow. */
FLOE_FN struct floe_two floe_two_product(double a, double b)
{
    struct floe_two out;
    out.hi = a * b;
    out.lo = fma(a, b, -out.hi);
    return out;
}

/* ---- exp ---- */

/* (exp(r) - 1 - r) / r^2 for |r| <= log(2)/2, relative error 1e-18. */
FLOE_FN double floe_exp_poly(double r)
{
    double q = 0x1.1f7f45b3e0a0dp-29;
    q = fma(q, r, 0x1.af38d6c73fa7ap-26);
    q = fma(q, r, 0x1.27e4d4c40d23fp-22);
    q = fma(q, r, 0x1.71de0d9b54849p-19);
    q = fma(q, r, 0x1.a01a01a93bcfdp-16);
    q = fma(q, r, 0x1.a01a01a7c90e2p-13);
    q = fma(q, r, 0x1.6c16c16c15dbbp-10);
    q = fma(q, r, 0x1.11111111109adp-7);
    q = fma(q, r, 0x1.5555555555556p-5);
    q = fma(q, r, 0x1.5555555555556p-3);
    return fma(q, r, 0.5);
}

/* 2^k for the k that sits in the low bits of x + FLOE_ROUND_MAGIC, as two factors: one alone would overflow for k =
 * 1024, and with two only the last multiplication rounds a subnormal result. For |k| < 2046. */
FLOE_FN struct floe_two floe_exp_scale(double shifted)
{
    const uint64_t k_plus_2200 = floe_bits_of(shifted) - 0x4338000000000000u + 2200;
    const uint64_t half = k_plus_2200 >> 1;
    struct floe_two factor;
    factor.hi = floe_bits_to((half - 1100 + 1023) << 52);
    factor.lo = floe_bits_to((k_plus_2200 - half - 1100 + 1023) << 52);
    return factor;
}

/* The reduction x + x_lo = k log 2 + r.hi + r.lo, |r.hi| <= log(2)/2; shifted holds k. */
struct floe_exp_reduced {
    double shifted;
    struct floe_two r;
};

FLOE_FN struct floe_exp_reduced floe_exp_reduce(double x, double x_lo)
{
    struct floe_exp_reduced out;
    out.shifted = fma(x, 0x1.71547652b82fep+0, FLOE_ROUND_MAGIC);
    const double k = out.shifted - FLOE_ROUND_MAGIC;
    const double t = fma(-k, FLOE_LN2_HI, x);
    out.r = floe_two_sum(t, fma(-k, FLOE_LN2_LO, x_lo));
    return out;
}

/* exp(x + x_lo), |x_lo| at most an ulp of x. Beyond the clamp the scale alone gives 0 or infinity. */
FLOE_FN double floe_exp_two(double x, double x_lo)
{
    const double low = x < -746.0 ? -746.0 : x;
    const struct floe_exp_reduced a = floe_exp_reduce(low > 710.0 ? 710.0 : low, x_lo);
    const struct floe_two one_r = floe_two_sum(1.0, a.r.hi);
    const double p = a.r.hi * a.r.hi * floe_exp_poly(a.r.hi);
    const double y = one_r.hi + (one_r.lo + (a.r.lo + p));
    const struct floe_two scale = floe_exp_scale(a.shifted);
    return x != x ? floe_bits_nan() : y * scale.hi * scale.lo;
}

/* e^x. 1 ulp. 0 below -745.14, infinity above 709.79. */
FLOE_FN double floe_exp(double x)
{
    return floe_exp_two(x, 0.0);
}

/* e^x - 1. 2 ulp. With y = exp(r) - 1 it is 2^k ((1 - 2^-k) + y); -1 below -40. */
FLOE_FN double floe_expm1(double x)
{
    const double low = x < -40.0 ? -40.0 : x;
    const struct floe_exp_reduced a = floe_exp_reduce(low > 710.0 ? 710.0 : low, 0.0);
    const struct floe_two scale = floe_exp_scale(a.shifted);
    const struct floe_two inverse = floe_exp_scale(2 * FLOE_ROUND_MAGIC - a.shifted);
    const double rest = 1.0 - inverse.hi * inverse.lo;
    const struct floe_two sum = floe_two_sum(rest, a.r.hi);
    const double p = a.r.hi * a.r.hi * floe_exp_poly(a.r.hi);
    const double y = sum.hi + (sum.lo + (a.r.lo + p));
    return x != x ? floe_bits_nan() : y * scale.hi * scale.lo;
}

/* ---- log ---- */

/* x = 2^k (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), f exact. For positive finite x; anything else gives rubbish that
 * the callers replace. */
struct floe_log_reduced {
    double k;
    double f;
};

FLOE_FN struct floe_log_reduced floe_log_reduce(double x)
{
    const int tiny = x < 0x1p-1022;
    const uint64_t sqrt_half = 0x3fe6a09e667f3bcdu, one = 0x3ff0000000000000u;
    const uint64_t shifted = floe_bits_of(tiny ? x * 0x1p54 : x) + (one - sqrt_half);
    const double exponent = floe_bits_to(0x4330000000000000u | shifted >> 52) - (0x1p52 + 1023.0);
    struct floe_log_reduced out;
    out.k = tiny ? exponent - 54.0 : exponent;
    out.f = floe_bits_to((shifted & 0x000fffffffffffffu) + sqrt_half) - 1.0;
    return out;
}

/* With s = f/(2 + f): (log(1 + f) - 2 s) / s as a polynomial of z = s^2, error 6e-20 of the logarithm. */
FLOE_FN double floe_log_poly(double z)
{
    double q = 0x1.0c0d817569a46p-3;
    q = fma(q, z, 0x1.0fbd97d374304p-3);
    q = fma(q, z, 0x1.3b1c3f5a20c43p-3);
    q = fma(q, z, 0x1.745cf8d2a428dp-3);
    q = fma(q, z, 0x1.c71c7201d8dfep-3);
    q = fma(q, z, 0x1.24924924767efp-2);
    q = fma(q, z, 0x1.9999999999a3ap-2);
    q = fma(q, z, 0x1.5555555555555p-1);
    return q * z;
}

/* k log 2 + log(1 + f) + extra, with log(1 + f) = f - h + s (h + R), h = f^2/2, h and the first sums in two doubles. */
FLOE_FN double floe_log_sum(struct floe_log_reduced a, double extra)
{
    const double s = a.f / (2.0 + a.f);
    const struct floe_two h = floe_two_product(0.5 * a.f, a.f);
    const struct floe_two with_f = floe_two_sum(a.k * FLOE_LN2_HI, a.f);
    const struct floe_two with_h = floe_two_sum(with_f.hi, -h.hi);
    const double rest = s * (h.hi + floe_log_poly(s * s)) - h.lo;
    const double lows = fma(a.k, FLOE_LN2_LO, with_f.lo + with_h.lo) + extra;
    return with_h.hi + (lows + rest);
}

/* log x. 1 ulp. -infinity at 0, NaN below. */
FLOE_FN double floe_log(double x)
{
    const double inside = floe_log_sum(floe_log_reduce(x), 0.0);
    const double edge = x == 0 ? -floe_bits_infinity() : x > 0 ? x : floe_bits_nan();
    return x > 0 && x < floe_bits_infinity() ? inside : edge;
}

/* log(1 + x). 1 ulp. u = 1 + x is rounded; what it lost, l, adds l/u (l^2 is far below). Beyond 2^60 nothing is lost.
 */
FLOE_FN double floe_log1p(double x)
{
    const double u = 1.0 + x;
    const double lost = floe_bits_abs(x) < 1.0 ? x - (u - 1.0) : 1.0 - (u - x);
    const double extra = x > 0x1p60 ? 0.0 : lost / u;
    const double inside = floe_log_sum(floe_log_reduce(u), extra);
    const double edge = x == -1.0 ? -floe_bits_infinity() : x > 0 ? x : floe_bits_nan();
    return x > -1.0 && x < floe_bits_infinity() ? inside : edge;
}

/* ---- pow ---- */

/* (log(1 + f) - 2 s - 2/3 s^3) / s^5 as a polynomial of z = s^2. */
FLOE_FN double floe_log_two_poly(double z)
{
    double t = 0x1.e03f209efea07p-4;
    t = fma(t, z, 0x1.df7b1acc4c645p-4);
    t = fma(t, z, 0x1.1118d0647926bp-3);
    t = fma(t, z, 0x1.3b1395a77ca50p-3);
    t = fma(t, z, 0x1.745d177b039a8p-3);
    t = fma(t, z, 0x1.c71c71c6ea1afp-3);
    t = fma(t, z, 0x1.2492492492523p-2);
    return fma(t, z, 0x1.999999999999ap-2);
}

/* s = f/(2 + f) in two doubles. */
FLOE_FN struct floe_two floe_log_two_ratio(double f)
{
    const struct floe_two below = floe_two_sum(2.0, f);
    struct floe_two s;
    s.hi = f / below.hi;
    s.lo = fma(-s.hi, below.lo, fma(-s.hi, below.hi, f)) / below.hi;
    return s;
}

/* a * b for two-double numbers, relative error 2^-102. */
FLOE_FN struct floe_two floe_two_times(struct floe_two a, struct floe_two b)
{
    struct floe_two out = floe_two_product(a.hi, b.hi);
    out.lo += fma(a.hi, b.lo, a.lo * b.hi);
    return out;
}

/* log x in two doubles for positive finite x, relative error 2^-64: 2 s + s^3 (2/3 + z T(z)) + k log 2. */
FLOE_FN struct floe_two floe_log_two(double x)
{
    const struct floe_log_reduced a = floe_log_reduce(x);
    const struct floe_two s = floe_log_two_ratio(a.f);
    const struct floe_two z = floe_two_times(s, s);
    struct floe_two p = floe_two_sum(0x1.5555555555555p-1, z.hi * floe_log_two_poly(z.hi));
    p.lo += 0x1.5555555555555p-55; /* the rest of 2/3 */
    const struct floe_two cubic = floe_two_times(floe_two_times(s, z), p);
    const struct floe_two with_s = floe_two_sum(a.k * FLOE_LN2_HI, 2.0 * s.hi);
    const struct floe_two with_cubic = floe_two_sum(with_s.hi, cubic.hi);
    const double lows = (with_s.lo + with_cubic.lo) + (cubic.lo + fma(a.k, FLOE_LN2_LO, 2.0 * s.lo));
    return floe_two_sum(with_cubic.hi, lows);
}

/* x^y for x >= 0. 2 ulp, subnormal results too. x^0 = 1^y = 1, 0^y is 0 or infinity; NaN for x < 0.
 * exp(y log x) with a logarithm of 53 bits would be off by up to 700 ulp. */
FLOE_FN double floe_pow(double x, double y)
{
    if (y == 0 || x == 1.0) return 1.0;
    if (!(x >= 0) || y != y) return floe_bits_nan();
    if (x == 0 || x == floe_bits_infinity()) return (x == 0) == (y > 0) ? 0.0 : floe_bits_infinity();
    const struct floe_two l = floe_log_two(x);
    const double product = y * l.hi;
    const double lost = floe_bits_abs(product) < 800.0 ? fma(y, l.hi, -product) + y * l.lo : 0.0;
    return floe_exp_two(product, lost);
}

/* ---- sin, cos ---- */

/* x = quadrant * pi/2 + r.hi + r.lo with |r.hi| <= pi/4; pi/2 in three doubles, 159 bits. The nearest any double below
 * 2^20 comes to a multiple of pi/2 is about 2^-55, so that at least 53 good bits remain. */
struct floe_angle {
    uint64_t quadrant;
    struct floe_two r;
};

FLOE_FN struct floe_angle floe_angle_reduce(double x)
{
    const double shifted = fma(x, 0x1.45f306dc9c883p-1, FLOE_ROUND_MAGIC);
    const double k = shifted - FLOE_ROUND_MAGIC;
    const double t = fma(-k, 0x1.921fb54442d18p+0, x); /* exact */
    const struct floe_two second = floe_two_product(-k, 0x1.1a62633145c07p-54);
    const double hi = t + second.hi;
    const double t_used = hi - second.hi;
    const double lost = (t - t_used) + (second.hi - (hi - t_used));
    struct floe_angle out;
    out.quadrant = floe_bits_of(shifted) & 3;
    out.r = floe_two_sum(hi, lost + fma(-k, -0x1.f1976b7ed8fbcp-110, second.lo));
    return out;
}

FLOE_FN double floe_angle_sin(struct floe_two r)
{
    const double z = r.hi * r.hi;
    double p = 0x1.5e0ac803dd80bp-33;
    p = fma(p, z, -0x1.ae600a2510ecep-26);
    p = fma(p, z, 0x1.71de3795bc656p-19);
    p = fma(p, z, -0x1.a01a019e83136p-13);
    p = fma(p, z, 0x1.1111111110bb0p-7);
    p = fma(p, z, -0x1.5555555555555p-3);
    return r.hi + fma(r.lo, fma(-0.5, z, 1.0), r.hi * z * p);
}

FLOE_FN double floe_angle_cos(struct floe_two r)
{
    const double z = r.hi * r.hi;
    double p = -0x1.907d4f3cb46b4p-37;
    p = fma(p, z, 0x1.1eeb6877034edp-29);
    p = fma(p, z, -0x1.27e4fa176f8e2p-22);
    p = fma(p, z, 0x1.a01a019f4e612p-16);
    p = fma(p, z, -0x1.6c16c16c16966p-10);
    p = fma(p, z, 0x1.5555555555555p-5);
    const struct floe_two half = floe_two_sum(1.0, -0.5 * z);
    return half.hi + (half.lo + fma(z * z, p, -r.hi * r.lo));
}

/* sin(x + quarter * pi/2) */
FLOE_FN double floe_angle_value(double x, uint64_t quarter)
{
    const struct floe_angle a = floe_angle_reduce(x);
    const uint64_t quadrant = a.quadrant + quarter;
    const double value = (quadrant & 1) ? floe_angle_cos(a.r) : floe_angle_sin(a.r);
    const double signed_value = (quadrant & 2) ? 0.0 - value : value;
    return floe_bits_abs(x) <= 0x1p20 ? signed_value : floe_bits_nan();
}

/* 1 ulp for |x| <= 2^20 rad, NaN beyond. */
FLOE_FN double floe_sin(double x)
{
    return floe_angle_value(x, 0) + 0.0;
}

FLOE_FN double floe_cos(double x)
{
    return floe_angle_value(x, 1);
}

#endif
